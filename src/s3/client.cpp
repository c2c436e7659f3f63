#include "s3/client.hpp"

#include "base/log.hpp"
#include "base/unavailable.hpp"
#include "crypto/hmac.hpp"
#include "s3/answers.hpp"
#include "s3/xml.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace watchword::s3 {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_timeout = 5s; // of what carries no file; a client of ours waits meanwhile
constexpr std::size_t error_bytes_max = 64 * 1024;
constexpr std::size_t list_bytes_max = 8 * 1024 * 1024; // a thousand keys, each byte of them encoded

/// From the last byte on: a store may have to write all of them once more, and on a slow disk.
std::chrono::milliseconds put_answer_timeout(std::uint64_t size)
{
    constexpr std::uint64_t bytes_per_millisecond = 10'000;
    return std::min<std::chrono::milliseconds>(30s, 10s + std::chrono::milliseconds(size / bytes_per_millisecond));
}

std::string sha256_of(std::string_view text)
{
    return hexadecimal(crypto::as_text(crypto::sha256(text)));
}

[[noreturn]] void not_as_s3(std::string_view what)
{
    throw Unavailable(fmt::format("the object store does not answer as S3 does: {}", what));
}

}

struct Client::Request {
    std::string method;
    std::string key; ///< empty: the bucket itself
    SignedRequest::Pairs query = {};
    SignedRequest::Pairs headers = {};
    std::string body = {};
    const NewObject* object = nullptr;
};

/// An answer that is no success.
struct Client::Refusal {
    std::string method;
    long status;
    std::string code;   ///< of S3; empty where the answer is no error of S3
    std::string region; ///< where the bucket is, if the store says so

    std::string text() const
    {
        return fmt::format("the object store answered {} {}{} to {}", status, code.empty() ? "without a code" : code,
                           region.empty() ? "" : " (the bucket is in " + region + ", set MINIO_REGION)", method);
    }

    bool is(long wanted_status, std::string_view wanted_code) const
    {
        // HEAD has no body, so no code.
        return status == wanted_status && (code == wanted_code || (code.empty() && method == "HEAD"));
    }
};

