#include "crypto/seal.hpp"

#include <array>

#include <gtest/gtest.h>

namespace watchword::crypto {
namespace {

Key key_of(unsigned char byte)
{
    std::array<unsigned char, Key::size> bytes;
    bytes.fill(byte);
    return Key(bytes);
}

TEST(Seal, OpensWhatItSealed)
{
    const Key key = key_of(1);
    for (const std::string& plain : {std::string(), std::string("code 123456"), std::string(100'000, 'x')}) {
        EXPECT_EQ(open(key, seal(key, plain, "outbox 7"), "outbox 7"), plain);
        EXPECT_EQ(open(key, seal(key, plain, ""), ""), plain);
    }
}

TEST(Seal, NeverGivesTheSameBytesTwice)
{
    EXPECT_NE(seal(key_of(1), "same", ""), seal(key_of(1), "same", ""));
}

TEST(Seal, RefusesAnotherKeyAndAnotherPlace)
{
    const auto sealed = seal(key_of(1), "code 123456", "outbox 7");
    EXPECT_EQ(open(key_of(2), sealed, "outbox 7"), std::nullopt);
    EXPECT_EQ(open(key_of(1), sealed, "outbox 8"), std::nullopt);
    EXPECT_EQ(open(key_of(1), sealed, ""), std::nullopt);
}

TEST(Seal, RefusesEveryChangedBitAndEveryShorterText)
{
    const Key key = key_of(1);
    const auto sealed = seal(key, "code 123456", "outbox 7");
    for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
        auto changed = sealed;
        changed[bit / 8] ^= static_cast<unsigned char>(1u << (bit % 8));
        EXPECT_EQ(open(key, changed, "outbox 7"), std::nullopt) << bit;
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        EXPECT_EQ(open(key, Bytes(sealed).first(size), "outbox 7"), std::nullopt) << size;
    }
}

// The GCM specification of McGrew and Viega, test case 16, laid out as nonce, ciphertext, tag.
TEST(Seal, OpensThePublishedVector)
{
    const std::string_view key_bytes = "\xfe\xff\xe9\x92\x86\x65\x73\x1c\x6d\x6a\x8f\x94\x67\x30\x83\x08"
                                       "\xfe\xff\xe9\x92\x86\x65\x73\x1c\x6d\x6a\x8f\x94\x67\x30\x83\x08";
    const std::string_view sealed = "\xca\xfe\xba\xbe\xfa\xce\xdb\xad\xde\xca\xf8\x88"
                                    "\x52\x2d\xc1\xf0\x99\x56\x7d\x07\xf4\x7f\x37\xa3\x2a\x84\x42\x7d"
                                    "\x64\x3a\x8c\xdc\xbf\xe5\xc0\xc9\x75\x98\xa2\xbd\x25\x55\xd1\xaa"
                                    "\x8c\xb0\x8e\x48\x59\x0d\xbb\x3d\xa7\xb0\x8b\x10\x56\x82\x88\x38"
                                    "\xc5\xf6\x1e\x63\x93\xba\x7a\x0a\xbc\xc9\xf6\x62"
                                    "\x76\xfc\x6e\xce\x0f\x4e\x17\x68\xcd\xdf\x88\x53\xbb\x2d\x55\x1b";
    const std::string_view associated =
        "\xfe\xed\xfa\xce\xde\xad\xbe\xef\xfe\xed\xfa\xce\xde\xad\xbe\xef\xab\xad\xda\xd2";
    const Key key(as_bytes(key_bytes).first<Key::size>());
    const auto plain = open(key, as_bytes(sealed), associated);
    ASSERT_TRUE(plain);
    EXPECT_TRUE(plain->starts_with("\xd9\x31\x32\x25\xf8\x84\x06\xe5\xa5\x59\x09\xc5\xaf\xf5\x26\x9a"));
    EXPECT_EQ(plain->size(), 60u);
}

}
}
