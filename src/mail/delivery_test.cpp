#include "mail/delivery.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/shaky_outbox.hpp"

#include <functional>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::mail {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::Not;

/// Answers as the test says, at once or when it is let go.
class ScriptedMailer final : public Mailer {
public:
    explicit ScriptedMailer(asio::io_context& context) : gate_(context, asio::steady_timer::time_point::max()) {}

    std::function<DeliveryOutcome(const Letter&)> answer = [](const Letter&) { return DeliveryOutcome::delivered(); };
    std::vector<std::string> attempts; ///< recipients, in the order of their attempts
    std::size_t in_flight = 0;
    std::size_t most_in_flight = 0;
    int rests = 0;
    bool holds = false;

    void let_go()
    {
        holds = false;
        gate_.cancel();
    }

    Task<DeliveryOutcome> deliver(const Letter& letter, Deadline) override
    {
        attempts.push_back(letter.message.to);
        most_in_flight = std::max(most_in_flight, ++in_flight);
        while (holds) {
            co_await gate_.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        --in_flight;
        co_return answer(letter);
    }

    void rest() override { ++rests; }

private:
    asio::steady_timer gate_;
};

class DeliveryTest : public testing::Test {
protected:
    DeliveryTest() { limits.poll = 20ms; }

    ~DeliveryTest() override
    {
        mailer.let_go();
        stop(1s);
    }

    void store(const std::string& recipient)
    {
        const Message message{.to = recipient, .subject = "", .text = "012345", .html = "", .console_line = ""};
        outbox.inner.insert(sealer.seal(message, "", clock.now(), clock.now() + 10min));
    }

    void start()
    {
        delivery.emplace(context.get_executor(), Delivery::Route{outbox, sealer, mailer, clock}, limits);
        asio::co_spawn(context, delivery->run(), [this](std::exception_ptr thrown) {
            EXPECT_FALSE(thrown);
            ended = true;
        });
    }

    void stop(std::chrono::milliseconds drain)
    {
        if (delivery && !ended) {
            delivery->stop(Deadline::after(drain));
            run_until([this] { return ended; });
        }
    }

    void run_until(const std::function<bool()>& happened)
    {
        const auto patience = Deadline::after(10s);
        while (!happened()) {
            ASSERT_FALSE(patience.expired()) << "it did not happen within 10 s";
            context.run_one_for(10ms);
        }
    }

    const std::vector<tests::MemoryOutbox::Row>& rows() const { return outbox.inner.rows; }

