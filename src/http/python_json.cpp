#include "http/python_json.hpp"

#include "base/utf8.hpp"
#include "http/json_encoding.hpp"

#include <charconv>
#include <limits>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace watchword::http::python_json {
namespace {

namespace json = boost::json;

constexpr std::string_view exact_number_key = "\xFF"; // this byte is in no encoded text

bool is_digit(char32_t c)
{
    return c >= U'0' && c <= U'9';
}

std::optional<char32_t> hex_digit(char32_t c)
{
    if (is_digit(c)) {
        return c - U'0';
    }
    const char32_t lower = c | 0x20;
    if (lower >= U'a' && lower <= U'f') {
        return lower - U'a' + 10;
    }
    return std::nullopt;
}

/// Like utf8::append, but takes surrogates too.
void append(std::string& text, char32_t code_point)
{
    if (code_point >= 0xD800 && code_point <= 0xDFFF) {
        text.push_back(static_cast<char>(0xED));
        text.push_back(static_cast<char>(0x80 | ((code_point >> 6) & 0x3F)));
        text.push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
    } else {
        utf8::append(text, code_point);
    }
}

template <class Number>
std::optional<Number> parsed(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} ? std::optional(number) : std::nullopt;
}

json::value kept_as_written(std::string_view digits)
{
    return json::object{{exact_number_key, digits}};
}

json::value integer(std::string_view digits)
{
    if (const auto number = parsed<std::int64_t>(digits)) {
        return *number;
    }
    if (const auto number = parsed<std::uint64_t>(digits)) {
        return *number;
    }
    return kept_as_written(digits);
}

json::value floating_point(std::string_view digits)
{
    if (const auto number = parsed<double>(digits)) {
        return *number;
    }
    return kept_as_written(digits);
}

/// Each function reads what begins at `at_` and moves past it. Where one returns nothing, `failure_` says why.
class Reader {
public:
    explicit Reader(std::u32string_view text) : text_(text) {}

    std::expected<json::value, Failure> read()
    {
        skip_blanks();
        auto value = read_value();
        if (value) {
            skip_blanks();
            if (at_ == text_.size()) {
                return std::move(*value);
            }
            fail("Extra data", at_);
        }
        return std::unexpected(failure_);
    }

private:
    std::optional<json::value> read_value();
    std::optional<json::value> read_object();
    std::optional<json::value> read_array();
    std::optional<json::value> read_number();
    std::optional<std::string> read_string();
    std::optional<char32_t> read_escape();
    std::optional<char32_t> read_four_hex_digits();

    /// Moves past the opening bracket and what blanks follow, unless that would be too deep.
    bool enter()
    {
        ++at_;
        skip_blanks();
        return ++depth_ <= max_depth;
    }

    /// Moves past the closing bracket.
    bool leave(std::u32string_view bracket)
    {
        --depth_;
        if (!skip(bracket)) {
            fail("Expecting ',' delimiter", at_);
            return false;
        }
        return true;
    }

    /// The character at `at_ + ahead`; NUL, which is a syntax error everywhere, behind the end.
    char32_t peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : U'\0'; }

    bool skip(std::u32string_view word)
    {
        if (!text_.substr(at_).starts_with(word)) {
            return false;
        }
        at_ += word.size();
        return true;
    }

    void skip_blanks()
    {
        while (peek() == U' ' || peek() == U'\t' || peek() == U'\n' || peek() == U'\r') {
            ++at_;
        }
    }

    void skip_digits()
    {
        while (is_digit(peek())) {
            ++at_;
        }
    }

    std::nullopt_t fail(std::string_view problem, std::size_t offset)
    {
        failure_ = SyntaxError{offset, problem};
        return std::nullopt;
    }

    std::u32string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    Failure failure_ = Unreadable{};
};

std::optional<json::value> Reader::read_value()
{
    switch (peek()) {
    case U'"':
        if (auto string = read_string()) {
            return json::string(*string);
        }
        return std::nullopt;
    case U'{':
        return read_object();
    case U'[':
        return read_array();
    default:
        break;
    }
    if (skip(U"null")) {
        return json::value(nullptr);
    }
    if (skip(U"true")) {
        return json::value(true);
    }
    if (skip(U"false")) {
        return json::value(false);
    }
    if (skip(U"NaN")) {
        return json::value(std::numeric_limits<double>::quiet_NaN());
    }
    if (skip(U"Infinity")) {
        return json::value(std::numeric_limits<double>::infinity());
    }
    if (skip(U"-Infinity")) {
        return json::value(-std::numeric_limits<double>::infinity());
    }
    return read_number();
}

