#pragma once

#include "accounts/account.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace watchword::files {

/// The name of a file as its owner knows it, in the exact bytes that were given.
///
/// It is one segment of a path and of a URL: valid UTF-8, not empty, not `.` or `..`, without slashes, backslashes and
/// control characters, and with at most 255 bytes, as file systems have it and so MinIO. Names that differ in case or
/// in Unicode form are different names.
class FileName {
public:
    static constexpr std::size_t bytes_max = 255;

    /// Nothing where it is none.
    static std::optional<FileName> parse(std::string_view text);

    const std::string& text() const { return text_; }

    auto operator<=>(const FileName&) const = default;

private:
    explicit FileName(std::string_view text) : text_(text) {}

    std::string text_;
};

/// Where a file is kept.
struct ObjectKey {
    accounts::AccountId owner;
    FileName name;

    /// `user-files/7/hello.txt`: part of the contract, for the service that this one replaces wrote its files there.
    std::string text() const;

    auto operator<=>(const ObjectKey&) const = default;
};

/// `user-files/7/`, which the keys of all files of an account begin with.
std::string key_prefix(accounts::AccountId owner);

}
