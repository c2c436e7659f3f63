#pragma once

#include <chrono>

namespace watchword::mail {

/// How long a mail waits after its failed attempt number `attempts` (1, 2, …): 1 s, 5 s, 30 s, 2 min, 10 min, 30 min
/// and then an hour each time, stretched by up to a quarter. `jitter` in [0, 1) spreads those that failed together.
std::chrono::milliseconds backoff(int attempts, double jitter);

/// How long all mail waits after the server was lost for the time number `losses` in a row: from 1 s to 15 s, so that
/// mail flows again within seconds after the server has come back.
std::chrono::milliseconds reconnect_delay(int losses, double jitter);

}