std::optional<json::value> Reader::read_object()
{
    if (!enter()) {
        return std::nullopt;
    }
    json::object object;
    if (peek() != U'}') {
        do {
            skip_blanks();
            if (peek() != U'"') {
                return fail("Expecting property name enclosed in double quotes", at_);
            }
            const auto key = read_string();
            if (!key) {
                return std::nullopt;
            }
            skip_blanks();
            if (!skip(U":")) {
                return fail("Expecting ':' delimiter", at_);
            }
            skip_blanks();
            auto value = read_value();
            if (!value) {
                return std::nullopt;
            }
            object.insert_or_assign(*key, std::move(*value));
            skip_blanks();
        } while (skip(U","));
    }
    if (!leave(U"}")) {
        return std::nullopt;
    }
    return object;
}

std::optional<json::value> Reader::read_array()
{
    if (!enter()) {
        return std::nullopt;
    }
    json::array array;
    if (peek() != U']') {
        do {
            skip_blanks();
            auto value = read_value();
            if (!value) {
                return std::nullopt;
            }
            array.push_back(std::move(*value));
            skip_blanks();
        } while (skip(U","));
    }
    if (!leave(U"]")) {
        return std::nullopt;
    }
    return array;
}

/// A fraction or an exponent without digits is no part of the number: what follows is judged as what comes next.
std::optional<json::value> Reader::read_number()
{
    const std::size_t start = at_;
    skip(U"-");
    if (!is_digit(peek())) {
        return fail("Expecting value", start);
    }
    if (!skip(U"0")) {
        skip_digits();
    }
    bool is_integer = true;
    if (peek() == U'.' && is_digit(peek(1))) {
        is_integer = false;
        ++at_;
        skip_digits();
    }
    if (peek() == U'e' || peek() == U'E') {
        const std::size_t sign = peek(1) == U'-' || peek(1) == U'+' ? 1 : 0;
        if (is_digit(peek(1 + sign))) {
            is_integer = false;
            at_ += 1 + sign;
            skip_digits();
        }
    }
    std::string digits;
    for (const char32_t c : text_.substr(start, at_ - start)) {
        digits.push_back(static_cast<char>(c));
    }
    return is_integer ? integer(digits) : floating_point(digits);
}

std::optional<std::string> Reader::read_string()
{
    const std::size_t start = at_++;
    std::string string;
    while (at_ < text_.size()) {
        const char32_t c = text_[at_];
        if (c == U'"') {
            ++at_;
            return string;
        }
        if (c < 0x20) {
            return fail("Invalid control character at", at_);
        }
        if (c != U'\\') {
            append(string, c);
            ++at_;
            continue;
        }
        if (at_ + 1 == text_.size()) {
            break;
        }
        const auto escaped = read_escape();
        if (!escaped) {
            return std::nullopt;
        }
        append(string, *escaped);
    }
    return fail("Unterminated string starting at", start);
}

std::optional<char32_t> Reader::read_escape()
{
    constexpr std::u32string_view letters = U"\"\\/bfnrt";
    constexpr std::u32string_view meanings = U"\"\\/\b\f\n\r\t";
    if (const auto letter = letters.find(peek(1)); letter != letters.npos) {
        at_ += 2;
        return meanings[letter];
    }
    if (peek(1) != U'u') {
        return fail("Invalid \\escape", at_);
    }
    const auto first = read_four_hex_digits();
    if (!first || *first < 0xD800 || *first > 0xDBFF || peek() != U'\\' || peek(1) != U'u') {
        return first;
    }
    // Digits at the very end of the text are not read as a pair: the string could not end behind them.
    if (at_ + 6 >= text_.size()) {
        return first;
    }
    const std::size_t second_at = at_;
    const auto second = read_four_hex_digits();
    if (!second) {
        return std::nullopt;
    }
    if (*second < 0xDC00 || *second > 0xDFFF) {
        at_ = second_at;
        return first;
    }
    return 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00);
}

/// Reads `\uXXXX`.
std::optional<char32_t> Reader::read_four_hex_digits()
{
    if (at_ + 6 >= text_.size()) {
        return fail("Invalid \\uXXXX escape", at_ + 1);
    }
    char32_t code_unit = 0;
    for (std::size_t i = 2; i < 6; ++i) {
        const auto digit = hex_digit(peek(i));
        if (!digit) {
            return fail("Invalid \\uXXXX escape", at_ + 1);
        }
        code_unit = (code_unit << 4) | *digit;
    }
    at_ += 6;
    return code_unit;
}

}

std::expected<json::value, Failure> read(std::string_view bytes)
{
    const auto text = decode_json(bytes);
    if (!text) {
        return std::unexpected(Unreadable{});
    }
    return Reader(*text).read();
}

std::optional<std::string_view> exact_number(const json::value& value)
{
    const auto* object = value.if_object();
    if (!object || object->size() != 1 || object->begin()->key() != exact_number_key) {
        return std::nullopt;
    }
    const auto& digits = object->begin()->value().get_string();
    return std::string_view(digits.data(), digits.size());
}

}
