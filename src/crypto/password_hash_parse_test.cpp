#include "crypto/password_hash.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace watchword::crypto {
namespace {

const std::string salt = "83OfFk8vViF5AucqeM9cjO";
const std::string checksum = "4w7kUfBnyoFy6nHtLR5BVus6gH7gT/i";

bool readable(const std::string& stored)
{
    return PasswordHash::parse(stored).has_value();
}

TEST(PasswordHashParse, KeepsTheTextByteForByte)
{
    for (const std::string& stored : std::vector<std::string>{
             "$bcrypt-sha256$v=2,t=2b,r=12$" + salt + "$" + checksum, "$bcrypt-sha256$2a,12$" + salt + "$" + checksum,
             "$2y$12$abcdefghijklmnopqrstuxZakPDp6bZDRlgfrhVHiZC/4c843smaL",
             "$argon2id$v=19$m=64,t=2,p=1$JgSAsFbqnVPq/b/3vpfSGg$POvxKPCkA59sLnu3wBdUNg"}) {
        ASSERT_TRUE(readable(stored)) << stored;
        EXPECT_EQ(PasswordHash::parse(stored)->text(), stored);
    }
}

TEST(PasswordHashParse, RefusesWhatIsNoHash)
{
    for (const std::string& stored :
         std::vector<std::string>{"", "!", "*", "$", "$$", "secret123", "$2b$12$tooshort", "$2b$", "$bcrypt-sha256$",
                                  "$argon2id$", "$1$salt$hash", std::string(10'000, '$'), std::string(10'000, 'a'),
                                  "$2b$12$" + salt + checksum + std::string(10'000, 'a')}) {
        EXPECT_FALSE(readable(stored)) << stored.substr(0, 40);
    }
}

TEST(PasswordHashParse, RefusesEveryTruncationAndEveryAddition)
{
    for (const std::string& stored : {"$bcrypt-sha256$v=2,t=2b,r=12$" + salt + "$" + checksum,
                                      "$bcrypt-sha256$2b,12$" + salt + "$" + checksum, "$2b$12$" + salt + checksum}) {
        for (std::size_t size = 0; size < stored.size(); ++size) {
            EXPECT_FALSE(readable(stored.substr(0, size))) << size;
            EXPECT_FALSE(readable(stored.substr(size + 1))) << size;
        }
        for (const char* added : {" ", "\n", "$", "a", "="}) {
            EXPECT_FALSE(readable(stored + added));
            EXPECT_FALSE(readable(added + stored));
        }
    }
}

TEST(PasswordHashParse, BoundsTheCostOfBcrypt)
{
    for (const char* cost : {"04", "05", "10", "12", "15"}) {
        EXPECT_TRUE(readable(std::string("$2b$") + cost + "$" + salt + checksum)) << cost;
    }
    for (const char* cost :
         {"", "0", "4", "00", "03", "16", "31", "99", "-4", "+4", " 4", "4 ", "004", "012", "1e", "0x"}) {
        EXPECT_FALSE(readable(std::string("$2b$") + cost + "$" + salt + checksum)) << cost;
    }
    for (const char* cost : {"4", "12", "15"}) {
        EXPECT_TRUE(readable(std::string("$bcrypt-sha256$v=2,t=2b,r=") + cost + "$" + salt + "$" + checksum)) << cost;
        EXPECT_TRUE(readable(std::string("$bcrypt-sha256$2a,") + cost + "$" + salt + "$" + checksum)) << cost;
    }
    for (const char* cost : {"", "0", "3", "04", "16", "31", "99", "-4", "+12", "4294967308", "99999999999999999999"}) {
        EXPECT_FALSE(readable(std::string("$bcrypt-sha256$v=2,t=2b,r=") + cost + "$" + salt + "$" + checksum)) << cost;
        EXPECT_FALSE(readable(std::string("$bcrypt-sha256$2b,") + cost + "$" + salt + "$" + checksum)) << cost;
    }
}

TEST(PasswordHashParse, RefusesOtherVersionsOfBcrypt)
{
    for (const char* start : {"$2$12$", "$2x$12$", "$2c$12$", "$2B$12$", "2b$12$"}) {
        EXPECT_FALSE(readable(start + salt + checksum)) << start;
    }
    for (const char* start :
         {"$bcrypt-sha256$v=1,t=2b,r=12$", "$bcrypt-sha256$v=3,t=2b,r=12$", "$bcrypt-sha256$v=2,t=2a,r=12$",
          "$bcrypt-sha256$v=2,t=2y,r=12$", "$bcrypt-sha256$v=2,r=12,t=2b$", "$bcrypt-sha256$2y,12$",
          "$bcrypt-sha256$12$", "$BCRYPT-SHA256$2b,12$"}) {
        EXPECT_FALSE(readable(start + salt + "$" + checksum)) << start;
    }
}

TEST(PasswordHashParse, RefusesCharactersOutsideTheAlphabet)
{
    for (const char* character : {"+", "=", " ", "\n", "$", "\xC3"}) {
        std::string broken = "$2b$12$" + salt + checksum;
        broken.replace(10, 1, character);
        EXPECT_FALSE(readable(broken)) << broken;
        broken = "$2b$12$" + salt + checksum;
        broken.replace(40, 1, character);
        EXPECT_FALSE(readable(broken)) << broken;
    }
    EXPECT_FALSE(readable("$2b$12$" + salt + std::string(1, '\0') + checksum.substr(1)));
}

TEST(PasswordHashParse, BoundsWhatArgon2idMayAskFor)
{
    const auto with = [](const std::string& parameters) {
        return "$argon2id$v=19$" + parameters + "$c2FsdHNhbHQ$dK2JHjp7eyo/vX/qAXLqrlkczL17mIUJ";
    };
    for (const char* parameters : {"m=8,t=1,p=1", "m=64,t=16,p=8", "m=262144,t=1,p=1", "m=19456,t=2,p=1"}) {
        EXPECT_TRUE(readable(with(parameters))) << parameters;
    }
    for (const char* parameters :
         {"m=4194304,t=1,p=1", "m=262145,t=1,p=1", "m=64,t=17,p=1", "m=128,t=1,p=9", "m=7,t=1,p=1", "m=15,t=1,p=2",
          "m=0,t=1,p=1", "m=64,t=0,p=1", "m=64,t=1,p=0", "m=064,t=1,p=1", "m=64,t=1", "t=1,m=64,p=1",
          "m=64,t=1,p=1,data=AAAA", "m=-1,t=1,p=1", "m=4294967360,t=1,p=1", "", "m=,t=,p="}) {
        EXPECT_FALSE(readable(with(parameters))) << parameters;
    }
}

TEST(PasswordHashParse, RefusesOtherArgon2)
{
    const std::string good = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd9UDurmOipayYKg";
    ASSERT_TRUE(readable(good));
    for (const char* broken :
         {"$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd9UDurmOipayYKg",
          "$argon2d$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd9UDurmOipayYKg",
          "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd9UDurmOipayYKg",
          "$argon2id$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd9UDurmOipayYKg",
          "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$mreTOUcd9UDurmOipayYKg",   // a salt of 4 bytes
          "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd", // a tag of 6 bytes
          "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA",
          "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd9UDurmOipayYKh",   // spare bits set
          "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd9UDurmOipayYKg==", // padded
          "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd9UDurmOipayYKg$",
          "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd9UDurmOipayYKg "}) {
        EXPECT_FALSE(readable(broken)) << broken;
    }
}

}
}
