#include "crypto/random.hpp"

#include <array>
#include <set>

#include <gtest/gtest.h>

namespace watchword::crypto {
namespace {

TEST(Random, HexHasTwoLowerCaseDigitsForEachByte)
{
    const std::string text = random_hex(16);
    EXPECT_EQ(text.size(), 32u);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(random_hex(0), "");
}

TEST(Random, NeverRepeatsItself)
{
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(seen.insert(random_hex(16)).second);
    }
}

TEST(Random, DigitsKeepTheirLeadingZeros)
{
    bool leading_zero = false;
    for (int i = 0; i < 1000; ++i) {
        const std::string code = random_digits(6);
        ASSERT_EQ(code.size(), 6u);
        ASSERT_EQ(code.find_first_not_of("0123456789"), std::string::npos);
        leading_zero = leading_zero || code.front() == '0';
    }
    EXPECT_TRUE(leading_zero);
}

// With 9 degrees of freedom chi-squared is above 44 in one of a million runs. Taking all bytes modulo 10 would give
// about 375.
TEST(Random, DigitsAreUniform)
{
    constexpr double expected = 100'000;
    std::array<double, 10> counts{};
    for (const char digit : random_digits(1'000'000)) {
        counts.at(static_cast<std::size_t>(digit - '0')) += 1;
    }
    double chi_squared = 0;
    for (const double count : counts) {
        chi_squared += (count - expected) * (count - expected) / expected;
    }
    EXPECT_LT(chi_squared, 44);
}

}
}
