#include "http/chunked_body.hpp"

#include "http/character.hpp"

#include <algorithm>

namespace watchword::http {

ChunkedBody::Step ChunkedBody::step(std::string_view bytes)
{
    std::size_t used = 0;
    while (state_ == State::unfinished && used < bytes.size()) {
        if (expect_ == Expect::data) {
            const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, bytes.size() - used));
            chunk_left_ -= length;
            decoded_ += length;
            if (chunk_left_ == 0) {
                expect_ = Expect::data_carriage_return;
            }
            return {state_, used + length, bytes.substr(used, length)};
        }
        state_ = take(bytes[used]);
        if (state_ == State::unfinished && ++overhead_ > overhead_bytes_free + decoded_) {
            state_ = State::malformed;
        }
        ++used;
    }
    return {state_, used, {}};
}

ChunkedBody::State ChunkedBody::take(char c)
{
    switch (expect_) {
    case Expect::data_carriage_return:
        expect_ = Expect::data_line_feed;
        return c == '\r' ? State::unfinished : State::malformed;
    case Expect::data_line_feed:
        expect_ = Expect::first_size_digit;
        size_digits_ = 0;
        return c == '\n' ? State::unfinished : State::malformed;
    case Expect::first_size_digit:
    case Expect::size_digit:
    case Expect::extension:
    case Expect::size_line_feed:
        return take_size(c);
    default:
        return take_trailer(c);
    }
}

ChunkedBody::State ChunkedBody::take_size(char c)
{
    if (expect_ == Expect::size_line_feed) {
        return c == '\n' ? start_of_chunk_data() : State::malformed;
    }
    if (expect_ == Expect::extension) {
        if (c == '\r') {
            expect_ = Expect::size_line_feed;
            return State::unfinished;
        }
        return is_field_character(c) && ++extension_bytes_ <= extension_bytes_max ? State::unfinished
                                                                                  : State::malformed;
    }
    if (const auto value = hex_value(c); value >= 0) {
        chunk_left_ = chunk_left_ * 16 + static_cast<unsigned>(value);
        expect_ = Expect::size_digit;
        return ++size_digits_ <= size_digits_max ? State::unfinished : State::malformed;
    }
    if (expect_ == Expect::first_size_digit) {
        return State::malformed;
    }
    extension_bytes_ = 0;
    expect_ = c == '\r' ? Expect::size_line_feed : Expect::extension;
    return c == '\r' || c == ';' ? State::unfinished : State::malformed;
}

ChunkedBody::State ChunkedBody::start_of_chunk_data()
{
    if (chunk_left_ > bytes_left_) {
        return State::too_large;
    }
    bytes_left_ -= chunk_left_;
    expect_ = chunk_left_ == 0 ? Expect::trailer_start : Expect::data;
    return State::unfinished;
}

ChunkedBody::State ChunkedBody::take_trailer(char c)
{
    if (++trailer_bytes_ > trailer_bytes_max) {
        return State::malformed;
    }
    switch (expect_) {
    case Expect::trailer_start:
        if (c == '\r') {
            expect_ = Expect::last_line_feed;
            return State::unfinished;
        }
        expect_ = Expect::trailer_name;
        return is_token_character(c) ? State::unfinished : State::malformed;
    case Expect::trailer_name:
        if (c == ':') {
            expect_ = Expect::trailer_value;
            return State::unfinished;
        }
        return is_token_character(c) ? State::unfinished : State::malformed;
    case Expect::trailer_value:
        if (c == '\r') {
            expect_ = Expect::trailer_line_feed;
            return State::unfinished;
        }
        return is_field_character(c) ? State::unfinished : State::malformed;
    case Expect::trailer_line_feed:
        expect_ = Expect::trailer_start;
        return c == '\n' ? State::unfinished : State::malformed;
    default: // last_line_feed
        return c == '\n' ? State::finished : State::malformed;
    }
}

}
