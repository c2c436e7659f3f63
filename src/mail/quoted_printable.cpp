#include "mail/quoted_printable.hpp"

namespace watchword::mail {
namespace {

/// RFC 2045 §6.7 (5), without the `=` of a soft line break.
constexpr std::size_t longest_line = 75;

std::string escaped(unsigned char byte)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    return {'=', digits[byte >> 4], digits[byte & 0x0F]};
}

bool is_literal(char character)
{
    return (character > ' ' && character <= '~' && character != '=') || character == ' ' || character == '\t';
}

void append_line(std::string& body, std::string_view line)
{
    std::size_t used = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char character = line[i];
        const bool last = i + 1 == line.size();
        const bool blank_at_the_end = last && (character == ' ' || character == '\t');
        const bool dot_at_the_start = used == 0 && character == '.';
        std::string piece(1, character);
        if (!is_literal(character) || blank_at_the_end || dot_at_the_start) {
            piece = escaped(static_cast<unsigned char>(character));
        }
        if (used + piece.size() > longest_line) {
            body += "=\r\n";
            used = 0;
            if (character == '.') {
                piece = escaped('.');
            }
        }
        body += piece;
        used += piece.size();
    }
    body += "\r\n";
}

}

std::string to_quoted_printable(std::string_view text)
{
    std::string body;
    while (!text.empty()) {
        const auto end = text.find_first_of("\r\n");
        append_line(body, text.substr(0, end));
        if (end == std::string_view::npos) {
            break;
        }
        text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    return body;
}

}
