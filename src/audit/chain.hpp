#pragma once

#include "audit/event.hpp"
#include "crypto/bytes.hpp"
#include "crypto/hmac.hpp"

#include <optional>
#include <string>
#include <vector>

namespace watchword::audit {

/// What the first record holds as the hash of the one before.
constexpr crypto::Sha256 hash_before_the_first{};

/// The hash of a record: SHA-256 of the hash before it, followed by a netstring (`5:hello,`) for each of: microseconds
/// since 1970, name, user id or nothing, client address, request id, details. Anybody can compute it with a shell; the
/// function `watchword_audit` of PostgreSQL does so as well.
crypto::Sha256 hash_of(const Event& event, crypto::Bytes previous_hash);

/// Goes along a trail from its first record.
class ChainCheck {
public:
    /// Why the next record cannot be what was written behind the one before; nothing: it fits.
    std::optional<std::string> add(const Record& record);

private:
    std::vector<unsigned char> expected_{hash_before_the_first.begin(), hash_before_the_first.end()};
};

}
