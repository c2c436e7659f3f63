#include "http/framing.hpp"

#include "http/character.hpp"
#include "http/request.hpp"

#include <algorithm>
#include <optional>

namespace watchword::http {
namespace {

std::string_view without_blanks(std::string_view text)
{
    const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

std::unexpected<Rejection> refuse(unsigned status, std::string_view reason)
{
    return std::unexpected(Rejection{status, reason});
}

struct RequestLine {
    std::string_view method;
    std::string_view target;
    Framing::Version version;
};

std::expected<Framing::Version, Rejection> read_version(std::string_view text)
{
    if (text == "HTTP/1.1") {
        return Framing::Version::http_1_1;
    }
    if (text == "HTTP/1.0") {
        return Framing::Version::http_1_0;
    }
    if (text.size() == 8 && text.starts_with("HTTP/") && text[6] == '.' && consists_of(text.substr(5, 1), is_digit) &&
        consists_of(text.substr(7), is_digit)) {
        return refuse(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    return refuse(400, "The request line is malformed");
}

std::expected<RequestLine, Rejection> read_request_line(std::string_view line)
{
    const auto first = std::min(line.find(' '), line.size());
    const auto last = line.rfind(' ');
    const auto method = line.substr(0, first);
    if (method.empty() || method.size() > method_bytes_max || !consists_of(method, is_token_character) ||
        last == first || last == std::string_view::npos) {
        return refuse(400, "The request line is malformed");
    }
    const auto target = line.substr(first + 1, last - first - 1);
    if (target.size() > target_bytes_max) {
        return refuse(414, "The request target is too long");
    }
    if (target.empty() || !consists_of(target, is_target_character)) {
        return refuse(400, "The request target is malformed");
    }
    const auto version = read_version(line.substr(last + 1));
    if (!version) {
        return std::unexpected(version.error());
    }
    return RequestLine{method, target, *version};
}

std::expected<Field, Rejection> read_field(std::string_view line)
{
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || !consists_of(line.substr(0, colon), is_token_character)) {
        // Also a folded line, which begins with a blank, and a blank before the colon.
        return refuse(400, "A header field is malformed");
    }
    const auto value = line.substr(colon + 1);
    if (!consists_of(value, is_field_character)) {
        return refuse(400, "A header field holds a control character");
    }
    return Field{line.substr(0, colon), without_blanks(value)};
}

bool is_host(std::string_view value)
{
    auto host = value;
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == std::string_view::npos || end == 1) {
            return false;
        }
        const auto address = host.substr(1, end - 1);
        host.remove_prefix(end + 1);
        const auto is_allowed = [](char c) { return c == ':' || is_host_character(c); };
        if (!consists_of(address, is_allowed) || (!host.empty() && !host.starts_with(':'))) {
            return false;
        }
    } else {
        const auto name = host.substr(0, host.find(':'));
        if (name.empty() || !consists_of(name, is_host_character)) {
            return false;
        }
        host.remove_prefix(name.size());
    }
    constexpr std::size_t port_digits_max = 5;
    return host.empty() || (host.size() <= 1 + port_digits_max && consists_of(host.substr(1), is_digit));
}

std::optional<std::uint64_t> read_length(std::string_view value)
{
    constexpr std::size_t digits_max = 18; // so that no sum of lengths overflows
    if (value.empty() || value.size() > digits_max || !consists_of(value, is_digit)) {
        return std::nullopt;
    }
    std::uint64_t length = 0;
    for (const char c : value) {
        length = length * 10 + static_cast<unsigned>(c - '0');
    }
    return length;
}

/// The fields that say something about the connection or the end of the message, looked for in one pass.
struct FramingFields {
    struct Occurrence {
        std::size_t count = 0;
        std::string_view value; ///< of the last one
    };

    Occurrence host;
    Occurrence length;
    Occurrence encoding;
    Occurrence expectation;
    bool says_close = false;
    bool says_keep_alive = false;

