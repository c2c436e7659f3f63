#include "crypto/jws.hpp"

#include "crypto/base64url.hpp"
#include "crypto/strict_json.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace watchword::crypto {
namespace {

constexpr std::size_t shortest_secret = 16;

struct AlgorithmDescription {
    Algorithm algorithm;
    std::string_view name;
    Digest digest;
    std::string_view encoded_header; ///< base64url of `{"alg":"…","typ":"JWT"}`, with the dot behind it
};

constexpr std::array descriptions{
    AlgorithmDescription{Algorithm::HS256, "HS256", Digest::sha256, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."},
    AlgorithmDescription{Algorithm::HS384, "HS384", Digest::sha384, "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9."},
    AlgorithmDescription{Algorithm::HS512, "HS512", Digest::sha512, "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9."},
};

const AlgorithmDescription& describe(Algorithm algorithm)
{
    return *std::ranges::find(descriptions, algorithm, &AlgorithmDescription::algorithm);
}

struct Parts {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signed_text; ///< header and payload with the dot between them
};

std::optional<Parts> split(std::string_view token)
{
    if (token.size() > largest_token || std::ranges::count(token, '.') != 2) {
        return std::nullopt;
    }
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    return Parts{token.substr(0, first), token.substr(first + 1, last - first - 1), token.substr(last + 1),
                 token.substr(0, last)};
}

bool is_jwt(std::string_view type)
{
    constexpr std::string_view jwt = "jwt";
    return std::ranges::equal(type, jwt, [](char left, char right) { return (left | 0x20) == right; });
}

bool acceptable_type(const boost::json::object& header)
{
    const auto* type = header.if_contains("typ");
    return type == nullptr || (type->is_string() && is_jwt(std::string_view(type->get_string())));
}

/// The algorithm that a header names, or nothing where the header is not acceptable.
std::optional<Algorithm> algorithm_of(std::string_view encoded_header)
{
    // Nearly every token that comes is one of ours, whose header needs no reading.
    for (const auto& description : descriptions) {
        if (encoded_header == description.encoded_header.substr(0, description.encoded_header.size() - 1)) {
            return description.algorithm;
        }
    }
    const auto text = base64url::decode(encoded_header);
    const auto header = text ? parse_strict_object(*text) : std::nullopt;
    if (!header || !acceptable_type(*header)) {
        return std::nullopt;
    }
    constexpr std::array<std::string_view, 4> changes_the_meaning{"crit", "b64", "zip", "enc"};
    if (std::ranges::any_of(changes_the_meaning, [&](std::string_view name) { return header->contains(name); })) {
        return std::nullopt;
    }
    const auto* name = header->if_contains("alg");
    if (name == nullptr || !name->is_string()) {
        return std::nullopt;
    }
    return algorithm_named(std::string_view(name->get_string()));
}

}

std::optional<Algorithm> algorithm_named(std::string_view name)
{
    const auto* found = std::ranges::find(descriptions, name, &AlgorithmDescription::name);
    if (found == descriptions.end()) {
        return std::nullopt;
    }
    return found->algorithm;
}

SigningKey::SigningKey(Algorithm algorithm, const SecretText& secret)
    : algorithm_(algorithm), key_(describe(algorithm).digest, as_bytes(secret.reveal()))
{
    if (secret.reveal().size() < shortest_secret) {
        throw std::invalid_argument("a signing key needs at least 16 bytes");
    }
}

std::string sign(const SigningKey& key, std::string_view claims_json)
{
    std::string token(describe(key.algorithm_).encoded_header);
    token += base64url::encode(claims_json);
    const Mac signature = key.key_.mac(token);
    token += '.';
    token += base64url::encode(signature.bytes());
    return token;
}

std::optional<boost::json::object> verify(std::span<const SigningKey> keys, std::string_view token)
{
    const auto parts = split(token);
    const auto algorithm = parts ? algorithm_of(parts->header) : std::nullopt;
    const auto signature = algorithm ? base64url::decode(parts->signature) : std::nullopt;
    if (!signature) {
        return std::nullopt;
    }
    const bool signed_by_us = std::ranges::any_of(keys, [&](const SigningKey& key) {
        return key.algorithm_ == *algorithm && constant_time_equal(key.key_.mac(parts->signed_text).text(), *signature);
    });
    const auto payload = signed_by_us ? base64url::decode(parts->payload) : std::nullopt;
    if (!payload) {
        return std::nullopt;
    }
    return parse_strict_object(*payload);
}

}
