#include "crypto/openssl.hpp"

#include <array>
#include <stdexcept>
#include <string>

#include <openssl/err.h>

namespace watchword::crypto {

void require(bool done, std::string_view action)
{
    if (done) {
        return;
    }
    std::array<char, 256> reason{};
    ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
    ERR_clear_error();
    throw std::runtime_error("OpenSSL could not " + std::string(action) + ": " + reason.data());
}

}
