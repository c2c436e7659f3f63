#include "crypto/hash_times.hpp"

namespace watchword::crypto {

HashTimes::Duration HashTimes::expected(HashWork work) const
{
    const Recent& recent = of(work);
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double, std::nano>(recent.time / recent.units * work.units));
}

void HashTimes::record(HashWork work, Duration taken)
{
    constexpr double kept = 7.0 / 8; // of what is known, with each new hash
    Recent& recent = of(work);
    recent.time = kept * recent.time + std::chrono::duration<double, std::nano>(taken).count();
    recent.units = kept * recent.units + work.units;
}

}
