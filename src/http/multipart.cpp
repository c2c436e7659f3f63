#include "http/multipart.hpp"

#include "base/utf8.hpp"
#include "http/character.hpp"
#include "http/header_parameters.hpp"
#include "http/request.hpp"

#include <algorithm>

namespace watchword::http {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";

std::size_t common_length(std::string_view one, std::string_view other)
{
    return static_cast<std::size_t>(std::ranges::mismatch(one, other).in1 - one.begin());
}

std::string as_utf8(std::string_view bytes)
{
    if (utf8::valid(bytes)) {
        return std::string(bytes);
    }
    std::string text;
    for (const char c : bytes) {
        utf8::append(text, static_cast<unsigned char>(c)); // Latin-1 is the beginning of Unicode
    }
    return text;
}

/// `C:\fakepath\a.txt` is `a.txt`, as is `\\server\share\a.txt`.
std::string_view without_windows_folder(std::string_view name)
{
    const bool has_folder =
        name.substr(std::min<std::size_t>(1, name.size())).starts_with(":\\") || name.starts_with("\\\\");
    return has_folder ? name.substr(name.rfind('\\') + 1) : name;
}

std::optional<FormPart> described_by(std::string_view disposition)
{
    const auto read = read_parameterized(disposition);
    if (!read || read->value != "form-data" || !read->find("name")) {
        return std::nullopt;
    }
    FormPart part{.name = as_utf8(*read->find("name")), .file_name = {}, .content_type = {}};
    if (const auto* name = read->find("filename")) {
        part.file_name = as_utf8(without_windows_folder(*name));
    }
    return part;
}

/// Takes a line, which ends with `line_end`, off `text`.
std::string_view take_line(std::string_view& text)
{
    const auto line = text.substr(0, text.find(line_end));
    text.remove_prefix(line.size() + line_end.size());
    return line;
}

/// The value of a field line without the blanks around it.
std::string_view value_of(std::string_view line, std::size_t colon)
{
    line.remove_prefix(colon + 1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return line.substr(0, line.find_last_not_of(" \t") + 1);
}

/// The field lines of a part, each with its end.
std::optional<FormPart> read_part_head(std::string_view head)
{
    std::optional<std::string_view> disposition;
    std::optional<std::string_view> content_type;
    while (!head.empty()) {
        const auto line = take_line(head);
        const auto colon = line.find(':');
        const auto name = line.substr(0, colon);
        if (colon == line.npos || name.empty() || !consists_of(name, is_token_character) ||
            !consists_of(line, is_field_character)) {
            return std::nullopt;
        }
        for (auto [wanted, value] : {std::pair{"Content-Disposition", &disposition}, {"Content-Type", &content_type}}) {
            if (same_but_for_case(name, wanted)) {
                if (*value) {
                    return std::nullopt;
                }
                *value = value_of(line, colon);
            }
        }
    }
    auto part = described_by(disposition.value_or(""));
    if (part) {
        part->content_type = content_type.value_or("");
    }
    return part;
}

}

bool MultipartForm::is_boundary(std::string_view text)
{
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
               std::string_view("'()+_,-./:=? ").contains(c);
    };
    return !text.empty() && text.size() <= boundary_bytes_max && consists_of(text, allowed) && !text.ends_with(' ');
}

MultipartForm::MultipartForm(std::string_view boundary) : delimiter_("\r\n--" + std::string(boundary)) {}

MultipartForm::Step MultipartForm::step(std::string_view bytes)
{
    Step result{Event::nothing, 0, {}};
    while (result.event == Event::nothing && result.used < bytes.size()) {
        const auto rest = bytes.substr(result.used);
        Step next{Event::malformed, 0, {}};
        switch (expect_) {
        case Expect::first_delimiter:
            next = step_first_delimiter(rest);
            break;
        case Expect::delimiter_end:
            next = step_delimiter_end(rest);
            break;
        case Expect::head:
            next = step_head(rest);
            break;
        case Expect::content:
            next = step_content(rest);
            break;
        case Expect::epilogue:
            next = {Event::nothing, rest.size(), {}};
            break;
        case Expect::nothing:
            break;
        }
        result = {next.event, result.used + next.used, next.data};
    }
    return result;
}

MultipartForm::Step MultipartForm::malformed()
{
    expect_ = Expect::nothing;
    return {Event::malformed, 0, {}};
}

/// How many of `bytes` go on with the delimiter, of which `matched_` bytes have come.
std::size_t MultipartForm::match_delimiter(std::string_view bytes)
{
    const auto length = common_length(bytes, std::string_view(delimiter_).substr(matched_));
    matched_ += length;
    if (matched_ == delimiter_.size()) {
        matched_ = 0;
        delimiter_end_.clear();
        expect_ = Expect::delimiter_end;
    }
    return length;
}

MultipartForm::Step MultipartForm::step_first_delimiter(std::string_view bytes)
{
    if (matched_ == 0 && bytes.front() == '-') {
        matched_ = line_end.size(); // before the first delimiter the line may have begun with the body
    }
    const auto used = match_delimiter(bytes);
    if (used < bytes.size() && expect_ == Expect::first_delimiter) {
        return malformed();
    }
    return {Event::nothing, used, {}};
}

MultipartForm::Step MultipartForm::step_delimiter_end(std::string_view bytes)
{
    delimiter_end_ += bytes.front();
    if (delimiter_end_ == "--") {
        expect_ = Expect::epilogue;
    } else if (delimiter_end_ == line_end) {
        if (++parts_ > parts_max) {
            return malformed();
        }
        head_ = line_end; // so that a head without a line ends like any other
        expect_ = Expect::head;
    } else if (delimiter_end_ != "-" && delimiter_end_ != "\r") {
        return malformed();
    }
    return {Event::nothing, 1, {}};
}

MultipartForm::Step MultipartForm::step_head(std::string_view bytes)
{
    const auto used = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    head_ += bytes.substr(0, used);
    if (head_.size() > part_head_bytes_max) {
        return malformed();
    }
    if (!head_.ends_with(head_end)) {
        return {Event::nothing, used, {}};
    }
    auto part = read_part_head(std::string_view(head_).substr(line_end.size(), head_.size() - head_end.size()));
    if (!part) {
        return malformed();
    }
    part_ = std::move(*part);
    head_ = {};
    expect_ = Expect::content;
    return {Event::part, used, {}};
}

MultipartForm::Step MultipartForm::step_content(std::string_view bytes)
{
    if (matched_ > 0) {
        const auto held_back = matched_;
        const auto used = match_delimiter(bytes);
        if (expect_ == Expect::delimiter_end || used == bytes.size()) {
            return {Event::nothing, used, {}};
        }
        matched_ = 0;
        return {Event::data, used, std::string_view(delimiter_).substr(0, held_back + used)};
    }
    // The delimiter has one CR, its first byte: whatever is not the delimiter is looked at once.
    for (auto at = bytes.find('\r'); at != bytes.npos; at = bytes.find('\r', at + 1)) {
        const auto length = common_length(bytes.substr(at), delimiter_);
        if (length < delimiter_.size() && at + length < bytes.size()) {
            continue;
        }
        if (at > 0) {
            return {Event::data, at, bytes.substr(0, at)};
        }
        return {Event::nothing, match_delimiter(bytes), {}};
    }
    return {Event::data, bytes.size(), bytes};
}

}
