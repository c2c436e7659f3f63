#include "profile/shared_profiles_redis.hpp"

#include "base/unavailable.hpp"
#include "crypto/hmac.hpp"
#include "crypto/random.hpp"

#include <atomic>
#include <limits>

#include <boost/asio/post.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

namespace watchword::profile {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using accounts::Account;
using accounts::AccountId;

constexpr std::string_view generation_key = "watchword:1:profile-generation";
constexpr std::string_view tombstone = "-";
constexpr auto tombstone_lifetime = 30s;
constexpr auto read_time_max = 10s; // well below: a permit that is older may have outlived the tombstone
constexpr auto generation_lifetime = 24h;
constexpr std::size_t mac_size = 32;
constexpr auto patience = 1s; // of what no request waits for

const redis::Script& keeping()
{
    static const redis::Script script(R"(
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then
            redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        end
    )");
    return script;
}

std::string key_of(AccountId id)
{
    return fmt::format("watchword:1:profile:{}", id);
}

std::string in_milliseconds(std::chrono::milliseconds time)
{
    return std::to_string(time.count());
}

std::string to_json(const Account& account)
{
    boost::json::object object{{"id", account.id},
                               {"email", account.email},
                               {"full_name", nullptr},
                               {"created_at", to_microseconds(account.created_at)},
                               {"email_verified", account.email_verified}};
    if (account.full_name) {
        object["full_name"] = *account.full_name;
    }
    return boost::json::serialize(object);
}

/// Of what has been authenticated.
Account from_json(std::string_view text)
{
    const auto value = boost::json::parse(text);
    Account account;
    account.id = value.at("id").as_int64();
    account.email = value.at("email").as_string();
    if (const auto* name = value.at("full_name").if_string()) {
        account.full_name = *name;
    }
    account.created_at = from_microseconds(value.at("created_at").as_int64());
    account.email_verified = value.at("email_verified").as_bool();
    return account;
}

class RedisSharedProfiles final : public SharedProfiles {
public:
    RedisSharedProfiles(redis::Client& redis, IoThreads& threads, Background& background, const crypto::Keys& keys,
                        std::chrono::seconds lifetime)
        : redis_(redis),
          threads_(threads),
          background_(background),
          mac_key_(crypto::Digest::sha256, keys.derive("shared profile 1").reveal()),
          lifetime_(lifetime)
    {
    }

    Task<Found> find(AccountId id, Deadline deadline) override
    {
        if (changes_under_way_ > 0 || !redis_.is_connected()) {
            co_return Found{};
        }
        try {
            co_return co_await ask(id, deadline);
        } catch (const Unavailable&) {
            co_return Found{}; // the client has told the log why
        }
    }

    void keep(const Account& account, Permit permit) override
    {
        if (Steady::now() - permit.given_at < read_time_max) {
            background_.spawn("shared profiles", send(account, std::move(permit)));
        }
    }

    void forget(AccountId id) override
    {
        ++changes_under_way_;
        asio::post(threads_.context(0), [this, id] { background_.spawn("shared profiles", bury(id)); });
    }

    void doubt() override { ++doubts_; }

private:
    /// Grows with each reason for a new generation.
    std::uint64_t reasons() const { return doubts_ + redis_.connections(); }

    Task<Found> ask(AccountId id, Deadline deadline)
    {
        if (const auto now = reasons(); now != settled_) {
            co_await begin_generation(deadline);
            settled_ = now;
        }
        Found found{.account = std::nullopt, .permit = Permit{"", Steady::now()}};
        const auto key = key_of(id);
        const auto reply = co_await redis_.ask({"MGET", generation_key, key}, deadline);
        if (reply.elements.size() != 2 || reply.elements[0].text.empty()) {
            doubt(); // it has expired, or was evicted
            co_return Found{};
        }
        found.permit->generation = reply.elements[0].text;
        found.account = genuine(key, found.permit->generation, reply.elements[1].text);
        co_return found;
    }

    Task<> begin_generation(Deadline deadline)
    {
        const auto generation = crypto::random_hex(16);
        const auto lifetime = in_milliseconds(generation_lifetime);
        co_await redis_.ask({"SET", generation_key, generation, "PX", lifetime}, deadline);
    }

    Task<> send(Account account, Permit permit)
    {
        const auto key = key_of(account.id);
        const auto value = authenticated(key, permit.generation, to_json(account));
        const auto lifetime = in_milliseconds(lifetime_);
        try {
            co_await redis_.run(keeping(), key, {tombstone, value, lifetime}, Deadline::after(patience));
        } catch (const Unavailable&) {
            // Then it is not kept.
        }
    }

    Task<> bury(AccountId id)
    {
        const auto key = key_of(id);
        const auto lifetime = in_milliseconds(tombstone_lifetime);
        try {
            co_await redis_.ask({"SET", key, tombstone, "PX", lifetime}, Deadline::after(patience));
        } catch (const Unavailable&) {
            doubt();
        }
        --changes_under_way_;
    }

    std::string code(std::string_view key, std::string_view generation, std::string_view text) const
    {
        return std::string(mac_key_.mac(fmt::format("{}\n{}\n{}", key, generation, text)).text());
    }

    std::string authenticated(std::string_view key, std::string_view generation, const std::string& text) const
    {
        return code(key, generation, text) + text;
    }

    std::optional<Account> genuine(std::string_view key, std::string_view generation, std::string_view value) const
    {
        if (value.size() <= mac_size) {
            return std::nullopt;
        }
        const auto text = value.substr(mac_size);
        if (!crypto::constant_time_equal(value.substr(0, mac_size), code(key, generation, text))) {
            return std::nullopt; // of an earlier generation, or by somebody else
        }
        return from_json(text);
    }

    redis::Client& redis_;
    IoThreads& threads_;
    Background& background_;
    const crypto::HmacKey mac_key_;
    const std::chrono::seconds lifetime_;
    std::atomic<int> changes_under_way_ = 0;
    std::atomic<std::uint64_t> doubts_ = 0;
    std::atomic<std::uint64_t> settled_ = std::numeric_limits<std::uint64_t>::max(); ///< the reasons that were answered
};

}

std::unique_ptr<SharedProfiles> make_redis_shared_profiles(redis::Client& redis, IoThreads& threads,
                                                           Background& background, const crypto::Keys& keys,
                                                           std::chrono::seconds lifetime)
{
    return std::make_unique<RedisSharedProfiles>(redis, threads, background, keys, lifetime);
}

}