    asio::io_context context;
    tests::ManualClock clock;
    const Sealer sealer{crypto::Keys(SecretText(std::string(32, 'k')))};
    tests::ShakyOutbox outbox;
    ScriptedMailer mailer{context};
    Delivery::Limits limits;
    std::optional<Delivery> delivery;
    bool ended = false;
};

TEST_F(DeliveryTest, DeliversWhatWaitsAndRemovesIt)
{
    store("jane@example.com");
    store("bob@example.com");
    start();
    run_until([this] { return rows().empty(); });
    EXPECT_THAT(mailer.attempts, ElementsAre("jane@example.com", "bob@example.com"));
}

TEST_F(DeliveryTest, StartsAtOnceWhenItIsNudgedFromAnotherThread)
{
    limits.poll = 1h;
    start();
    context.run_for(20ms);
    store("jane@example.com");
    std::jthread([this] { delivery->nudge(); }).join();
    run_until([this] { return rows().empty(); });
}

TEST_F(DeliveryTest, FindsWhatNobodyToldItOf)
{
    start();
    context.run_for(50ms);
    store("jane@example.com");
    run_until([this] { return rows().empty(); });
}

TEST_F(DeliveryTest, HoldsAFewLettersAtATimeHoweverManyWait)
{
    limits.lanes = 3;
    for (int i = 0; i < 50; ++i) {
        store("jane@example.com");
    }
    mailer.holds = true;
    start();
    run_until([this] { return mailer.in_flight == 3; });
    context.run_for(60ms);
    EXPECT_EQ(mailer.in_flight, 3u);
    mailer.let_go();
    run_until([this] { return rows().empty(); });
    EXPECT_EQ(mailer.most_in_flight, 3u);
}

TEST_F(DeliveryTest, ClosesConnectionsWhenNothingIsLeft)
{
    store("jane@example.com");
    start();
    run_until([this] { return mailer.rests == 1; });
    context.run_for(60ms);
    EXPECT_EQ(mailer.rests, 1);
    store("jane@example.com");
    run_until([this] { return mailer.rests == 2; });
}

TEST_F(DeliveryTest, PutsAMailOffLongerEachTimeUntilItArrivesOnce)
{
    store("jane@example.com");
    mailer.answer = [](const Letter&) { return DeliveryOutcome::try_again("RCPT TO: 451 later"); };
    start();
    const auto begin = clock.now();
    run_until([this] { return rows()[0].attempts == 1; });
    EXPECT_THAT(rows()[0].due_at - begin, AllOf(Ge(1s), Le(1250ms)));
    clock.advance(2s);
    run_until([this] { return rows()[0].attempts == 2; });
    EXPECT_THAT(rows()[0].due_at - begin, AllOf(Ge(7s), Le(8250ms)));
    clock.advance(7s);
    run_until([this] { return rows()[0].attempts == 3; });
    EXPECT_EQ(rows()[0].last_error, "RCPT TO: 451 later");

    mailer.answer = [](const Letter&) { return DeliveryOutcome::delivered(); };
    clock.advance(40s);
    run_until([this] { return rows().empty(); });
    EXPECT_EQ(mailer.attempts.size(), 4u);
}

TEST_F(DeliveryTest, GivesUpWhatIsRefusedAndGoesOnWithTheRest)
{
    store("nobody@example.com");
    store("jane@example.com");
    mailer.answer = [](const Letter& letter) {
        return letter.message.to == "nobody@example.com" ? DeliveryOutcome::refused("RCPT TO: 550 no such user", 550)
                                                         : DeliveryOutcome::delivered();
    };
    start();
    run_until([this] { return rows().size() == 1 && rows()[0].dead; });
    EXPECT_EQ(rows()[0].last_error, "RCPT TO: 550 no such user");
    ASSERT_EQ(outbox.inner.audited.size(), 1u);
    EXPECT_THAT(outbox.inner.audited[0].details, HasSubstr(R"("smtp_reply":550)"));
    clock.advance(5min);
    context.run_for(60ms);
    EXPECT_EQ(mailer.attempts.size(), 2u);
}

TEST_F(DeliveryTest, GivesUpWhatWasPutOffTooOften)
{
    limits.attempts = 3;
    mailer.answer = [](const Letter&) { return DeliveryOutcome::try_again("RCPT TO: 450 greylisted"); };
    store("jane@example.com");
    start();
    for (int i = 1; i <= 3; ++i) {
        run_until([&] { return rows()[0].attempts == i; });
        EXPECT_EQ(rows()[0].dead, i == 3);
        clock.advance(1min);
    }
    context.run_for(60ms);
    EXPECT_EQ(mailer.attempts.size(), 3u);
    EXPECT_EQ(rows()[0].last_error, "RCPT TO: 450 greylisted");
}

TEST_F(DeliveryTest, GivesUpWhatItCannotOpen)
{
    store("jane@example.com");
    outbox.inner.rows[0].entry.sealed.back() ^= 1;
    start();
    run_until([this] { return rows()[0].dead; });
    EXPECT_TRUE(mailer.attempts.empty());
}

TEST_F(DeliveryTest, NeverDeliversWhatHasExpired)
{
    store("late@example.com");
    clock.advance(10min);
    store("jane@example.com");
    start();
    run_until([this] { return rows().empty(); });
    EXPECT_THAT(mailer.attempts, ElementsAre("jane@example.com"));
}

TEST_F(DeliveryTest, TriesALostServerWithOneLetterAndThenDeliversAll)
{
    for (const auto* name : {"a@example.com", "b@example.com", "c@example.com"}) {
        store(name);
        clock.advance(1s);
    }
    limits.lanes = 1;
    mailer.answer = [](const Letter&) { return DeliveryOutcome::server_lost("it cannot be reached"); };
    testing::internal::CaptureStderr();
    start();
    run_until([this] { return mailer.attempts.size() == 2; });
    EXPECT_THAT(mailer.attempts, ElementsAre("a@example.com", "a@example.com")) << "the oldest mail tries the server";
    EXPECT_EQ(rows()[0].attempts, 0) << "which is not counted against it";
    mailer.answer = [](const Letter&) { return DeliveryOutcome::delivered(); };
    run_until([this] { return rows().empty(); });
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;
    EXPECT_THAT(log,
                AllOf(HasSubstr("it cannot be reached"), HasSubstr("delivered again"), Not(HasSubstr("example.com"))));
}

TEST_F(DeliveryTest, TakesAMailerThatThrowsForALostServer)
{
    store("jane@example.com");
    bool thrown = false;
    mailer.answer = [&](const Letter&) {
        if (!std::exchange(thrown, true)) {
            throw std::runtime_error("the disk is full");
        }
        return DeliveryOutcome::delivered();
    };
    start();
    run_until([this] { return rows().empty(); });
}

TEST_F(DeliveryTest, GoesOnWhenTheDatabaseIsBack)
{
    outbox.failing_claims = 3;
    store("jane@example.com");
    start();
    run_until([this] { return rows().empty(); });
}

TEST_F(DeliveryTest, DoesNotWaitForALeaseThatWasGrantedByALostAnswer)
{
    outbox.lost_answers_to_claims = 1;
    store("jane@example.com");
    start();
    run_until([this] { return outbox.lost_answers_to_claims == 0; });
    outbox.failing_returns = 3;
    mailer.holds = true;
    clock.advance(1s);
    run_until([this] { return mailer.in_flight == 1; });
    clock.advance(20s);
    context.run_for(100ms);
    EXPECT_EQ(mailer.attempts.size(), 1u) << "what is in hand is not given back";
    mailer.let_go();
    run_until([this] { return rows().empty(); });
}

TEST_F(DeliveryTest, SendsAMailOnceThoughItsRemovalFailsAtFirst)
{
    outbox.failing_removals = 1;
    store("jane@example.com");
    start();
    run_until([this] { return rows().empty(); });
    EXPECT_EQ(mailer.attempts.size(), 1u);
}

TEST_F(DeliveryTest, FinishesTheLettersInFlightWhenItStops)
{
    store("jane@example.com");
    mailer.holds = true;
    start();
    run_until([this] { return mailer.in_flight == 1; });
    store("bob@example.com");
    delivery->stop(Deadline::after(5s));
    context.run_for(50ms);
    EXPECT_FALSE(ended);
    mailer.let_go();
    run_until([this] { return ended; });
    ASSERT_EQ(rows().size(), 1u);
    EXPECT_EQ(rows()[0].entry.recipient, "bob@example.com");
}

TEST_F(DeliveryTest, LeavesALetterThatTakesTooLongToItsLease)
{
    store("jane@example.com");
    mailer.holds = true;
    start();
    run_until([this] { return mailer.in_flight == 1; });
    stop(50ms);
    EXPECT_TRUE(ended);
    EXPECT_EQ(rows()[0].claimed_until, clock.now() + limits.lease);
}

}
}
