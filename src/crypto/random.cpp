#include "crypto/random.hpp"

#include "crypto/openssl.hpp"

#include <array>
#include <string_view>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace watchword::crypto {

void random_bytes(std::span<unsigned char> bytes)
{
    require(RAND_priv_bytes_ex(nullptr, bytes.data(), bytes.size(), 0) == 1, "make random bytes");
}

std::string random_hex(std::size_t bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::vector<unsigned char> random(bytes);
    random_bytes(random);
    std::string text;
    text.reserve(2 * bytes);
    for (const unsigned char byte : random) {
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 0x0F]);
    }
    OPENSSL_cleanse(random.data(), random.size());
    return text;
}

std::string random_digits(std::size_t count)
{
    // 250 is the largest multiple of 10 that a byte can hold: taking the bytes above it too would favour 0 to 5.
    constexpr unsigned char first_refused = 250;
    std::string text;
    text.reserve(count);
    std::array<unsigned char, 16> random{};
    while (text.size() < count) {
        random_bytes(random);
        for (const unsigned char byte : random) {
            if (byte < first_refused && text.size() < count) {
                text.push_back(static_cast<char>('0' + byte % 10));
            }
        }
    }
    OPENSSL_cleanse(random.data(), random.size());
    return text;
}

}
