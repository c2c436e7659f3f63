#include "crypto/keys.hpp"

#include "crypto/openssl.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace watchword::crypto {
namespace {

using KeyDerivation = std::unique_ptr<EVP_KDF, Freeing<EVP_KDF_free>>;
using KeyDerivationContext = std::unique_ptr<EVP_KDF_CTX, Freeing<EVP_KDF_CTX_free>>;

}

Key::Key(std::span<const unsigned char, size> bytes)
{
    std::ranges::copy(bytes, bytes_.begin());
}

Key::Key(Key&& other) noexcept : bytes_(other.bytes_)
{
    OPENSSL_cleanse(other.bytes_.data(), size);
}

Key& Key::operator=(Key&& other) noexcept
{
    if (this != &other) {
        bytes_ = other.bytes_;
        OPENSSL_cleanse(other.bytes_.data(), size);
    }
    return *this;
}

Key::~Key()
{
    OPENSSL_cleanse(bytes_.data(), size);
}

Key Keys::derive(std::string_view purpose) const
{
    const KeyDerivation hkdf(require(EVP_KDF_fetch(nullptr, "HKDF", nullptr), "provide HKDF"));
    const KeyDerivationContext context(require(EVP_KDF_CTX_new(hkdf.get()), "start HKDF"));
    // OSSL_PARAM has no const, but HKDF only reads what these point to.
    std::string digest = "SHA256";
    std::string secret = secret_key_.reveal();
    std::string info(purpose);
    const std::array parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), digest.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
        OSSL_PARAM_construct_end(),
    };
    std::array<unsigned char, Key::size> bytes;
    const bool derived = EVP_KDF_derive(context.get(), bytes.data(), bytes.size(), parameters.data()) == 1;
    OPENSSL_cleanse(secret.data(), secret.size());
    require(derived, "derive a key");
    Key key(bytes);
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return key;
}

}
