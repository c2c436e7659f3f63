#pragma once

#include "base/secret.hpp"
#include "base/time.hpp"
#include "http/validation.hpp"

#include <concepts>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace watchword::http {

/// How a member of type T is read, written and described. A room gives a type of its own to bodies by specialising
/// this:
///
///     static std::expected<T, ValidationError> read(const boost::json::value&);   // absent: the type stands in
///     answers only static void write(std::string& out, const T&);                              // appends JSON text
///     static boost::json::object schema();                                        // without `title`
///     static constexpr bool optional;                                             // may be left out
template <class T>
struct FieldType;

template <class T>
concept ReadableFieldType = requires(const boost::json::value& value) {
    { FieldType<T>::read(value) } -> std::same_as<std::expected<T, ValidationError>>;
};

/// A JSON string that is valid Unicode.
template <>
struct FieldType<std::string> {
    static std::expected<std::string, ValidationError> read(const boost::json::value& value);
    static void write(std::string& out, const std::string& text);
    static boost::json::object schema() { return {{"type", "string"}}; }
    static constexpr bool optional = false;
};

/// A string; the one place besides the hash and the signer where a secret is written out is its own answer.
template <>
struct FieldType<SecretText> {
    static std::expected<SecretText, ValidationError> read(const boost::json::value& value);
    static void write(std::string& out, const SecretText& secret);
    static boost::json::object schema() { return {{"type", "string"}}; }
    static constexpr bool optional = false;
};

/// `true` or `false` and nothing that could be meant for one.
template <>
struct FieldType<bool> {
    static std::expected<bool, ValidationError> read(const boost::json::value& value);
    static void write(std::string& out, bool flag);
    static boost::json::object schema() { return {{"type", "boolean"}}; }
    static constexpr bool optional = false;
};

/// A JSON number without fraction and exponent.
template <>
struct FieldType<std::int64_t> {
    static std::expected<std::int64_t, ValidationError> read(const boost::json::value& value);
    static void write(std::string& out, std::int64_t number);
    static boost::json::object schema() { return {{"type", "integer"}}; }
    static constexpr bool optional = false;
};

/// RFC 3339 with microseconds. In answers only.
template <>
struct FieldType<Instant> {
    static void write(std::string& out, Instant instant);
    static boost::json::object schema() { return {{"type", "string"}, {"format", "date-time"}}; }
    static constexpr bool optional = false;
};

/// May be null or left out.
template <class T>
struct FieldType<std::optional<T>> {
    static std::expected<std::optional<T>, ValidationError> read(const boost::json::value& value)
        requires ReadableFieldType<T>
    {
        if (value.is_null()) {
            return std::nullopt;
        }
        auto result = FieldType<T>::read(value);
        if (!result) {
            return std::unexpected(std::move(result.error()));
        }
        return std::move(*result);
    }

    static void write(std::string& out, const std::optional<T>& value)
    {
        if (value) {
            FieldType<T>::write(out, *value);
        } else {
            out += "null";
        }
    }

    static boost::json::object schema()
    {
        return {{"anyOf", boost::json::array{FieldType<T>::schema(), boost::json::object{{"type", "null"}}}}};
    }

    static constexpr bool optional = true;
};

}
