#include "s3/signature.hpp"

#include "crypto/hmac.hpp"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace watchword::s3 {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

std::string lower_case(std::string_view text)
{
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

std::string_view trimmed(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::string mac(std::string_view key, std::string_view message)
{
    return std::string(crypto::hmac(crypto::Digest::sha256, crypto::as_bytes(key), message).text());
}

std::string sha256_of(std::string_view text)
{
    return hexadecimal(crypto::as_text(crypto::sha256(text)));
}

/// The headers in the form that is signed: names in lower case, sorted.
SignedRequest::Pairs canonical_headers(const SignedRequest& request)
{
    SignedRequest::Pairs headers;
    for (const auto& [name, value] : request.headers) {
        headers.emplace_back(lower_case(name), trimmed(value));
    }
    std::ranges::sort(headers);
    return headers;
}

std::string names_of(const SignedRequest::Pairs& headers)
{
    std::string names;
    for (const auto& [name, value] : headers) {
        names += names.empty() ? name : ';' + name;
    }
    return names;
}

std::string canonical_request(const SignedRequest& request, const SignedRequest::Pairs& headers)
{
    auto text = fmt::format("{}\n{}\n{}\n", request.method, request.path, encoded_query(request.query));
    for (const auto& [name, value] : headers) {
        text += fmt::format("{}:{}\n", name, value);
    }
    return text + fmt::format("\n{}\n{}", names_of(headers), request.payload_sha256);
}

}

std::string encoded(std::string_view text, Slashes slashes)
{
    std::string result;
    for (const char c : text) {
        const bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                   c == '-' || c == '.' || c == '_' || c == '~';
        if (is_unreserved || (c == '/' && slashes == Slashes::kept)) {
            result += c;
        } else {
            result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return result;
}

std::string encoded_query(SignedRequest::Pairs query)
{
    for (auto& [name, value] : query) {
        name = encoded(name, Slashes::encoded);
        value = encoded(value, Slashes::encoded);
    }
    std::ranges::sort(query);
    std::string text;
    for (const auto& [name, value] : query) {
        text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
    }
    return text;
}

std::string hexadecimal(std::string_view bytes)
{
    std::string text;
    for (const char c : bytes) {
        text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    return text;
}

void sign(SignedRequest& request, const Credentials& credentials, std::string_view region, Instant now)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    const auto time = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
    const auto day = time.substr(0, 8);
    request.headers.emplace_back("x-amz-content-sha256", request.payload_sha256);
    request.headers.emplace_back("x-amz-date", time);

    const auto headers = canonical_headers(request);
    const auto scope = fmt::format("{}/{}/s3/aws4_request", day, region);
    const auto text =
        fmt::format("{}\n{}\n{}\n{}", algorithm, time, scope, sha256_of(canonical_request(request, headers)));
    const SecretText begin("AWS4" + credentials.secret_key.reveal());
    const auto key = mac(mac(mac(mac(begin.reveal(), day), region), "s3"), "aws4_request");
    request.headers.emplace_back("Authorization", fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}",
                                                              algorithm, credentials.access_key, scope,
                                                              names_of(headers), hexadecimal(mac(key, text))));
}

}
