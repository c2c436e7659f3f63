#include "crypto/keys.hpp"

#include "crypto/bytes.hpp"

#include <type_traits>

#include <gtest/gtest.h>

namespace watchword::crypto {
namespace {

std::string text_of(const Key& key)
{
    return std::string(as_text(key.reveal()));
}

// RFC 5869 appendix A.3, its first 32 bytes: neither salt nor info.
TEST(Keys, AreHkdfSha256)
{
    const Keys keys(SecretText(std::string(22, '\x0B')));
    EXPECT_EQ(text_of(keys.derive("")),
              "\x8d\xa4\xe7\x75\xa5\x63\xc1\x8f\x71\x5f\x80\x2a\x06\x3c\x5a\x31\xb8\xa1\x1f\x5c\x5e\xe1\x87\x9e\xc3\x45"
              "\x4e\x5f\x3c\x73\x8d\x2d");
}

TEST(Keys, DifferByPurposeAndBySecretAndByNothingElse)
{
    const Keys keys(SecretText("0123456789abcdef0123456789abcdef"));
    const Keys same(SecretText("0123456789abcdef0123456789abcdef"));
    const Keys others(SecretText("0123456789abcdef0123456789abcdeg"));
    EXPECT_EQ(text_of(keys.derive("one-time code 1")), text_of(same.derive("one-time code 1")));
    EXPECT_NE(text_of(keys.derive("one-time code 1")), text_of(keys.derive("one-time code 2")));
    EXPECT_NE(text_of(keys.derive("one-time code 1")), text_of(others.derive("one-time code 1")));
}

TEST(Keys, AKeyLeavesNothingBehindWhereItIsMovedFrom)
{
    Key key = Keys(SecretText("0123456789abcdef0123456789abcdef")).derive("test");
    const std::string bytes = text_of(key);
    const Key moved = std::move(key);
    EXPECT_EQ(text_of(moved), bytes);
    EXPECT_EQ(text_of(key), std::string(Key::size, '\0')); // NOLINT: what is left is the point
    static_assert(!std::is_copy_constructible_v<Key>);
}

}
}
