#include "s3/transfer.hpp"

#include "base/unavailable.hpp"

#include <algorithm>
#include <charconv>
#include <new>

#include <fmt/format.h>
#include <unistd.h>

namespace watchword::s3 {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t headers_max = 100;
constexpr auto averaged_time = 5s; // what libcurl calls the present speed is that of so long

}

Transfer::Transfer(OutgoingRequest request, const Transport::Options& options)
    : request_(std::move(request)),
      easy_(::curl_easy_init()),
      send_timeout_(options.idle_timeout),
      head_until_(std::chrono::steady_clock::now() + request_.head_timeout)
{
    if (easy_ == nullptr) {
        throw std::bad_alloc();
    }
    for (const auto& line : request_.header_lines) {
        header_lines_ = ::curl_slist_append(header_lines_, line.c_str());
    }
    const auto set = [this](CURLoption option, auto value) { ::curl_easy_setopt(easy_, option, value); };
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    set(CURLOPT_HTTPHEADER, header_lines_);
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options.ca_file.empty()) {
        set(CURLOPT_CAINFO, options.ca_file.c_str());
        set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    }
    // While name servers are silent, the thread that asks them is left behind: waiting for its end would hold up every
    // transfer.
    set(CURLOPT_QUICK_EXIT, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    // Until the head has come, is_overdue watches; from then on libcurl does, which knows when the other side is held
    // back. A store may think for a while about a file that it has taken.
    const auto idle = std::max<std::chrono::seconds>(
        options.idle_timeout - averaged_time, std::chrono::ceil<std::chrono::seconds>(request_.head_timeout) + 1s);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(idle.count()));
    set(CURLOPT_BUFFERSIZE, static_cast<long>(piece_bytes_max));
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, this);
    if (request_.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else if (request_.file >= 0) {
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.file_bytes));
        set(CURLOPT_READFUNCTION, &on_send);
        set(CURLOPT_READDATA, this);
        set(CURLOPT_SEEKFUNCTION, &on_seek);
        set(CURLOPT_SEEKDATA, this);
        set(CURLOPT_UPLOAD_BUFFERSIZE, static_cast<long>(piece_bytes_max));
    } else if (request_.method == "PUT") {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        set(CURLOPT_POSTFIELDS, request_.body.c_str());
    }
}

Transfer::~Transfer()
{
    ::curl_easy_cleanup(easy_);
    ::curl_slist_free_all(header_lines_);
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self)
{
    return static_cast<Transfer*>(self)->take_header({data, size * count}) ? size * count : 0;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self)
{
    return static_cast<Transfer*>(self)->take_body({data, size * count});
}

std::size_t Transfer::on_send(char* into, std::size_t size, std::size_t count, void* self)
{
    auto& transfer = *static_cast<Transfer*>(self);
    const auto room = std::min<std::uint64_t>(size * count, transfer.request_.file_bytes - transfer.sent_);
    const auto read = ::pread(transfer.request_.file, into, room, static_cast<::off_t>(transfer.sent_));
    if (read < 0) {
        return CURL_READFUNC_ABORT;
    }
    transfer.sent_ += static_cast<std::uint64_t>(read);
    const bool is_sent = transfer.sent_ == transfer.request_.file_bytes;
    transfer.head_until_ =
        std::chrono::steady_clock::now() + (is_sent ? transfer.request_.head_timeout : transfer.send_timeout_);
    return static_cast<std::size_t>(read);
}

int Transfer::on_seek(void* self, curl_off_t offset, int origin)
{
    if (origin != SEEK_SET || offset < 0) {
        return CURL_SEEKFUNC_FAIL;
    }
    static_cast<Transfer*>(self)->sent_ = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
}

bool Transfer::take_header(std::string_view line)
{
    std::unique_lock lock(mutex_);
    while (line.ends_with('\n') || line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    if (has_head_) {
        return true; // a trailer
    }
    if (line.starts_with("HTTP/")) {
        headers_.clear(); // of `100 Continue`
        ::curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status_);
    } else if (line.empty()) {
        ::curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status_);
        if (status_ >= 200 && status_ <= 299 && sent_ < request_.file_bytes) {
            failure_ = "it takes a file for stored that it has not received";
            return false;
        }
        has_head_ = status_ >= 200;
        wake_if_ready(std::move(lock));
    } else if (const auto colon = line.find(':'); colon != line.npos && headers_.size() < headers_max) {
        std::string name(line.substr(0, colon));
        std::ranges::transform(name, name.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        auto value = line.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        headers_.emplace_back(std::move(name), value);
    }
    return true;
}

std::size_t Transfer::take_body(std::string_view bytes)
{
    std::unique_lock lock(mutex_);
    if (!piece_.empty() && piece_.size() + bytes.size() > piece_bytes_max) {
        waits_ = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    piece_ += bytes;
    wake_if_ready(std::move(lock));
    return bytes.size();
}

void Transfer::go_on()
{
    {
        const std::lock_guard lock(mutex_);
        if (!waits_) {
            return;
        }
        waits_ = false;
    }
    ::curl_easy_pause(easy_, CURLPAUSE_CONT);
}

void Transfer::end(std::string_view failure)
{
    std::unique_lock lock(mutex_);
    ended_ = true;
    if (!failure.empty() && !failure_) {
        failure_ = failure;
    }
    wake_if_ready(std::move(lock));
}

bool Transfer::is_overdue() const
{
    const std::lock_guard lock(mutex_);
    return !has_head_ && std::chrono::steady_clock::now() >= head_until_;
}

bool Transfer::is_ready() const
{
    return ended_ || (until_ == Until::head ? has_head_ : !piece_.empty());
}

void Transfer::wake_if_ready(std::unique_lock<std::mutex> lock)
{
    if (!wake_ || !is_ready()) {
        return;
    }
    const auto wake = std::exchange(wake_, {});
    lock.unlock();
    wake();
}

void Transfer::when(Until until, std::function<void()> wake)
{
    std::unique_lock lock(mutex_);
    until_ = until;
    wake_ = std::move(wake);
    wake_if_ready(std::move(lock));
}

void Transfer::require_head() const
{
    const std::lock_guard lock(mutex_);
    if (!has_head_) {
        throw Unavailable("the object store does not answer: " + failure_.value_or("the connection was closed"));
    }
}

std::string Transfer::take_piece()
{
    const std::lock_guard lock(mutex_);
    if (piece_.empty() && failure_) {
        throw Unavailable("the object store stopped in the middle of an answer: " + *failure_);
    }
    return std::exchange(piece_, {});
}

bool Transfer::was_made_to_wait() const
{
    const std::lock_guard lock(mutex_);
    return waits_;
}

std::string Transfer::header(std::string_view name) const
{
    const auto found = std::ranges::find(headers_, name, &std::pair<std::string, std::string>::first);
    return found == headers_.end() ? std::string() : found->second;
}

}
