#include "app/dotenv.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>

namespace watchword {
namespace {

/// What Python's `str.isspace` and its regular expressions call a blank.
bool is_blank(char32_t character)
{
    return (character >= 0x09 && character <= 0x0D) || (character >= 0x1C && character <= 0x20) || character == 0x85 ||
           character == 0xA0 || character == 0x1680 || (character >= 0x2000 && character <= 0x200A) ||
           character == 0x2028 || character == 0x2029 || character == 0x202F || character == 0x205F ||
           character == 0x3000;
}

bool is_blank_within_a_line(char32_t character)
{
    return character != '\n' && is_blank(character);
}

std::string to_utf8(std::u32string_view text)
{
    std::string bytes;
    for (const char32_t character : text) {
        utf8::append(bytes, character);
    }
    return bytes;
}

/// CRLF and CR as LF, which is how Python opens text.
std::u32string with_plain_line_ends(std::u32string_view text)
{
    std::u32string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
            continue;
        }
        plain.push_back(text[i] == '\r' ? U'\n' : text[i]);
    }
    return plain;
}

struct Statement {
    std::u32string name; ///< empty: a comment or nothing at all
    std::optional<std::u32string> value;
    std::size_t line;
    bool invalid;
};

/// Walks through the text from left to right. Where something does not fit, it stays there and says so.
class Scanner {
public:
    explicit Scanner(std::u32string_view text) : text_(text) {}

    bool at_end() const { return at_ == text_.size(); }

    Statement next()
    {
        take_while(is_blank);
        Statement statement{.name = {}, .value = {}, .line = line(), .invalid = false};
        if (!at_end() && !read(statement)) {
            take_while([](char32_t character) { return character != '\n'; });
            take('\n');
            statement.invalid = true;
        }
        return statement;
    }

private:
    std::size_t line()
    {
        line_ += static_cast<std::size_t>(std::ranges::count(text_.substr(counted_to_, at_ - counted_to_), U'\n'));
        counted_to_ = at_;
        return line_;
    }

    char32_t here() const { return at_end() ? U'\0' : text_[at_]; }

    bool take(char32_t character)
    {
        const bool found = !at_end() && text_[at_] == character;
        at_ += found ? 1 : 0;
        return found;
    }

    template <class Predicate>
    std::u32string_view take_while(Predicate predicate)
    {
        const auto rest = text_.substr(at_);
        const auto size = static_cast<std::size_t>(std::ranges::find_if_not(rest, predicate) - rest.begin());
        at_ += size;
        return rest.substr(0, size);
    }

    bool read(Statement& statement)
    {
        skip_export();
        if (here() != '#') {
            const auto name = here() == '\'' ? quoted_name() : plain_name();
            if (name.empty()) {
                return false;
            }
            statement.name = name;
        }
        take_while(is_blank_within_a_line);
        if (take('=')) {
            const bool blank_follows = !take_while(is_blank_within_a_line).empty();
            statement.value = blank_follows && here() == '#' ? std::u32string() : value();
            if (!statement.value) {
                return false;
            }
        }
        return take_rest_of_line();
    }

    void skip_export()
    {
        constexpr std::u32string_view word = U"export";
        const auto rest = text_.substr(at_);
        if (rest.starts_with(word) && rest.size() > word.size() && is_blank_within_a_line(rest[word.size()])) {
            at_ += word.size();
            take_while(is_blank_within_a_line);
        }
    }

    std::u32string_view plain_name()
    {
        return take_while(
            [](char32_t character) { return character != '=' && character != '#' && !is_blank(character); });
    }

    std::u32string_view quoted_name()
    {
        const auto end = text_.find(U'\'', at_ + 1);
        if (end == std::u32string_view::npos) {
            return {};
        }
        const auto name = text_.substr(at_ + 1, end - at_ - 1);
        at_ = name.empty() ? at_ : end + 1;
        return name;
    }

    std::optional<std::u32string> value()
    {
        if (here() == '\'') {
            return quoted_value(U"\\'", U"\\'");
        }
        if (here() == '"') {
            return quoted_value(U"\\'\"abfnrtv", U"\\'\"\a\b\f\n\r\t\v");
        }
        return plain_value();
    }

