#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::redis {

/// One command with its arguments, as Redis reads it: an array of bulk strings, so that no byte of an argument can be
/// taken for anything else. Not to be logged: it may hold a password.
class Command {
public:
    Command(std::initializer_list<std::string_view> words) : Command(std::vector<std::string_view>(words)) {}
    explicit Command(const std::vector<std::string_view>& words);

    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

}