    void look_at(const Field& field);

private:
    void look_at_connection(std::string_view list);
};

void FramingFields::look_at(const Field& field)
{
    const auto note = [&](Occurrence& occurrence) {
        ++occurrence.count;
        occurrence.value = field.value;
    };
    if (same_but_for_case(field.name, "host")) {
        note(host);
    } else if (same_but_for_case(field.name, "content-length")) {
        note(length);
    } else if (same_but_for_case(field.name, "transfer-encoding")) {
        note(encoding);
    } else if (same_but_for_case(field.name, "expect")) {
        note(expectation);
    } else if (same_but_for_case(field.name, "connection")) {
        look_at_connection(field.value);
    }
}

void FramingFields::look_at_connection(std::string_view list)
{
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        const auto option = without_blanks(list.substr(0, end));
        says_close = says_close || same_but_for_case(option, "close");
        says_keep_alive = says_keep_alive || same_but_for_case(option, "keep-alive");
        list.remove_prefix(std::min(end + 1, list.size()));
    }
}

std::expected<Framing, Rejection> read_framing(const FramingFields& fields, Framing::Version version)
{
    Framing framing{.version = version};
    const bool is_1_1 = version == Framing::Version::http_1_1;
    framing.keep_alive = !fields.says_close && (is_1_1 || fields.says_keep_alive);
    if (fields.host.count != 1 ? is_1_1 || fields.host.count > 1 : !is_host(fields.host.value)) {
        return refuse(400, "Exactly one valid Host is required");
    }
    if (fields.encoding.count > 0) {
        if (!is_1_1 || fields.length.count > 0 || fields.encoding.count > 1 ||
            !same_but_for_case(fields.encoding.value, "chunked")) {
            return refuse(400, "Transfer-Encoding may only be chunked, once, in HTTP/1.1, without Content-Length");
        }
        framing.body = Framing::Body::chunked;
    }
    if (fields.length.count > 0) {
        const auto length = read_length(fields.length.value);
        if (fields.length.count > 1 || !length) {
            return refuse(400, "Content-Length must be a number of bytes, once");
        }
        framing.length = *length;
        framing.body = *length > 0 ? Framing::Body::length : Framing::Body::none;
    }
    // HTTP/1.0 knows no 100 Continue, and without a body there is nothing to wait for (RFC 9110 §10.1.1).
    if (fields.expectation.count > 0 && is_1_1) {
        if (fields.expectation.count > 1 || !same_but_for_case(fields.expectation.value, "100-continue")) {
            framing.expectation = Framing::Expectation::unknown;
        } else if (framing.body != Framing::Body::none) {
            framing.expectation = Framing::Expectation::proceed;
        }
    }
    return framing;
}

/// Whether the target has one of the forms of RFC 9112 §3.2 that its method may have.
bool is_fitting_target(const RequestLine& line, std::string_view host)
{
    if (line.method == "CONNECT") {
        return is_host(line.target) && line.target.contains(':');
    }
    if (line.target.starts_with('/')) {
        return true;
    }
    if (line.target == "*") {
        return line.method == "OPTIONS";
    }
    const auto scheme_end = line.target.find("://");
    const auto scheme = line.target.substr(0, scheme_end);
    if (scheme_end == std::string_view::npos ||
        (!same_but_for_case(scheme, "http") && !same_but_for_case(scheme, "https"))) {
        return false;
    }
    auto authority = line.target.substr(scheme_end + 3);
    authority = authority.substr(0, authority.find_first_of("/?"));
    // RFC 9112 §3.2.2 prefers this authority to `Host`; a client must send both alike (§3.2), so we refuse to choose.
    return is_host(authority) && (host.empty() || same_but_for_case(host, authority));
}

/// Takes the next line, without its CRLF, off `bytes`. Nothing where a CR or the end comes without its LF.
std::optional<std::string_view> take_line(std::string_view& bytes)
{
    const auto end = bytes.find('\r');
    if (end == std::string_view::npos || end + 1 == bytes.size() || bytes[end + 1] != '\n') {
        return std::nullopt;
    }
    const auto line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    return line;
}

std::string_view without_leading_empty_line(std::string_view bytes)
{
    return bytes.starts_with("\r\n") ? bytes.substr(2) : bytes;
}

/// Whether more bytes could still make an acceptable head of these.
std::optional<Rejection> judge_beginning(std::string_view bytes, std::size_t head_bytes_max)
{
    bytes = without_leading_empty_line(bytes);
    const auto line_end = bytes.find("\r\n");
    if (line_end != std::string_view::npos) {
        if (const auto line = read_request_line(bytes.substr(0, line_end)); !line) {
            return line.error();
        }
    } else {
        const auto method = bytes.substr(0, bytes.find(' '));
        const bool may_be_empty_line = bytes == "\r";
        if (!may_be_empty_line && (!consists_of(method, is_token_character) || method.size() > method_bytes_max)) {
            return Rejection{400, "This is no HTTP request"};
        }
        if (bytes.size() > method.size() + 1 + target_bytes_max + std::string_view(" HTTP/1.1").size()) {
            return Rejection{414, "The request target is too long"};
        }
    }
    if (bytes.size() >= head_bytes_max) {
        return Rejection{431, "The header is too large"};
    }
    for (auto at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
        if (at == 0 || bytes[at - 1] != '\r') {
            return Rejection{400, "A line must end with CR and LF"};
        }
    }
    return std::nullopt;
}

}