Client::Client(ClientSettings settings, const Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      host_(settings_.addressing == ClientSettings::Addressing::virtual_host
                ? settings_.bucket + '.' + settings_.endpoint
                : settings_.endpoint),
      transport_({.ca_file = settings_.ca_file})
{
}

std::string Client::path_of(const Request& request) const
{
    const bool has_bucket = settings_.addressing == ClientSettings::Addressing::path;
    return encoded((has_bucket ? '/' + settings_.bucket + '/' : std::string("/")) + request.key, Slashes::kept);
}

Task<std::unique_ptr<IncomingAnswer>> Client::send(const Request& request, Deadline deadline)
{
    SignedRequest head{request.method, path_of(request), request.query, request.headers,
                       request.object ? request.object->sha256 : sha256_of(request.body)};
    head.headers.emplace_back("Host", host_);
    sign(head, settings_.credentials, settings_.region, clock_.now());

    const auto query = encoded_query(request.query);
    OutgoingRequest outgoing;
    outgoing.method = request.method;
    outgoing.url = fmt::format("{}://{}{}{}{}", settings_.tls ? "https" : "http", host_, head.path,
                               query.empty() ? "" : "?", query);
    for (const auto& [name, value] : head.headers) {
        outgoing.header_lines.push_back(fmt::format("{}: {}", name, value));
    }
    outgoing.header_lines.insert(outgoing.header_lines.end(), {"Expect:", "Accept:"}); // no word of libcurl's own
    if (!request.object) {
        outgoing.header_lines.emplace_back("Content-Type:");
    }
    outgoing.body = request.body;
    outgoing.head_timeout = std::min<std::chrono::milliseconds>(deadline.remaining(), answer_timeout);
    if (request.object) {
        outgoing.file = request.object->file;
        outgoing.file_bytes = request.object->size;
        outgoing.head_timeout = put_answer_timeout(request.object->size);
    }
    co_return co_await transport_.send(std::move(outgoing));
}

Task<Client::Outcome> Client::ask(Request request, Deadline deadline)
{
    for (bool is_repeated = false;; is_repeated = true) {
        auto answer = co_await send(request, deadline);
        if (answer->status() >= 200 && answer->status() <= 299) {
            co_return std::move(answer);
        }
        const auto body = co_await answer->read_whole(error_bytes_max, Deadline::after(answer_timeout));
        const auto error = read_xml(body).value_or(XmlElement{});
        const bool is_error = error.name == "Error";
        Refusal refusal{request.method, answer->status(), is_error ? std::string(error.text_of("Code")) : "",
                        is_error ? std::string(error.text_of("Region")) : ""};
        if (refusal.code != "NoSuchBucket" || is_repeated) {
            co_return std::unexpected(std::move(refusal));
        }
        co_await make_bucket();
    }
}

Task<> Client::make_bucket()
{
    Request request{.method = "PUT", .key = {}};
    if (settings_.region != "us-east-1") {
        request.body = fmt::format("<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                                   "<LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
                                   settings_.region);
    }
    const auto answer = co_await send(request, Deadline::after(answer_timeout)); // a long upload may have gone before
    if (answer->status() == 200) {
        log::info("files", "made the bucket, which was missing", {{"bucket", settings_.bucket}});
    } else if (answer->status() != 409) { // another instance was quicker
        throw Unavailable(
            fmt::format("the bucket is missing and cannot be made: the object store answered {}", answer->status()));
    }
}

Task<> Client::prepare()
{
    const log::Field bucket{"bucket", settings_.bucket};
    try {
        const auto deadline = Deadline::after(answer_timeout);
        const auto looked = co_await ask({.method = "GET", .key = {}, .query = {{"location", ""}}}, deadline);
        if (looked || looked.error().code == "AccessDenied") {
            log::info("files", "the object store answers", {{"endpoint", settings_.endpoint}, bucket});
        } else {
            log::warning("files", "files cannot be kept: the object store refuses us",
                         {{"reason", looked.error().text()}, {"endpoint", settings_.endpoint}, bucket});
        }
    } catch (const Unavailable& error) {
        log::warning("files", "files cannot be kept for now",
                     {{"reason", error.what()}, {"endpoint", settings_.endpoint}, bucket});
    }
}

Task<std::optional<ObjectFacts>> Client::look(std::string key, std::size_t bytes, Deadline deadline)
{
    auto asked = co_await ask(
        {.method = "GET", .key = key, .headers = {{"Range", fmt::format("bytes=0-{}", bytes - 1)}}}, deadline);
    if (!asked) {
        const auto& refusal = asked.error();
        if (refusal.is(404, "NoSuchKey") || refusal.is(403, "AccessDenied")) {
            co_return std::nullopt;
        }
        if (refusal.is(416, "InvalidRange")) {
            co_return co_await look_at_empty(std::move(key), deadline);
        }
        throw Unavailable(refusal.text());
    }
    auto& answer = **asked;
    const auto range = read_content_range(answer.header("content-range"));
    if (answer.status() != 206 || !range || range->offset != 0 ||
        range->length != std::min<std::uint64_t>(bytes, range->size)) {
        not_as_s3("the beginning of an object is something else");
    }
    ObjectFacts facts{range->size, answer.header("etag"), read_http_date(answer.header("last-modified")),
                      co_await answer.read_whole(bytes, deadline.within(answer_timeout))};
    if (facts.beginning.size() != range->length || !is_entity_tag(facts.entity_tag)) {
        not_as_s3("the beginning of an object is cut off or has no tag");
    }
    co_return facts;
}

/// An empty object has no first byte, which some stores say in so many words.
Task<ObjectFacts> Client::look_at_empty(std::string key, Deadline deadline)
{
    const auto asked = co_await ask({.method = "HEAD", .key = std::move(key)}, deadline);
    if (!asked) {
        throw Unavailable(asked.error().text());
    }
    const auto& answer = **asked;
    ObjectFacts facts{0, answer.header("etag"), read_http_date(answer.header("last-modified")), {}};
    if (answer.header("content-length") != "0" || !is_entity_tag(facts.entity_tag)) {
        not_as_s3("an object of some length has no first byte");
    }
    co_return facts;
}

Task<std::unique_ptr<IncomingAnswer>> Client::read(std::string key, ObjectFacts facts, std::uint64_t offset,
                                                   std::uint64_t length, Deadline deadline)
{
    auto asked = co_await ask({.method = "GET",
                               .key = std::move(key),
                               .headers = {{"Range", fmt::format("bytes={}-{}", offset, offset + length - 1)},
                                           {"If-Match", facts.entity_tag}}},
                              deadline);
    if (!asked) {
        const auto& refusal = asked.error();
        if (refusal.status == 412 || refusal.is(404, "NoSuchKey") || refusal.is(416, "InvalidRange")) {
            co_return nullptr;
        }
        throw Unavailable(refusal.text());
    }
    const auto range = read_content_range((*asked)->header("content-range"));
    if ((*asked)->status() != 206 || !range || range->offset != offset || range->length != length ||
        range->size != facts.size || (*asked)->header("etag") != facts.entity_tag) {
        not_as_s3("a part of an object is another one than was asked for");
    }
    co_return std::move(*asked);
}

Task<> Client::put(NewObject object)
{
    const auto asked = co_await ask(
        {.method = "PUT", .key = object.key, .headers = {{"Content-Type", object.content_type}}, .object = &object},
        Deadline::after(put_answer_timeout(object.size)));
    if (!asked) {
        throw Unavailable(asked.error().text());
    }
    if ((*asked)->status() != 200 || !is_entity_tag((*asked)->header("etag"))) {
        not_as_s3("an object that was put has no tag");
    }
}

Task<> Client::remove(std::string key, Deadline deadline)
{
    const auto asked = co_await ask({.method = "DELETE", .key = std::move(key)}, deadline);
    if (!asked && !asked.error().is(404, "NoSuchKey")) {
        throw Unavailable(asked.error().text());
    }
}

Task<KeyPage> Client::list(Listing listing, Deadline deadline)
{
    SignedRequest::Pairs query{{"list-type", "2"},
                               {"prefix", listing.prefix},
                               {"delimiter", "/"},
                               {"encoding-type", "url"},
                               {"max-keys", std::to_string(std::min<std::size_t>(listing.count, 1000))}};
    if (!listing.page.empty()) {
        query.emplace_back("continuation-token", listing.page);
    } else if (!listing.after.empty()) {
        query.emplace_back("start-after", listing.after);
    }
    const auto asked = co_await ask({.method = "GET", .key = {}, .query = std::move(query)}, deadline);
    if (!asked) {
        throw Unavailable(asked.error().text());
    }
    auto page = read_key_page(co_await (*asked)->read_whole(list_bytes_max, deadline.within(answer_timeout)));
    if (!page) {
        not_as_s3("a listing cannot be read");
    }
    if (!page->next.empty() && page->next == listing.page) {
        not_as_s3("a listing does not go on");
    }
    for (std::string_view before = listing.after; const auto& listed : page->keys) {
        if (listed.key <= before || !listed.key.starts_with(listing.prefix)) {
            not_as_s3("a listing has other keys than were asked for, or in no order");
        }
        before = listed.key;
    }
    co_return std::move(*page);
}

}
