#include "rate_limits/sip_hash.hpp"

#include "crypto/random.hpp"

#include <bit>

namespace watchword::rate_limits {
namespace {

template <class Bytes>
std::uint64_t little_endian(const Bytes& bytes)
{
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    return word;
}

struct State {
    std::uint64_t v0, v1, v2, v3;

    void rounds(int count)
    {
        for (; count > 0; --count) {
            v0 += v1;
            v1 = std::rotl(v1, 13) ^ v0;
            v0 = std::rotl(v0, 32);
            v2 += v3;
            v3 = std::rotl(v3, 16) ^ v2;
            v0 += v3;
            v3 = std::rotl(v3, 21) ^ v0;
            v2 += v1;
            v1 = std::rotl(v1, 17) ^ v2;
            v2 = std::rotl(v2, 32);
        }
    }

    void absorb(std::uint64_t word)
    {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    }
};

std::array<unsigned char, 16> random_key()
{
    std::array<unsigned char, 16> key;
    crypto::random_bytes(key);
    return key;
}

}

SipHash::SipHash() : SipHash(random_key()) {}

SipHash::SipHash(const std::array<unsigned char, 16>& key)
    : key_0_(little_endian(std::string_view(reinterpret_cast<const char*>(key.data()), 8))),
      key_1_(little_endian(std::string_view(reinterpret_cast<const char*>(key.data()) + 8, 8)))
{
}

std::uint64_t SipHash::operator()(std::string_view text) const
{
    State state{key_0_ ^ 0x736f6d6570736575, key_1_ ^ 0x646f72616e646f6d, key_0_ ^ 0x6c7967656e657261,
                key_1_ ^ 0x7465646279746573};
    const std::uint64_t size = text.size();
    for (; text.size() >= 8; text.remove_prefix(8)) {
        state.absorb(little_endian(text.substr(0, 8)));
    }
    state.absorb(size << 56 | little_endian(text));
    state.v2 ^= 0xff;
    state.rounds(4);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}
