#include "s3/breaker.hpp"

#include <gtest/gtest.h>

namespace watchword::s3 {
namespace {

using namespace std::chrono_literals;

TEST(Breaker, OpensAfterFailuresInARowAndLetsOneTryAfterAWhile)
{
    Breaker breaker;
    const Breaker::Clock::time_point now{1h};
    for (int i = 0; i < Breaker::failures_max; ++i) {
        EXPECT_TRUE(breaker.lets_pass(now));
        breaker.failed(now);
    }
    EXPECT_FALSE(breaker.lets_pass(now));
    EXPECT_FALSE(breaker.would_let_pass(now));
    EXPECT_FALSE(breaker.lets_pass(now + Breaker::pause - 1ms));
    EXPECT_TRUE(breaker.would_let_pass(now + Breaker::pause));
    EXPECT_TRUE(breaker.lets_pass(now + Breaker::pause));
    EXPECT_FALSE(breaker.lets_pass(now + Breaker::pause)); // until it is known what became of that one
    breaker.answered();
    EXPECT_TRUE(breaker.lets_pass(now + Breaker::pause));
    EXPECT_TRUE(breaker.lets_pass(now + Breaker::pause));
}

TEST(Breaker, ForgetsFailuresWithTheNextAnswer)
{
    Breaker breaker;
    for (int i = 0; i < 3 * Breaker::failures_max; ++i) {
        breaker.failed();
        if (i % 2 == 0) {
            breaker.answered();
        }
    }
    EXPECT_TRUE(breaker.lets_pass());
}

}
}
