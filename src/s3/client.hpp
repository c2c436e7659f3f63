#pragma once

#include "base/time.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"
#include "s3/signature.hpp"
#include "s3/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::s3 {

/// Which bucket, and how to get there.
struct ClientSettings {
    enum class Addressing {
        path,         ///< `http://minio:9000/bucket/key`
        virtual_host, ///< `https://bucket.s3.eu-central-1.amazonaws.com/key`
    };

    std::string endpoint; ///< host, or host and port
    bool tls = false;
    std::string ca_file; ///< PEM; empty: the authorities of the system
    std::string bucket;
    std::string region;
    Addressing addressing = Addressing::path;
    Credentials credentials;
};

/// What a bucket tells of an object. Times of S3 have whole seconds or milliseconds; these are the end of those.
struct ObjectFacts {
    std::uint64_t size = 0;
    std::string entity_tag; ///< with its quotes
    Instant modified;
    std::string beginning; ///< its first bytes
};

struct ListedKey {
    std::string key;
    std::uint64_t size = 0;
    Instant modified;
};

struct KeyPage {
    std::vector<ListedKey> keys;
    std::string next; ///< for the next page; empty: this was the last
};

/// One bucket of an object store. Each method throws Unavailable where the store does not answer as S3 does; the text
/// names status and error code, and no key. A bucket that is missing is made and the request repeated. Used from every
/// I/O thread.
class Client {
public:
    /// The clock outlives the client.
    Client(ClientSettings settings, const Clock& clock);

    /// Looks at the bucket, makes it where it is missing, and says in the log what stands in the way. Keys that may not
    /// look at buckets are good enough for what is in them. Never throws.
    Task<> prepare();

    /// The object, with its first `bytes` bytes; nothing where there is none. A store that does not let us list its
    /// keys does not let us know that one is missing either: that is none, too.
    Task<std::optional<ObjectFacts>> look(std::string key, std::size_t bytes, Deadline deadline);

    /// `length` bytes, at least one, from `offset` of the object that has this tag; null where that is gone.
    Task<std::unique_ptr<IncomingAnswer>> read(std::string key, ObjectFacts facts, std::uint64_t offset,
                                               std::uint64_t length, Deadline deadline);

    /// Throws Unavailable where every request would fail at once, so that nobody prepares one in vain.
    void require_hope() { transport_.require_hope(); }

    struct NewObject {
        std::string key;
        std::string content_type;
        int file; ///< a descriptor whose first `size` bytes are the object; the caller keeps it open
        std::uint64_t size;
        std::string sha256; ///< of these bytes, in hexadecimal
    };

    /// Stores an object, whole or not at all. Takes as long as its bytes need while they move.
    Task<> put(NewObject object);

    /// Removes an object, if there is one.
    Task<> remove(std::string key, Deadline deadline);

    struct Listing {
        std::string prefix; ///< of the keys; those with another `/` behind it are left out
        std::string after;  ///< only greater keys, those of the pages before among them; empty: all
        std::string page;   ///< KeyPage::next of the page before; empty: the first
        std::size_t count;  ///< at most
    };

    /// Keys in the order of their bytes. Whoever follows the pages comes to an end: what does not go on is no S3.
    Task<KeyPage> list(Listing listing, Deadline deadline);

private:
    struct Request;
    struct Refusal;
    using Outcome = std::expected<std::unique_ptr<IncomingAnswer>, Refusal>;

    Task<Outcome> ask(Request request, Deadline deadline);
    Task<std::unique_ptr<IncomingAnswer>> send(const Request& request, Deadline deadline);
    Task<> make_bucket();
    Task<ObjectFacts> look_at_empty(std::string key, Deadline deadline);
    std::string path_of(const Request& request) const;

    ClientSettings settings_;
    const Clock& clock_;
    std::string host_;
    Transport transport_;
};

}
