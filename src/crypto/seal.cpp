#include "crypto/seal.hpp"

#include "crypto/openssl.hpp"
#include "crypto/random.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

namespace watchword::crypto {
namespace {

using Cipher = std::unique_ptr<EVP_CIPHER, Freeing<EVP_CIPHER_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freeing<EVP_CIPHER_CTX_free>>;

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

const EVP_CIPHER* algorithm()
{
    static const Cipher fetched(require(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), "provide AES-256-GCM"));
    return fetched.get();
}

CipherContext new_context()
{
    return CipherContext(require(EVP_CIPHER_CTX_new(), "make a cipher"));
}

int int_size(std::string_view text)
{
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw std::length_error("more than 2 GiB cannot be sealed at once");
    }
    return static_cast<int>(text.size());
}

}

std::vector<unsigned char> seal(const Key& key, std::string_view plain, std::string_view associated)
{
    std::vector<unsigned char> sealed(nonce_size + plain.size() + tag_size);
    unsigned char* const nonce = sealed.data();
    unsigned char* const ciphertext = nonce + nonce_size;
    unsigned char* const tag = ciphertext + plain.size();
    random_bytes({nonce, nonce_size});
    const CipherContext context = new_context();
    int written = 0;
    require(EVP_EncryptInit_ex2(context.get(), algorithm(), key.reveal().data(), nonce, nullptr) == 1 &&
                EVP_EncryptUpdate(context.get(), nullptr, &written, as_bytes(associated).data(),
                                  int_size(associated)) == 1 &&
                EVP_EncryptUpdate(context.get(), ciphertext, &written, as_bytes(plain).data(), int_size(plain)) == 1 &&
                EVP_EncryptFinal_ex(context.get(), tag, &written) == 1 &&
                EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag) == 1,
            "encrypt");
    return sealed;
}

std::optional<std::string> open(const Key& key, Bytes sealed, std::string_view associated)
{
    if (sealed.size() < nonce_size + tag_size) {
        return std::nullopt;
    }
    const Bytes nonce = sealed.first(nonce_size);
    const Bytes ciphertext = sealed.subspan(nonce_size, sealed.size() - nonce_size - tag_size);
    std::array<unsigned char, tag_size> tag;
    std::ranges::copy(sealed.last(tag_size), tag.begin());
    std::string plain(ciphertext.size(), '\0');
    auto* const out = reinterpret_cast<unsigned char*>(plain.data());
    const CipherContext context = new_context();
    int written = 0;
    require(
        EVP_DecryptInit_ex2(context.get(), algorithm(), key.reveal().data(), nonce.data(), nullptr) == 1 &&
            EVP_DecryptUpdate(context.get(), nullptr, &written, as_bytes(associated).data(), int_size(associated)) ==
                1 &&
            EVP_DecryptUpdate(context.get(), out, &written, ciphertext.data(), int_size(as_text(ciphertext))) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1,
        "decrypt");
    if (EVP_DecryptFinal_ex(context.get(), out + plain.size(), &written) != 1) {
        ERR_clear_error();
        OPENSSL_cleanse(plain.data(), plain.size());
        return std::nullopt;
    }
    return plain;
}

}
