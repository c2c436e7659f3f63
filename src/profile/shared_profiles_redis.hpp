#pragma once

#include "crypto/keys.hpp"
#include "profile/shared_profiles.hpp"
#include "redis/client.hpp"
#include "runtime/background.hpp"

#include <memory>

namespace watchword::profile {

/// In Redis, under `watchword:1:profile:` and the id, each for `lifetime`. What stands there is authenticated by a key
/// that only instances have, together with its place, so that whoever writes to Redis can show nobody another's
/// profile.
///
/// A change leaves a tombstone for longer than a read may take, so that a slow one that began before cannot bring back
/// the old profile. What is kept belongs to a generation; whoever may have missed a change, or may have told one to a
/// Redis that has lost it, begins a new one before asking again.
///
/// All arguments outlive it.
std::unique_ptr<SharedProfiles> make_redis_shared_profiles(redis::Client& redis, IoThreads& threads,
                                                           Background& background, const crypto::Keys& keys,
                                                           std::chrono::seconds lifetime);

}