    /// `escapes` are the letters that mean something behind a backslash, `meanings` what they mean, in the same order.
    std::optional<std::u32string> quoted_value(std::u32string_view escapes, std::u32string_view meanings)
    {
        std::u32string value;
        for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
            if (text_[i] == text_[at_]) {
                at_ = i + 1;
                return value;
            }
            if (text_[i] == '\\' && i + 1 < text_.size()) {
                ++i;
                const auto meaning = escapes.find(text_[i]);
                if (meaning == std::u32string_view::npos) {
                    value.append({U'\\', text_[i]});
                } else {
                    value.push_back(meanings[meaning]);
                }
            } else {
                value.push_back(text_[i]);
            }
        }
        return std::nullopt;
    }

    std::u32string plain_value()
    {
        auto value = take_while([](char32_t character) { return character != '\n'; });
        for (std::size_t i = 1; i < value.size(); ++i) {
            if (value[i] == '#' && is_blank(value[i - 1])) {
                value = value.substr(0, i);
            }
        }
        while (!value.empty() && is_blank(value.back())) {
            value.remove_suffix(1);
        }
        return std::u32string(value);
    }

    bool take_rest_of_line()
    {
        const auto before = at_;
        take_while(is_blank_within_a_line);
        if (here() == '#') {
            take_while([](char32_t character) { return character != '\n'; });
        }
        const bool ended = at_end() || take('\n');
        at_ = ended ? at_ : before;
        return ended;
    }

    std::u32string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1; // of counted_to_
    std::size_t counted_to_ = 0;
};

using Lookup = std::map<std::u32string, std::u32string, std::less<>>;

std::u32string interpolate(std::u32string_view value, const Lookup& known)
{
    std::u32string result;
    for (std::size_t at = 0; at < value.size();) {
        const auto rest = value.substr(at);
        const auto name_end = rest.starts_with(U"${") ? rest.find_first_of(U"}:", 2) : std::u32string_view::npos;
        const bool has_default = name_end != std::u32string_view::npos && rest.substr(name_end).starts_with(U":-");
        const auto end = has_default ? rest.find(U'}', name_end) : name_end;
        if (end == std::u32string_view::npos || rest[end] != '}') {
            result.push_back(rest.front());
            ++at;
            continue;
        }
        if (const auto found = known.find(rest.substr(2, name_end - 2)); found != known.end()) {
            result += found->second;
        } else if (has_default) {
            result += rest.substr(name_end + 2, end - name_end - 2);
        }
        at += end + 1;
    }
    return result;
}

void put(std::vector<DotenvVariable>& variables, DotenvVariable variable)
{
    const auto same = std::ranges::find(variables, variable.name, &DotenvVariable::name);
    if (same == variables.end()) {
        variables.push_back(std::move(variable));
    } else {
        *same = std::move(variable);
    }
}

std::size_t first_line_that_is_not_utf8(std::string_view bytes)
{
    std::size_t line = 1;
    for (; !bytes.empty(); ++line) {
        const auto size = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
        if (!utf8::valid(bytes.substr(0, size))) {
            break;
        }
        bytes.remove_prefix(size);
    }
    return line;
}

}

std::expected<Dotenv, std::string> parse_dotenv(std::string_view bytes, const Environment& environment)
{
    const auto decoded = utf8::decode(bytes);
    if (!decoded) {
        return std::unexpected(fmt::format("line {} is not UTF-8", first_line_that_is_not_utf8(bytes)));
    }
    Lookup known;
    for (const auto& [name, value] : environment) {
        // Bytes that are no text cannot be asked for in a file that is.
        if (const auto name_text = utf8::decode(name), value_text = utf8::decode(value); name_text && value_text) {
            known[*name_text] = *value_text;
        }
    }

    const std::u32string text = with_plain_line_ends(
        decoded->starts_with(U'\uFEFF') ? std::u32string_view(*decoded).substr(1) : std::u32string_view(*decoded));
    Dotenv dotenv;
    for (Scanner scanner(text); !scanner.at_end();) {
        auto statement = scanner.next();
        if (statement.invalid) {
            dotenv.invalid_lines.push_back(statement.line);
        } else if (!statement.name.empty()) {
            std::optional<std::string> value;
            if (statement.value) {
                *statement.value = interpolate(*statement.value, known);
                value = to_utf8(*statement.value);
            }
            put(dotenv.variables, {to_utf8(statement.name), std::move(value), statement.line});
            known[statement.name] = statement.value.value_or(U"");
        }
    }
    return dotenv;
}

}
