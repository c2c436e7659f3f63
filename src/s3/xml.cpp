#include "s3/xml.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace watchword::s3 {
namespace {

constexpr int depth_max = 16;
constexpr int elements_max = 100'000; // a listing of a thousand keys has some ten thousand
constexpr std::string_view blanks = " \t\r\n";

struct Malformed {};

/// Throws Malformed, which goes no further than read_xml.
class Reader {
public:
    explicit Reader(std::string_view rest) : rest_(rest) {}

    XmlElement document()
    {
        if (rest_.starts_with("\xEF\xBB\xBF")) {
            rest_.remove_prefix(3);
        }
        if (rest_.starts_with("<?xml")) {
            skip_through("?>");
        }
        skip_blanks();
        auto root = element(0);
        skip_blanks();
        require(rest_.empty());
        return root;
    }

private:
    static void require(bool condition)
    {
        if (!condition) {
            throw Malformed();
        }
    }

    void expect(std::string_view text)
    {
        require(rest_.starts_with(text));
        rest_.remove_prefix(text.size());
    }

    bool take(std::string_view text)
    {
        const bool is_next = rest_.starts_with(text);
        rest_.remove_prefix(is_next ? text.size() : 0);
        return is_next;
    }

    void skip_through(std::string_view end)
    {
        const auto at = rest_.find(end);
        require(at != rest_.npos);
        rest_.remove_prefix(at + end.size());
    }

    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

    std::string name()
    {
        const auto is_name_character = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                   c == '.' || c == ':';
        };
        const auto end = std::ranges::find_if_not(rest_, is_name_character);
        std::string result(rest_.begin(), end);
        require(!result.empty());
        rest_.remove_prefix(result.size());
        return result;
    }

    void skip_attributes()
    {
        for (skip_blanks(); !rest_.starts_with('>') && !rest_.starts_with("/>"); skip_blanks()) {
            name();
            expect("=");
            const bool is_double = take("\"");
            if (!is_double) {
                expect("'");
            }
            const auto value = rest_.substr(0, rest_.find(is_double ? '"' : '\''));
            require(!value.contains('<'));
            rest_.remove_prefix(value.size());
            expect(is_double ? "\"" : "'");
        }
    }

    XmlElement element(int depth)
    {
        require(depth < depth_max && ++elements_ <= elements_max);
        expect("<");
        XmlElement result{name(), {}, {}};
        skip_attributes();
        if (take("/>")) {
            return result;
        }
        expect(">");
        while (!take("</")) {
            if (rest_.starts_with('<')) {
                result.children.push_back(element(depth + 1));
            } else {
                append_text(result.text);
            }
        }
        require(name() == result.name);
        skip_blanks();
        expect(">");
        return result;
    }

    /// At least one byte.
    void append_text(std::string& text)
    {
        require(!rest_.empty());
        if (take("&")) {
            append_reference(text);
            return;
        }
        const auto plain = rest_.substr(0, rest_.find_first_of("<&"));
        text += plain;
        rest_.remove_prefix(plain.size());
    }

    void append_reference(std::string& text)
    {
        const auto end = rest_.find(';');
        require(end != rest_.npos && end <= 8);
        auto reference = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        for (const auto& [entity, character] :
             {std::pair{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}) {
            if (reference == entity) {
                text += character;
                return;
            }
        }
        require(reference.starts_with('#'));
        reference.remove_prefix(1);
        const int base = reference.starts_with('x') ? 16 : 10;
        reference.remove_prefix(base == 16 ? 1 : 0);
        std::uint32_t code_point = 0;
        const auto read = std::from_chars(reference.data(), reference.data() + reference.size(), code_point, base);
        const bool is_scalar = code_point > 0 && code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
        require(read.ec == std::errc() && read.ptr == reference.data() + reference.size() && is_scalar);
        utf8::append(text, code_point);
    }

    std::string_view rest_;
    int elements_ = 0;
};

}

const XmlElement* XmlElement::child(std::string_view child_name) const
{
    const auto found = std::ranges::find(children, child_name, &XmlElement::name);
    return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::text_of(std::string_view child_name) const
{
    const auto* found = child(child_name);
    return found ? std::string_view(found->text) : std::string_view();
}

std::optional<XmlElement> read_xml(std::string_view document)
{
    if (!utf8::valid(document)) {
        return std::nullopt;
    }
    try {
        return Reader(document).document();
    } catch (const Malformed&) {
        return std::nullopt;
    }
}

}
