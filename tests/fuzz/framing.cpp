// The framing gate and the chunk decoder, under whatever bytes there are.
//
// - A head that is accepted, written anew and read again, says the same, and Beast, which is no work of ours, agrees
//   where it accepts the head too.
// - Nothing is accepted of which a prefix was refused, and the length of a head does not depend on what follows it.
// - A chunked body decodes to the same however its bytes are cut.
#include "http/framing.hpp"
#include "http/chunked_body.hpp"
#include "http/request.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

namespace {

using namespace watchword::http;

void require(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

std::string written(const Head& head)
{
    std::string bytes(head.method);
    bytes.append(" ").append(head.target);
    bytes.append(head.framing.version == Framing::Version::http_1_1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
    for (const auto& field : head.fields) {
        bytes.append(field.name).append(": ").append(field.value).append("\r\n");
    }
    return bytes.append("\r\n");
}

void compare_with_beast(const Head& head, std::string_view bytes)
{
    namespace beast_http = boost::beast::http;
    beast_http::request_parser<beast_http::empty_body> parser;
    parser.header_limit(2 * usual_head_bytes_max);
    parser.body_limit(boost::none);
    boost::system::error_code error;
    parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error && error != beast_http::error::need_more) {
        return; // it refuses more than we do, a Connection that is no list of tokens for one
    }
    require(parser.is_header_done());
    const auto& message = parser.get();
    require(message.method_string() == head.method && message.target() == head.target);
    require(message.version() == (head.framing.version == Framing::Version::http_1_1 ? 11u : 10u));
    require(parser.chunked() == (head.framing.body == Framing::Body::chunked));
    if (head.framing.body == Framing::Body::length) {
        require(parser.content_length() == head.framing.length);
    }
    auto field = head.fields.begin();
    for (const auto& other : message) {
        (void)other;
        require(field != head.fields.end());
        ++field;
    }
    require(field == head.fields.end());
}

void check_head(std::string_view bytes)
{
    const auto length = head_length(bytes);
    if (!length) {
        require(length.error().status >= 400 && !length.error().reason.empty());
        return;
    }
    if (*length == 0) {
        return;
    }
    require(*length <= bytes.size() && *length <= usual_head_bytes_max + 2);
    require(head_length(bytes.substr(0, *length)) == *length);
    const auto head = read_head(bytes.substr(0, *length));
    if (!head) {
        return;
    }
    for (std::size_t i = 0; i < *length; ++i) {
        require(head_length(bytes.substr(0, i)) == 0u);
    }
    const auto again = written(*head);
    if (head_length(again) != again.size()) {
        require(again.size() > usual_head_bytes_max); // the blanks that we add made it too long
        return;
    }
    const auto second = read_head(again);
    require(second.has_value() && second->framing == head->framing && written(*second) == again);
    compare_with_beast(*head, again);
}

struct Decoded {
    ChunkedBody::State state = ChunkedBody::State::unfinished;
    std::string body;
    std::size_t used = 0;

    bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t cut)
{
    constexpr std::uint64_t body_bytes_max = 1000;
    ChunkedBody decoder(body_bytes_max);
    Decoded decoded;
    while (decoded.state == ChunkedBody::State::unfinished && decoded.used < bytes.size()) {
        const auto step = decoder.step(bytes.substr(decoded.used, cut));
        require(step.used > 0 || step.state != ChunkedBody::State::unfinished);
        require(step.data.size() <= step.used);
        decoded.state = step.state;
        decoded.body += step.data;
        decoded.used += step.used;
    }
    require(decoded.body.size() <= body_bytes_max);
    return decoded;
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_head(bytes);
    const auto whole = decode(bytes, bytes.size());
    for (const std::size_t cut : {std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
        require(decode(bytes, cut) == whole);
    }
    return 0;
}
