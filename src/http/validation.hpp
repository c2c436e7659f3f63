#pragma once

#include "http/response.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace watchword::http {

/// What is wrong with one value of a body, in the terms of Pydantic 2: clients of the service that this one replaces
/// read them.
struct ValidationError {
    std::string_view type;         ///< stable, a literal: `string_too_short`
    std::string message;           ///< for people: `String should have at least 6 characters`
    boost::json::object context{}; ///< the figures and words in the message; empty: left out of the answer
};

/// How many code points a string may have.
struct Length {
    static constexpr std::size_t unbounded = static_cast<std::size_t>(-1);

    std::size_t min = 0;
    std::size_t max = unbounded;
};

/// Which characters a string may have.
struct Pattern {
    std::string_view expression;       ///< for the answer; matches the whole string
    bool (*matches)(std::string_view); ///< the same as code; gets valid UTF-8
};

/// The ten ASCII digits: other digits of Unicode are no digits here.
extern const Pattern ascii_digits;

/// Any text that PostgreSQL can hold.
extern const Pattern without_nul;

/// What a declared string has to be beyond being one.
struct StringRule {
    Length length;
    const Pattern* pattern = nullptr; ///< null: any characters

    /// Judges a string; anything else passes, its type is judged elsewhere. Only the first fault is told.
    std::optional<ValidationError> judge(const boost::json::value& value) const;

    /// Adds the bounds to the JSON Schema of a string, or of `anyOf` a string and null. The pattern is not told: tools
    /// make up examples from patterns, and no person would write such.
    void describe(boost::json::object& schema) const;
};

/// Collects what is wrong with a body and makes the answer of it. Each error carries its input, passwords too, as the
/// replaced service did: the answer goes to whoever sent them and must not be logged.
class ValidationErrors {
public:
    /// An error of the body itself: `"loc":["body"]`.
    void add(const ValidationError& error, const boost::json::value& input);

    /// An error of one member: `"loc":["body","email"]`.
    void add(std::string_view member, const ValidationError& error, const boost::json::value& input);

    /// An error of a parameter of the query: `"loc":["query","limit"]`.
    void add_query(std::string_view parameter, const ValidationError& error, const boost::json::value& input);

    /// A text that is no JSON: `"loc":["body",17]`, where 17 is the offset in code points.
    void add_syntax_error(std::size_t offset, std::string_view problem);

    bool empty() const { return details_.empty(); }

    /// 422 with all of them, in the order of their addition.
    Response response() const;

private:
    void append(std::string_view location, const ValidationError& error, const boost::json::value& input);

    std::string details_; // the members of `detail`, as JSON text
};

/// `missing`: the member, or the whole body, is not there.
ValidationError field_required();

}
