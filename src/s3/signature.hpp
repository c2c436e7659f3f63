#pragma once

#include "base/secret.hpp"
#include "base/time.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The protocol of S3 as Amazon and MinIO speak it.
namespace watchword::s3 {

/// Who signs.
struct Credentials {
    std::string access_key;
    SecretText secret_key;
};

/// What is signed of a request (AWS Signature Version 4). What is not in here may be changed on the way.
struct SignedRequest {
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    std::string method;
    std::string path;           ///< in the form that is sent: see `encoded`
    Pairs query;                ///< decoded
    Pairs headers;              ///< `Host` is one of them; names in any case
    std::string payload_sha256; ///< of the body, in hexadecimal
};

/// Each byte but those that RFC 3986 calls unreserved as `%XX`; a path keeps its slashes.
enum class Slashes { kept, encoded };
std::string encoded(std::string_view text, Slashes slashes);

/// The query as it is sent and signed: encoded and sorted, without the `?`.
std::string encoded_query(SignedRequest::Pairs query);

std::string hexadecimal(std::string_view bytes);

/// Adds the headers `x-amz-date`, `x-amz-content-sha256` and `Authorization`, which say that the owner of the keys asks
/// for this, now, in this region.
void sign(SignedRequest& request, const Credentials& credentials, std::string_view region, Instant now);

}
