#pragma once

#include "base/secret.hpp"
#include "postgres/database.hpp"
#include "runtime/change_feed.hpp"

#include <atomic>

namespace watchword::postgres {

/// Hears over a connection of its own what the triggers of the database tell (`NOTIFY watchword_changes`), and tells
/// the feed. Each second it also hears itself, through the ordinary connections: where that echo fails to come, the
/// link is dead or goes through a pooler, and the feed is interrupted until it comes again.
class Listener {
public:
    Listener(Database& database, const ChangeFeed& feed) : database_(database), feed_(feed) {}

    /// Both run until `stop`, on one I/O thread.
    Task<> listen();
    Task<> echo();

    void stop() { stopping_ = true; }

private:
    Task<> hear();
    void heard(const std::string& notification);

    Database& database_;
    const ChangeFeed& feed_;
    bool stopping_ = false;
    bool trusted_ = false; ///< the feed was told that changes are heard
};

}
