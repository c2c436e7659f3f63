#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace watchword::http {

/// Takes the chunked transfer coding (RFC 9112 §7.1) off a body, strictly and in bounded work. It reads bytes as they
/// come and knows no sockets; how they are cut makes no difference.
///
/// Chunk extensions and trailer fields are checked for control characters and thrown away, so nothing that comes after
/// the head can change what the request means. What is not the body itself may be no more than the body and a constant,
/// so that a million chunks of one byte are refused after the first thousands.
class ChunkedBody {
public:
    /// Far more than any client sends for reasons of its own.
    static constexpr std::size_t size_digits_max = 16;
    static constexpr std::size_t extension_bytes_max = 256;
    static constexpr std::size_t trailer_bytes_max = 4 * 1024;
    static constexpr std::uint64_t overhead_bytes_free = 16 * 1024;

    enum class State {
        unfinished, ///< the body goes on
        finished,   ///< the last byte of the last trailer line was used
        malformed,  ///< 400, and the end of the body cannot be known
        too_large,  ///< 413, and the end of the body is not looked for
    };

    struct Step {
        State state;
        std::size_t used;      ///< how many bytes are done with
        std::string_view data; ///< which of them belong to the body: the last ones used
    };

    /// `bytes_max` bounds the decoded body.
    explicit ChunkedBody(std::uint64_t bytes_max) : bytes_left_(bytes_max) {}

    /// Uses bytes up to the end of a piece of the body, or of the body, or of `bytes`. After a state other than
    /// `unfinished` it uses nothing and gives the same state again.
    Step step(std::string_view bytes);

private:
    enum class Expect {
        first_size_digit,
        size_digit,
        extension,
        size_line_feed,
        data,
        data_carriage_return,
        data_line_feed,
        trailer_start,
        trailer_name,
        trailer_value,
        trailer_line_feed,
        last_line_feed,
        nothing,
    };

    State take(char c);
    State take_size(char c);
    State take_trailer(char c);
    State start_of_chunk_data();

    Expect expect_ = Expect::first_size_digit;
    State state_ = State::unfinished;
    std::uint64_t bytes_left_;
    std::uint64_t chunk_left_ = 0;
    std::uint64_t decoded_ = 0;
    std::uint64_t overhead_ = 0;
    std::size_t size_digits_ = 0;
    std::size_t extension_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
};

}