std::expected<std::size_t, Rejection> head_length(std::string_view bytes, std::size_t head_bytes_max)
{
    constexpr std::string_view end_of_head = "\r\n\r\n";
    const auto leading = bytes.size() - without_leading_empty_line(bytes).size();
    const auto end = bytes.substr(0, leading + head_bytes_max).find(end_of_head, leading);
    if (end != std::string_view::npos) {
        return end + end_of_head.size();
    }
    if (const auto rejection = judge_beginning(bytes, head_bytes_max)) {
        return std::unexpected(*rejection);
    }
    return 0;
}

std::expected<Head, Rejection> read_head(std::string_view bytes)
{
    bytes = without_leading_empty_line(bytes);
    const auto first = take_line(bytes);
    if (!first) {
        return refuse(400, "The request line is malformed");
    }
    const auto request_line = read_request_line(*first);
    if (!request_line) {
        return std::unexpected(request_line.error());
    }

    Head head{.method = request_line->method, .target = request_line->target, .fields = {}, .framing = {}};
    constexpr std::size_t usual_number_of_fields = 16;
    head.fields.reserve(usual_number_of_fields);
    FramingFields framing_fields;
    for (auto line = take_line(bytes); !line || !line->empty(); line = take_line(bytes)) {
        if (!line) {
            return refuse(400, "A line must end with CR and LF");
        }
        const auto field = read_field(*line);
        if (!field) {
            return std::unexpected(field.error());
        }
        if (head.fields.size() == fields_max) {
            return refuse(431, "There are too many header fields");
        }
        head.fields.push_back(*field);
        framing_fields.look_at(*field);
    }

    const auto framing = read_framing(framing_fields, request_line->version);
    if (!framing) {
        return std::unexpected(framing.error());
    }
    if (!is_fitting_target(*request_line, framing_fields.host.value)) {
        return refuse(400, "The request target is malformed");
    }
    head.framing = *framing;
    return head;
}

std::string_view find_in_refused_head(std::string_view bytes, std::string_view name)
{
    while (!bytes.empty()) {
        const auto end = std::min(bytes.find('\n'), bytes.size());
        auto line = bytes.substr(0, end);
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
        line = line.substr(0, line.find('\r'));
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && same_but_for_case(line.substr(0, colon), name)) {
            const auto value = without_blanks(line.substr(colon + 1));
            return consists_of(value, is_field_character) ? value : std::string_view();
        }
    }
    return {};
}

}
