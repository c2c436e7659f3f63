#include "http/answer_writer.hpp"

#include "base/time.hpp"
#include "http/character.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>

namespace watchword::http {
namespace {

struct DefaultHeader {
    std::string_view name;
    std::string_view line;
};

// For an API that browsers call but never show. Cross-Origin-Resource-Policy keeps other sites from embedding an
// answer; a page that is allowed by CORS reads it in CORS mode, which the policy does not touch (Fetch Standard, §3.7).
constexpr std::array default_headers{
    DefaultHeader{"Cache-Control", "Cache-Control: no-store\r\n"},
    DefaultHeader{"X-Content-Type-Options", "X-Content-Type-Options: nosniff\r\n"},
    DefaultHeader{"Content-Security-Policy", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"},
    DefaultHeader{"Referrer-Policy", "Referrer-Policy: no-referrer\r\n"},
    DefaultHeader{"Cross-Origin-Resource-Policy", "Cross-Origin-Resource-Policy: same-origin\r\n"},
};

std::string_view reason_phrase(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 304:
        return "Not Modified";
    case 307:
        return "Temporary Redirect";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 416:
        return "Range Not Satisfiable";
    case 417:
        return "Expectation Failed";
    case 422:
        return "Unprocessable Content";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return ""; // the phrase may be empty (RFC 9112 §4)
    }
}

/// The `Date` line, made once a second by each thread.
std::string_view date_line()
{
    thread_local std::time_t second = -1;
    thread_local std::string line;
    if (const auto now = std::time(nullptr); now != second) {
        second = now;
        line = "Date: " + to_http_date(Instant{std::chrono::seconds{now}}) + "\r\n";
    }
    return line;
}

bool has_content(unsigned status)
{
    return status >= 200 && status != 204 && status != 304;
}

}

bool has_valid_headers(const Response& response)
{
    return std::ranges::all_of(response.headers, [](const Header& header) {
        return !header.name.empty() && consists_of(header.name, is_token_character) &&
               consists_of(header.value, is_field_character);
    });
}

void append_answer(std::string& bytes, const Response& response, const AnswerContext& context)
{
    const fmt::format_int status(response.status);
    bytes.append("HTTP/1.1 ").append(status.data(), status.size()).append(" ");
    bytes.append(reason_phrase(response.status)).append("\r\n");
    bytes.append(date_line());
    for (const auto& header : response.headers) {
        bytes.append(header.name).append(": ").append(header.value).append("\r\n");
    }
    if (has_content(response.status)) {
        const fmt::format_int length(response.source ? response.source->length() : response.body.size());
        bytes.append("Content-Length: ").append(length.data(), length.size()).append("\r\n");
    }
    bytes.append("X-Request-ID: ").append(context.request_id).append("\r\n");
    for (const auto& header : default_headers) {
        const auto is_the_same = [&](const Header& own) { return same_but_for_case(own.name, header.name); };
        if (std::ranges::none_of(response.headers, is_the_same)) {
            bytes.append(header.line);
        }
    }
    bytes.append(context.listener_lines);
    bytes.append(context.cors_lines);
    if (context.connection == AnswerContext::Connection::close) {
        bytes.append("Connection: close\r\n");
    } else if (context.connection == AnswerContext::Connection::keep_alive_http_1_0) {
        bytes.append("Connection: keep-alive\r\n");
    }
    bytes.append("\r\n");
    if (context.content == AnswerContext::Content::sent && has_content(response.status) && !response.source) {
        bytes.append(response.body);
    }
}

}
