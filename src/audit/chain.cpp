#include "audit/chain.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace watchword::audit {
namespace {

std::string netstring(std::string_view text)
{
    return fmt::format("{}:{},", text.size(), text);
}

}

crypto::Sha256 hash_of(const Event& event, crypto::Bytes previous_hash)
{
    crypto::Sha256Stream stream;
    stream.add(crypto::as_text(previous_hash));
    stream.add(netstring(std::to_string(to_microseconds(event.at))));
    stream.add(netstring(event.name));
    stream.add(netstring(event.user_id ? std::to_string(*event.user_id) : ""));
    stream.add(netstring(event.client_address));
    stream.add(netstring(event.request_id));
    stream.add(netstring(event.details));
    return stream.finish();
}

std::optional<std::string> ChainCheck::add(const Record& record)
{
    if (!std::ranges::equal(record.hash, hash_of(record.event, record.previous_hash))) {
        return "it was changed: its hash is not that of what it says";
    }
    if (record.previous_hash != expected_) {
        return "it does not follow the record before it: one was removed, inserted or rewritten";
    }
    expected_ = record.hash;
    return std::nullopt;
}

}
