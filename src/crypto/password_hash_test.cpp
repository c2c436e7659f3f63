#include "crypto/password_hash.hpp"

#include "crypto/bcrypt.hpp"

#include <gtest/gtest.h>

namespace watchword::crypto {
namespace {

struct Vector {
    std::string password;
    std::string hash;
};

bool matches(const std::string& password, std::string_view stored)
{
    const auto hash = PasswordHash::parse(stored);
    EXPECT_TRUE(hash) << stored;
    return hash && verify(SecretText(password), *hash);
}

/// `text` with the character at `index` replaced by its neighbour in bcrypt's alphabet, which base64's contains.
std::string with_another_character(std::string text, std::size_t index)
{
    text[index] = text[index] == 'a' ? 'b' : 'a';
    return text;
}

/// Each password matches its hash; neither another password does, nor the hash with one character changed.
void expect_all_match(const std::vector<Vector>& vectors)
{
    for (const auto& [password, hash] : vectors) {
        EXPECT_TRUE(matches(password, hash)) << hash;
        EXPECT_FALSE(matches("x" + password, hash)) << hash;
        EXPECT_FALSE(matches(password, with_another_character(hash, hash.size() - 9))) << hash; // in the checksum
    }
}

const std::string long_password(512, 'p');
const std::string seventy_three = std::string(71, 'x') + "yz";
const std::string with_nul("a\0b", 3);

// These three and the plain ones below: passlib 1.7.4 with bcrypt 3.2.2, as
// passlib.hash.bcrypt_sha256.using(version=2, ident="2b", rounds=4).hash(password).
TEST(PasswordHash, VerifiesTheSecondBcryptSha256OfPasslib)
{
    expect_all_match({
        {"", "$bcrypt-sha256$v=2,t=2b,r=4$C/qChLHquiFlJ5Ra9La88.$viBabhPrkz3U5qzJiUC/xmOs91L7tzq"},
        {"secret123", "$bcrypt-sha256$v=2,t=2b,r=4$83OfFk8vViF5AucqeM9cjO$4w7kUfBnyoFy6nHtLR5BVus6gH7gT/i"},
        {"пароль😀", "$bcrypt-sha256$v=2,t=2b,r=4$H5ltIXlIsfSzk7LKjXDKYe$tKEHjulxg.S9KirUaYKUDn6sM/NQdDi"},
        {"  spaces kept  ", "$bcrypt-sha256$v=2,t=2b,r=4$itQGgKnuscsK1/cpByMvHe$bjYNNF9gWMj8a/1TQxQblXQF/jnr8ra"},
        {long_password, "$bcrypt-sha256$v=2,t=2b,r=4$DtEtyDp.8ZzsZWbEl4XBUO$SJ3aZZCGkz3KZ64q3ejm.eaf8TY4CJy"},
        {seventy_three, "$bcrypt-sha256$v=2,t=2b,r=4$g13owjGedg54pJHTsQC1cu$HS/uZeY0iuIVpH6x3BqwjzarmWVeY0q"},
        {with_nul, "$bcrypt-sha256$v=2,t=2b,r=4$fv8qWByILHJZ/wZcIWCtkO$DfWAWkhzaWauBjOUuHxPmPchLQJOu9a"},
    });
}

TEST(PasswordHash, VerifiesTheFirstBcryptSha256OfPasslib)
{
    expect_all_match({
        {"", "$bcrypt-sha256$2b,4$LklNmuGMe0rcxoWlEpJQne$x69aunyPluW2PJNF73s86x3v.x9SZ42"},
        {"secret123", "$bcrypt-sha256$2b,4$GNWRZZZfS4dea/e90.xQDO$tPDP6y0fMQJgfBKk/mD.5RXFkj76s1S"},
        {"пароль😀", "$bcrypt-sha256$2b,4$7HJuCUzIWmPSBnuMXlJ89O$8xsy8WyuzO9DvywtmO9/UBsX.Sfqy4."},
        {long_password, "$bcrypt-sha256$2b,4$dxWmo4NxvIF.3wPDEEY4bu$DS/.CHEOIgFl0HHql7DC0rqDw.Vwfti"},
        {with_nul, "$bcrypt-sha256$2b,4$5GFHiK8fnv55mDZnjUJTRe$9pl.L95bj1Eg/TVKZYy6Htlm5iIe9wC"},
        {"secret123", "$bcrypt-sha256$2a,4$WfT/VzSIkYjBUxNh705QC.$Z89qt6j6NrTC1byLlBwkmalE5j6lHsK"},
        {"пароль😀", "$bcrypt-sha256$2a,4$bTsJFs3S96xbH91D/dveOe$4iUBzFB9hjdw2b9y4K9aezDzqogrKsa"},
        {seventy_three, "$bcrypt-sha256$2a,4$r75ffDHWpaZeEHPGSCU1Oe$N8vpyTIHsMUUBhQCTQeoHi8u2ewqxxi"},
    });
}

TEST(PasswordHash, VerifiesPlainBcryptUnderItsThreeNames)
{
    expect_all_match({
        {"", "$2a$04$oUsx/ffhnIdZ.IB5AhxxvOxCJ7tFUxzRiXbxIZ3B4gospR.y6335."},
        {"secret123", "$2a$04$X.hdqX5oR8lfdLI2K1KhjOHy9zofgsorJz4QQiCovbvVgjhbohjMq"},
        {"пароль😀", "$2a$04$n.9iuh.L1yRyHtj4sg64IO2PLCADFcbCIgmule.gm8ozGWhFfIGRC"},
        {"", "$2b$04$K7v2d/RQQjhCRfKFrAVxhe8oR7.Eb3.A.u10ZXq/isiuolgfd//aa"},
        {"secret123", "$2b$04$8g9AoR3G/Dj8ZhlVTe9N6uO9x2IJY6wet/GZ84LWkUvzqKaucuDM6"},
        {"  spaces kept  ", "$2b$04$RFJhR5MpoZM5HQ7T3Q.zCuvFNkWwk2Jpc7QQl6BZfiJQqYY7b8Gxu"},
        {"secret123", "$2y$04$Vq90D27qoxwPPdrUWI6CPevpHkWXIjRB1okHBVbU7gqWO2.DTvN.m"},
        {"пароль😀", "$2y$04$Sjx9G52lf/z/PmXWGW5xlukhjxsOH67hjKZvYN/bVNaq/OLfTlTcK"},
    });
}

// libxcrypt answers differently to `2a` with such bytes on purpose; everybody who writes `2a` today means `2b`.
TEST(PasswordHash, TakesEvery2aFor2b)
{
    for (const char* name : {"2a", "2b", "2y"}) {
        const std::string start = std::string("$") + name + "$04$abcdefghijklmnopqrstuu";
        EXPECT_TRUE(matches("\xFF\xFF\xA3", start + "MOaOTHB4gEm.rriBjXNwBNh.Oc4mKGG"));
        EXPECT_TRUE(matches("\xA3", start + "rz1efvzeJjL4mQ813hrZNg3p1.ivOii"));
    }
}

TEST(PasswordHash, PlainBcryptEndsAfter72Bytes)
{
    const std::string stored = "$2b$04$6MHg1a0OmJH/9tvT8JVvF.pAkeghP1JJ/tKfzhifIY1u91LPLLxh.";
    EXPECT_TRUE(matches(seventy_three, stored));
    EXPECT_TRUE(matches(seventy_three.substr(0, 72), stored));
    EXPECT_TRUE(matches(seventy_three.substr(0, 72) + "anything", stored));
    EXPECT_FALSE(matches(seventy_three.substr(0, 71), stored));
    EXPECT_TRUE(matches(long_password, "$2a$04$Z8RYOpFPUDvTOw1FBpaVtOd.VLRauGR7yjVnLRP8RbNwwHrNCnS5W"));
}

TEST(PasswordHash, BcryptSha256DoesNotEndAfter72Bytes)
{
    const std::string stored = "$bcrypt-sha256$v=2,t=2b,r=4$g13owjGedg54pJHTsQC1cu$HS/uZeY0iuIVpH6x3BqwjzarmWVeY0q";
    EXPECT_FALSE(matches(seventy_three.substr(0, 72), stored));
    EXPECT_FALSE(matches(seventy_three.substr(0, 72) + "Z", stored));
}

TEST(PasswordHash, ANulNeverMatchesPlainBcrypt)
{
    const std::string stored = "$2b$04$8g9AoR3G/Dj8ZhlVTe9N6uO9x2IJY6wet/GZ84LWkUvzqKaucuDM6";
    EXPECT_TRUE(matches("secret123", stored));
    EXPECT_FALSE(matches(std::string("secret123\0", 10), stored));
    EXPECT_FALSE(matches(std::string("secret123\0x", 11), stored));
}

// The first three: `printf secret123 | argon2 SALT -id -t … -k … -p … -l … -e` of Debian 12; the others: passlib 1.7.4.
TEST(PasswordHash, VerifiesArgon2idWithTheParametersOfTheHash)
{
    expect_all_match({
        {"secret123", "$argon2id$v=19$m=4096,t=3,p=2$c2FsdHNhbHQ$dK2JHjp7eyo/vX/qAXLqrlkczL17mIUJ"},
        {"secret123", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$xpL7fkZJkqPmuKVlaMdPnuhvKjWG6iOen4pPDHdU3ZU"},
        {"secret123", "$argon2id$v=19$m=256,t=2,p=4$YW5vdGhlci1zYWx0LTE2Yg"
                      "$cuLtZ0CWd14d2eNuJVxtTcfI3O6BFfJ+zTjXTmZpLlv6vAoVokfPLvbF67FCJdJ/b36JzWRGcdJlYMjy9Uk7tA"},
        {"", "$argon2id$v=19$m=64,t=2,p=1$JgSAsFbqnVPq/b/3vpfSGg$POvxKPCkA59sLnu3wBdUNg"},
        {long_password, "$argon2id$v=19$m=64,t=2,p=1$uDfGOOe89947xxjD+J/zvg$q71pf80YEWAm9EIdOQdeug"},
        {with_nul, "$argon2id$v=19$m=64,t=2,p=1$9B5jrLUWAqCU8j6nFAIAgA$q1jDFzy+of/OMf6TxhbG6g"},
    });
}

// passlib mends such hashes when it reads them; some old writers left the spare bits as they were.
TEST(PasswordHash, SpareBitsOfBcryptMeanNothing)
{
    EXPECT_TRUE(matches("secret123", "$2b$04$abcdefghijklmnopqrstuuZakPDp6bZDRlgfrhVHiZC/4c843smaK"));
    EXPECT_TRUE(matches("secret123", "$2b$04$abcdefghijklmnopqrstuxZakPDp6bZDRlgfrhVHiZC/4c843smaK"));
    EXPECT_TRUE(matches("secret123", "$2b$04$abcdefghijklmnopqrstuuZakPDp6bZDRlgfrhVHiZC/4c843smaL"));
    EXPECT_TRUE(
        matches("secret123", "$bcrypt-sha256$v=2,t=2b,r=4$abcdefghijklmnopqrstux$Mu4VDg3ypaOEjyTNm6.Q.vc5h/WpLPi"));
}

TEST(PasswordHash, VerifiesTheUsersOfTheOldDatabase)
{
    const std::vector<Vector> users{
        {"secret123", "$bcrypt-sha256$v=2,t=2b,r=12$fdiIuXr7uCJ6D4rebxv0JO$MECFvPAuoumts8iiJFYp3JaUH5P6Y/6"},
        {"Tr0ub4dor&3", "$bcrypt-sha256$v=2,t=2b,r=12$JXxxMkZsnm0i.cD7m62Cpu$4j7y89QXhf4a0Rxr2yXLf.pN0wwA0/K"},
        {"пароль😀", "$bcrypt-sha256$v=2,t=2b,r=12$zI8IH9WM202QAicdC775L.$7Fn4FvqEzK4O2.3nukiycujufjhreui"},
        {std::string(80, 'x') + "A",
         "$bcrypt-sha256$v=2,t=2b,r=12$FWi3p7LH63OlzuEVuUI2Pe$bm/gGqEMnIKHAfiZQE/0Mk5/KPHXo/q"},
        {"  spaces kept  ", "$bcrypt-sha256$v=2,t=2b,r=12$PDRd/rgHYjBXsgZIyzZer.$ZoMdfZbMr7A7hotHxqnRoIcUf4.pjPS"},
        {"secret123", "$2b$12$K9zdB45dv1aMFEH37cVWuOKa4lMSiPTHQqgutkv2xj5q9q3ykxFgO"},
        {"secret123", "$2a$10$ORGM6Eh4kRWBqo4fMHSiXeGhDTg0mQQt/TpXG.kQfRimAbGB2yDYO"},
        {"secret123", "$2y$10$.Rp/eduUrYm85zomGbSnbeNGp8f8IXeeEzSpltQSz6t11/kFcNSvS"},
        {std::string(80, 'y'), "$2b$10$Re9hjJgwS3lO2lYtfzj3LOoKE0cFXlhRKcA8QipGpPeMlyHljTbYS"},
        {"secret123", "$bcrypt-sha256$2b,10$fgnV3CDqNIZs7vT3fD2iLe$5YD9AiExT5OjberWsR8HJNMHzv53eCS"},
        {"secret123", "$bcrypt-sha256$v=2,t=2b,r=4$.gE8ac4RZ77PDuhwVYqU4O$MyCBy7480MsqyS54CkVPyCGhBVO/anm"},
        {"875715", "$bcrypt-sha256$v=2,t=2b,r=12$q/EIdZa5AARItg5kLSq8Ou$EOSe9dWFpG3YdYFxIj7DFa.M5gKL6Fa"},
    };
    for (const auto& [password, hash] : users) {
        EXPECT_TRUE(matches(password, hash)) << hash;
    }
}

}
}
