#include "crypto/bcrypt.hpp"

#include <memory>
#include <stdexcept>

#include <crypt.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

namespace watchword::crypto::bcrypt {
namespace {

/// Where libcrypt works, 32 KiB. What is left of the key in it is wiped.
class Workspace {
public:
    Workspace() : data_(std::make_unique<crypt_data>()) {}
    ~Workspace() { OPENSSL_cleanse(data_.get(), sizeof(crypt_data)); }

    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    const char* crypt(const char* key, const char* setting)
    {
        return ::crypt_rn(key, setting, data_.get(), sizeof(crypt_data));
    }

private:
    std::unique_ptr<crypt_data> data_;
};

}

std::string without_spare_bits(std::string_view text)
{
    const std::size_t spare = text.size() * 6 % 8;
    std::string clean(text);
    clean.back() = alphabet[alphabet.find(text.back()) >> spare << spare];
    return clean;
}

std::string checksum(std::string_view key, int cost, std::string_view salt)
{
    // The copy ends in a NUL, which libcrypt needs, and is short enough for the limit that it sets to all of its
    // hashes.
    std::string bounded(key.substr(0, largest_key));
    const std::string setting = fmt::format("$2b${:02}${}", cost, salt);
    Workspace workspace;
    const char* const hash = workspace.crypt(bounded.c_str(), setting.c_str());
    OPENSSL_cleanse(bounded.data(), bounded.size());
    if (hash == nullptr) {
        throw std::runtime_error("libcrypt cannot compute bcrypt; was it built without it?");
    }
    return hash + setting.size();
}

}
