#include "crypto/password_hash.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace watchword::crypto {
namespace {

constexpr HashPolicy quick_bcrypt{PasswordScheme::bcrypt_sha256, 4, {}};
constexpr HashPolicy quick_argon2id{PasswordScheme::argon2id, 4, {64, 1, 1}};

const std::string salt = "83OfFk8vViF5AucqeM9cjO";
const std::string checksum = "4w7kUfBnyoFy6nHtLR5BVus6gH7gT/i";

HashPolicy bcrypt_policy(int cost)
{
    return {PasswordScheme::bcrypt_sha256, cost, {}};
}

HashPolicy argon2id_policy(argon2id::Cost cost)
{
    return {PasswordScheme::argon2id, 12, cost};
}

bool is_outdated(const std::string& stored, const HashPolicy& policy, std::size_t password_size = 9)
{
    return outdated(PasswordHash::parse(stored).value(), policy, password_size);
}

TEST(PasswordHashPolicy, NewHashesVerify)
{
    for (const HashPolicy& policy : {quick_bcrypt, quick_argon2id}) {
        for (const std::string& password :
             {std::string(), std::string("secret123"), std::string("a\0b", 3), std::string(512, 'p')}) {
            const std::string stored = make(SecretText(password), policy);
            const auto hash = PasswordHash::parse(stored);
            ASSERT_TRUE(hash) << stored;
            EXPECT_TRUE(verify(SecretText(password), *hash));
            EXPECT_FALSE(verify(SecretText(password + "x"), *hash));
            EXPECT_FALSE(outdated(*hash, policy, password.size()));
        }
    }
}

TEST(PasswordHashPolicy, NewHashesHaveTheFormsThatOthersRead)
{
    const std::string bcrypt = make(SecretText("secret123"), quick_bcrypt);
    EXPECT_TRUE(bcrypt.starts_with("$bcrypt-sha256$v=2,t=2b,r=4$"));
    EXPECT_EQ(bcrypt.size(), 82u);
    EXPECT_EQ(bcrypt.find_first_of(".Oeu", 49), 49u) << "passlib refuses spare bits in this salt: " << bcrypt;
    EXPECT_TRUE(make(SecretText("secret123"), quick_argon2id).starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
}

TEST(PasswordHashPolicy, EveryHashHasItsOwnSalt)
{
    for (const HashPolicy& policy : {quick_bcrypt, quick_argon2id}) {
        EXPECT_NE(make(SecretText("secret123"), policy), make(SecretText("secret123"), policy));
        EXPECT_NE(nobodys_hash(policy).text(), nobodys_hash(policy).text());
    }
}

TEST(PasswordHashPolicy, NobodysHashLooksLikeAnyOtherAndMatchesNothing)
{
    for (const HashPolicy& policy : {quick_bcrypt, quick_argon2id}) {
        const PasswordHash nobody = nobodys_hash(policy);
        const std::string real = make(SecretText(""), policy);
        EXPECT_EQ(nobody.text().size(), real.size());
        EXPECT_EQ(nobody.work().units, PasswordHash::parse(real)->work().units);
        EXPECT_FALSE(verify(SecretText(""), nobody));
    }
}

TEST(PasswordHashPolicy, CostsOutOfBoundsAreRefused)
{
    EXPECT_THROW(nobodys_hash(bcrypt_policy(3)), std::invalid_argument);
    EXPECT_THROW(nobodys_hash(bcrypt_policy(16)), std::invalid_argument);
    EXPECT_THROW(nobodys_hash(argon2id_policy({4'194'304, 1, 1})), std::invalid_argument);
}

TEST(PasswordHashPolicy, AHashWithLessWorkIsOutdated)
{
    const std::string stored = "$bcrypt-sha256$v=2,t=2b,r=10$" + salt + "$" + checksum;
    EXPECT_TRUE(is_outdated(stored, bcrypt_policy(12)));
    EXPECT_FALSE(is_outdated(stored, bcrypt_policy(10)));
    EXPECT_FALSE(is_outdated(stored, bcrypt_policy(4))) << "a stronger hash stays";
    const std::string argon = "$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd9UDurmOipayYKg";
    EXPECT_FALSE(is_outdated(argon, argon2id_policy({1024, 2, 1})));
    EXPECT_FALSE(is_outdated(argon, argon2id_policy({512, 4, 1})));
    EXPECT_TRUE(is_outdated(argon, argon2id_policy({2048, 1, 1})));
    EXPECT_TRUE(is_outdated(argon, argon2id_policy({1024, 3, 1})));
}

TEST(PasswordHashPolicy, AHashOfAnotherFormIsOutdated)
{
    EXPECT_TRUE(is_outdated("$bcrypt-sha256$2b,12$" + salt + "$" + checksum, bcrypt_policy(12)));
    EXPECT_TRUE(is_outdated("$bcrypt-sha256$v=2,t=2b,r=12$" + salt + "$" + checksum, argon2id_policy({})));
    EXPECT_TRUE(
        is_outdated("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$mreTOUcd9UDurmOipayYKg", bcrypt_policy(12)));
}

TEST(PasswordHashPolicy, PlainBcryptIsOutdatedOnlyForPasswordsOfWhichNoLongerOneIsTheSame)
{
    const std::string stored = "$2b$12$" + salt + checksum;
    EXPECT_TRUE(is_outdated(stored, bcrypt_policy(12), 71));
    EXPECT_FALSE(is_outdated(stored, bcrypt_policy(12), 72));
    EXPECT_TRUE(is_outdated(stored, argon2id_policy({}), 71));
    EXPECT_FALSE(is_outdated(stored, argon2id_policy({}), 72));
}

}
}
