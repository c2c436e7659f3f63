#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace watchword::redis {

/// What Redis answers to one command (RESP2).
struct Reply {
    enum class Kind {
        nil,
        text,    ///< a bulk string
        status,  ///< `OK`, `PONG`
        error,   ///< `READONLY You can't write against a read only replica.`
        integer, ///< in `number`
        array,   ///< in `elements`
    };

    Kind kind = Kind::nil;
    std::string text; ///< of a text, a status or an error
    long long number = 0;
    std::vector<Reply> elements;

    /// Whether this is an error whose first word is `code`.
    bool is_error(std::string_view code) const;
};

/// Cuts the stream of bytes into replies. Whatever a stranger sends instead, it stays within its bounds.
class ReplyReader {
public:
    /// The longest reply, in bytes, and the most elements of all its arrays together: many times what our commands
    /// are answered with.
    static constexpr std::size_t bytes_max = 256 * 1024;
    static constexpr std::size_t elements_max = 1024;

    ReplyReader();
    ~ReplyReader();

    ReplyReader(const ReplyReader&) = delete;
    ReplyReader& operator=(const ReplyReader&) = delete;

    /// Takes bytes as they came.
    void feed(std::string_view bytes);

    /// The next whole reply, or nothing until more bytes have come. Throws Unavailable when the bytes are no reply or
    /// are beyond the bounds; nothing can be read after that.
    std::optional<Reply> next();

private:
    struct Free {
        void operator()(::redisReader* reader) const;
    };

    std::unique_ptr<::redisReader, Free> reader_;
    std::size_t elements_left_ = elements_max;
};

}
