#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace watchword::tests {

/// The PEM files of a certificate that vouches for itself, and its key.
struct SelfSigned {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

/// Makes a certificate for `name`, good for so many days, as files named after it in that folder.
inline SelfSigned make_self_signed(const std::filesystem::path& folder, const std::string& name, int days = 30)
{
    SelfSigned made{folder / (name + ".pem"), folder / (name + ".key")};
    const auto command =
        fmt::format("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days {} "
                    "-subj /CN={} -addext subjectAltName=DNS:{} -out '{}' -keyout '{}' 2>/dev/null",
                    days, name, name, made.certificate.string(), made.key.string());
    if (std::system(command.c_str()) != 0) {
        throw std::runtime_error("openssl has made no certificate");
    }
    return made;
}

}
