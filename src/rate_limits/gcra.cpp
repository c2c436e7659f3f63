#include "rate_limits/gcra.hpp"

#include <algorithm>

namespace watchword::rate_limits::gcra {

Result<> Decision::outcome() const
{
    if (!refused()) {
        return {};
    }
    return fail(ErrorCode::rate_limited, std::chrono::ceil<std::chrono::seconds>(wait));
}

Decision take(const FullAgain& known, const Rates& rates, nanoseconds now)
{
    Decision denied{nanoseconds{0}, known};
    Decision allowed{nanoseconds{0}, known};
    for (std::size_t i = 0; i < rates.size(); ++i) {
        const auto interval = rates[i].interval();
        const auto latest = now + rates[i].window();
        denied.after[i] = std::min(known[i], latest);
        allowed.after[i] = std::max(denied.after[i], now) + interval;
        denied.wait = std::max(denied.wait, allowed.after[i] - latest);
    }
    return denied.refused() ? denied : allowed;
}

FullAgain give_back(const FullAgain& known, const Rates& rates, nanoseconds now)
{
    FullAgain after = known;
    for (std::size_t i = 0; i < rates.size(); ++i) {
        after[i] = std::clamp(known[i], now, now + rates[i].window()) - rates[i].interval();
    }
    return after;
}

bool is_full(const FullAgain& known, nanoseconds now)
{
    return std::ranges::all_of(known, [&](nanoseconds full_again) { return full_again <= now; });
}

}
