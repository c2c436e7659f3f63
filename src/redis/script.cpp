#include "redis/script.hpp"

#include <array>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace watchword::redis {

Script::Script(std::string_view text) : text_(text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL could not compute SHA-1");
    }
    for (unsigned i = 0; i < size; ++i) {
        fmt::format_to(std::back_inserter(sha1_), "{:02x}", digest[i]);
    }
}

}
