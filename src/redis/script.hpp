#pragma once

#include <string>
#include <string_view>

namespace watchword::redis {

/// A program in Lua that Redis runs as one step, known to it by its SHA-1 once it has seen it.
class Script {
public:
    explicit Script(std::string_view text);

    const std::string& text() const { return text_; }

    /// SHA-1 of the text in lower-case hexadecimal, as `EVALSHA` wants it.
    const std::string& sha1() const { return sha1_; }

private:
    std::string text_;
    std::string sha1_;
};

}
