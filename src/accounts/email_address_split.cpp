#include "accounts/email_address_split.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace watchword::accounts::email {
namespace {

constexpr auto nowhere = std::u32string_view::npos;
constexpr std::size_t longest_composition = 32; // characters that can join the one before them (UAX #15, §13), and some

/// `<` with a stroke through it is another character, "not less than", in two pieces.
bool is_struck_through(std::u32string_view text)
{
    return text.front() == U'<' && nfc(text.substr(0, longest_composition)).front() != U'<';
}

/// Where the first of `marks` stands outside quotation marks.
std::size_t find_unquoted(std::u32string_view text, std::u32string_view marks)
{
    bool inside_quotes = false;
    bool escaped = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char32_t character = text[at];
        if (character == U'"' && !escaped) {
            inside_quotes = !inside_quotes;
        } else if (!inside_quotes && marks.find(character) != nowhere && !is_struck_through(text.substr(at))) {
            return at;
        }
        escaped = inside_quotes && character == U'\\' && !escaped;
    }
    return nowhere;
}

Reason no_at_sign(std::u32string_view text)
{
    if (text.find(U'\uFF20') != nowhere) {
        return "The email address has the \"full-width\" at-sign (@) character instead of a regular at-sign.";
    }
    if (text.find(U'\uFE6B') != nowhere) {
        return "The email address has the \"small commercial at\" character instead of a regular at-sign.";
    }
    return "An email address must have an @-sign.";
}

struct Unquoted {
    std::u32string text;
    bool quoted;
};

std::expected<Unquoted, Reason> unquote(std::u32string_view text)
{
    if (!text.starts_with(U'"')) {
        return Unquoted{std::u32string(text), false};
    }
    std::u32string inside;
    bool escaped = false;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == U'\\' && !escaped) {
            escaped = true;
            continue;
        }
        if (text[at] == U'"' && !escaped) {
            const auto behind = text.substr(at + 1);
            if (behind.empty()) {
                break;
            }
            std::vector<std::string> names;
            std::ranges::transform(behind, std::back_inserter(names), name_of);
            return std::unexpected(
                fmt::format("Extra character(s) found after close quote: {}", fmt::join(names, ", ")));
        }
        inside += text[at];
        escaped = false;
    }
    return Unquoted{std::move(inside), true};
}

Fault fault_of_display_name(std::u32string_view written)
{
    const auto name = unquote(written);
    if (!name) {
        return name.error();
    }
    if (!name->quoted) {
        const auto allowed = [](char32_t character) { return is_atom_character(character) || character == U' '; };
        if (auto fault = fault_of_characters("The display name contains invalid characters when not quoted", name->text,
                                             allowed)) {
            return fault;
        }
    }
    return fault_of_unsafe_characters(name->text, Blanks::allowed);
}

/// What stands in the brackets with which `text` begins.
std::expected<std::u32string_view, Reason> bracketed(std::u32string_view text)
{
    if (text.find(U'>') == nowhere) {
        return std::unexpected("An open angle bracket at the start of the email address has to be followed by a close "
                               "angle bracket at the end.");
    }
    text = text.substr(0, text.find_last_not_of(U' ') + 1);
    if (text.back() != U'>') {
        return std::unexpected("There can't be anything after the email address.");
    }
    return text.substr(1, text.size() - 2);
}

/// Where the bracket opens behind a name without quotation marks, or without any name.
std::size_t bracket_behind_plain_name(std::u32string_view text)
{
    const auto in_a_name = [](char32_t character) {
        return is_atom_character(character) || character == U'.' || is_blank(character) ||
               is_letter_or_number(character);
    };
    const std::size_t open = text.find(U'<');
    return open != nowhere && std::ranges::all_of(text.substr(0, open), in_a_name) ? open : nowhere;
}

/// The same behind a quoted name. Anything may stand in the name, quotation marks too: its last possible end counts.
std::size_t bracket_behind_quoted_name(std::u32string_view text)
{
    for (std::size_t close = text.rfind(U'"'); close > 1; close = text.rfind(U'"', close - 1)) {
        std::size_t open = close + 1;
        while (open < text.size() && is_blank(text[open])) {
            ++open;
        }
        if (open + 1 < text.size() && text[open] == U'<') {
            return open;
        }
    }
    return nowhere;
}

std::expected<Parts, Reason> split_at_sign(std::u32string_view text, Form form)
{
    const std::size_t at = find_unquoted(text, U"@");
    if (at == nowhere) {
        return std::unexpected(no_at_sign(text));
    }
    auto local_part = unquote(text.substr(0, at));
    if (!local_part) {
        return std::unexpected(std::move(local_part).error());
    }
    return Parts{form, std::move(local_part->text), local_part->quoted, text.substr(at + 1)};
}

}

std::optional<std::u32string_view> inside_angle_brackets(std::u32string_view text)
{
    text = trim(text);
    if (!text.ends_with(U'>')) {
        return std::nullopt;
    }
    text.remove_suffix(1);
    const std::size_t open =
        text.starts_with(U'"') ? bracket_behind_quoted_name(text) : bracket_behind_plain_name(text);
    if (open == nowhere || open + 1 == text.size()) {
        return std::nullopt;
    }
    return text.substr(open + 1);
}

std::expected<Parts, Reason> split(std::u32string_view text)
{
    const std::size_t at = find_unquoted(text, U"@<");
    if (at == nowhere) {
        return std::unexpected(no_at_sign(text));
    }
    if (text[at] == U'@') {
        return split_at_sign(text, Form::bare);
    }
    if (auto fault = fault_of_display_name(trim(text.substr(0, at)))) {
        return std::unexpected(*std::move(fault));
    }
    const auto inside = bracketed(text.substr(at));
    if (!inside) {
        return std::unexpected(inside.error());
    }
    return split_at_sign(*inside, Form::in_angle_brackets);
}

}
