#include "rate_limits/rates.hpp"

#include <cstdlib>

/// Whatever is accepted can be written down and read again as the same, within the bounds that keep GCRA from overflow.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using watchword::rate_limits::Rate;
    using watchword::rate_limits::Rates;

    const auto rates = Rates::parse({reinterpret_cast<const char*>(data), size});
    if (!rates) {
        return 0;
    }
    const auto again = Rates::parse(rates->text());
    if (!again || *again != *rates || again->text() != rates->text() || rates->size() > Rates::size_max) {
        std::abort();
    }
    for (const auto& rate : *rates) {
        if (rate.count < 1 || rate.count > Rate::count_max || rate.period > Rate::period_max ||
            rate.interval().count() < 1 || rate.window() < rate.period) {
            std::abort();
        }
    }
    return 0;
}
