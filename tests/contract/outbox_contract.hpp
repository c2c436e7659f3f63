#pragma once

#include "mail/outbox.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/run_task.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::tests {

/// What every Outbox promises. An engine is default-constructible and has
///     mail::Outbox& outbox();
///     void insert(const mail::Entry&);                     // as a feature does in its transaction
///     std::vector<std::pair<std::string, int>> dead();     // recipient and attempts of what was given up
///     std::vector<audit::Event> audited();
/// and gets all tests by INSTANTIATE_TYPED_TEST_SUITE_P(Name, OutboxContract, testing::Types<Engine>).
template <class Engine>
class OutboxContract : public testing::Test {
protected:
    using Claimed = std::vector<mail::ClaimedEntry>;

    void store(const std::string& recipient, const std::string& replaces = "")
    {
        engine.insert({.recipient = recipient,
                       .sealed = {0x00, 0x01, 0xFF},
                       .replaces = replaces,
                       .created_at = clock.now(),
                       .expires_at = clock.now() + std::chrono::minutes{10}});
    }

    Claimed claim(std::size_t limit = 100)
    {
        const auto now = clock.now();
        return run_task(engine.outbox().claim({now, now + std::chrono::minutes{2}}, limit, soon()));
    }

    mail::ClaimedEntry claim_one() { return claim(1).at(0); }

    static std::vector<std::string> recipients(const Claimed& entries)
    {
        std::vector<std::string> names;
        for (const auto& entry : entries) {
            names.push_back(entry.recipient);
        }
        return names;
    }

    void remove(const mail::ClaimedEntry& entry) { run_task(engine.outbox().remove(entry, soon())); }

    void postpone(const mail::ClaimedEntry& entry, std::chrono::seconds by)
    {
        const mail::Outbox::Retry retry{entry.attempts + 1, clock.now() + by, "RCPT TO: 451 later"};
        run_task(engine.outbox().postpone(entry, retry, soon()));
    }

    void bury(const mail::ClaimedEntry& entry)
    {
        const mail::Outbox::Burial burial{clock.now(), "RCPT TO: 550 nobody", 550};
        run_task(engine.outbox().bury(entry, burial, soon()));
    }

    std::size_t purge() { return run_task(engine.outbox().purge(clock.now(), std::chrono::hours{24}, soon())); }

    std::vector<mail::ListedEntry> list(std::size_t limit = 100)
    {
        return run_task(engine.outbox().list(limit, soon()));
    }

    mail::Outbox::Retried retry(std::int64_t id) { return run_task(engine.outbox().retry(id, clock.now(), soon())); }

    std::size_t retry_all() { return run_task(engine.outbox().retry_all(clock.now(), soon())); }

    bool drop(std::int64_t id) { return run_task(engine.outbox().drop(id, soon())); }

    static Deadline soon() { return Deadline::after(std::chrono::seconds{10}); }

    ManualClock clock;
    Engine engine;
};

TYPED_TEST_SUITE_P(OutboxContract);

TYPED_TEST_P(OutboxContract, GivesBackWhatWasStored)
{
    this->store("jane@example.com");
    const auto entry = this->claim_one();
    EXPECT_EQ(entry.recipient, "jane@example.com");
    EXPECT_EQ(entry.sealed, (std::vector<unsigned char>{0x00, 0x01, 0xFF}));
    EXPECT_EQ(entry.attempts, 0);
    EXPECT_EQ(entry.created_at, this->clock.now());
    EXPECT_EQ(entry.leased_until, this->clock.now() + std::chrono::minutes{2});
}

TYPED_TEST_P(OutboxContract, GivesTheOldestFirstAndNoMoreThanAsked)
{
    for (const auto* name : {"a", "b", "c", "d", "e"}) {
        this->store(name);
        this->clock.advance(std::chrono::milliseconds{1});
    }
    EXPECT_THAT(this->recipients(this->claim(2)), testing::ElementsAre("a", "b"));
    EXPECT_THAT(this->recipients(this->claim(100)), testing::ElementsAre("c", "d", "e"));
}

TYPED_TEST_P(OutboxContract, GivesAnEntryToOneWorkerAtATime)
{
    this->store("jane@example.com");
    EXPECT_EQ(this->claim().size(), 1u);
    EXPECT_TRUE(this->claim().empty());
}

TYPED_TEST_P(OutboxContract, GivesTheEntryOfALostWorkerToTheNext)
{
    this->store("jane@example.com");
    const auto first = this->claim_one();
    this->clock.advance(std::chrono::minutes{2});
    EXPECT_THAT(this->recipients(this->claim()), testing::ElementsAre("jane@example.com"));

    // The first one wakes up again: it holds nothing any more.
    this->postpone(first, std::chrono::seconds{0});
    this->bury(first);
    EXPECT_TRUE(this->claim().empty());
    EXPECT_TRUE(this->engine.dead().empty());
}

TYPED_TEST_P(OutboxContract, RemovesWhatWasDeliveredEvenAfterTheLease)
{
    this->store("jane@example.com");
    const auto entry = this->claim_one();
    this->clock.advance(std::chrono::minutes{3});
    this->remove(entry);
    EXPECT_TRUE(this->claim().empty());
}

TYPED_TEST_P(OutboxContract, GivesAPostponedEntryOnceItIsDueWithItsAttemptsCounted)
{
    this->store("jane@example.com");
    this->postpone(this->claim_one(), std::chrono::seconds{5});
    this->clock.advance(std::chrono::milliseconds{4999});
    EXPECT_TRUE(this->claim().empty());
    this->clock.advance(std::chrono::milliseconds{1});
    EXPECT_EQ(this->claim_one().attempts, 1);
}

TYPED_TEST_P(OutboxContract, NeverGivesWhatHasExpired)
{
    this->store("jane@example.com");
    this->clock.advance(std::chrono::minutes{10});
    EXPECT_TRUE(this->claim().empty());
}

TYPED_TEST_P(OutboxContract, WithdrawsWhatANewEntryReplaces)
{
    this->store("first", "verification:42");
    this->store("second", "verification:42");
    this->store("other", "verification:43");
    this->store("alone");
    this->store("alone");
    EXPECT_THAT(this->recipients(this->claim()), testing::UnorderedElementsAre("second", "other", "alone", "alone"));
}

TYPED_TEST_P(OutboxContract, WithdrawsAnEntryThatIsInAWorkersHands)
{
    this->store("first", "verification:42");
    const auto first = this->claim_one();
    this->store("second", "verification:42");
    this->postpone(first, std::chrono::seconds{0});
    EXPECT_THAT(this->recipients(this->claim()), testing::ElementsAre("second"));
}

TYPED_TEST_P(OutboxContract, KeepsWhatWasGivenUpWithoutEverGivingItAgain)
{
    this->store("jane@example.com", "verification:42");
    this->bury(this->claim_one());
    this->clock.advance(std::chrono::minutes{5});
    EXPECT_TRUE(this->claim().empty());
    this->store("jane@example.com", "verification:42");
    EXPECT_THAT(this->engine.dead(), testing::ElementsAre(testing::Pair("jane@example.com", 1)));
}

TYPED_TEST_P(OutboxContract, GivesAgainWhatWasGivenBack)
{
    this->store("lost");
    this->store("lost too");
    const auto lost = this->claim();
    this->clock.advance(std::chrono::microseconds{1});
    this->store("held");
    this->claim();
    run_task(this->engine.outbox().give_back(lost.at(0).leased_until, this->soon()));
    EXPECT_THAT(this->recipients(this->claim()), testing::ElementsAre("lost", "lost too"));
}

TYPED_TEST_P(OutboxContract, TellsTheAuditTrailOnceOfWhatWasGivenUp)
{
    this->store("delivered");
    this->remove(this->claim_one());
    this->store("late@example.com");
    this->postpone(this->claim_one(), std::chrono::hours{0});
    const auto entry = this->claim_one();
    this->clock.advance(std::chrono::seconds{1});
    this->bury(entry);
    this->bury(entry);
    const auto audited = this->engine.audited();
    ASSERT_EQ(audited.size(), 1u);
    EXPECT_EQ(audited[0].at, this->clock.now());
    EXPECT_EQ(audited[0].name, "mail.given_up");
    EXPECT_EQ(audited[0].user_id, std::nullopt) << "nobody has this address";
    EXPECT_EQ(audited[0].details, "{\"mail\":" + std::to_string(entry.id) + ",\"attempts\":2,\"smtp_reply\":550}");
}

TYPED_TEST_P(OutboxContract, PurgesWhatExpired)
{
    this->store("claimed");
    this->clock.advance(std::chrono::minutes{9});
    this->claim();
    this->clock.advance(std::chrono::minutes{-9});
    this->store("waiting");
    this->store("dead");
    this->clock.advance(std::chrono::seconds{1});
    this->store("young");
    for (const auto& entry : this->claim()) {
        if (entry.recipient == "dead") {
            this->bury(entry);
        } else {
            this->postpone(entry, std::chrono::seconds{0});
        }
    }
    this->clock.advance(std::chrono::minutes{10} - std::chrono::seconds{1});
    EXPECT_EQ(this->purge(), 1u) << "only the one that waits in vain: not the one in a worker's hands";
    EXPECT_THAT(this->recipients(this->claim()), testing::ElementsAre("young"));
    EXPECT_EQ(this->engine.dead().size(), 1u);

    this->clock.advance(std::chrono::hours{25});
    EXPECT_EQ(this->purge(), 2u);
    EXPECT_TRUE(this->engine.dead().empty());
}

TYPED_TEST_P(OutboxContract, ListsEverythingButTheMessage)
{
    this->store("dead@example.com");
    this->bury(this->claim_one());
    this->store("late@example.com");
    this->postpone(this->claim_one(), std::chrono::seconds{5});
    this->store("held@example.com");
    this->claim();
    const auto all = this->list();
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].recipient, "dead@example.com");
    EXPECT_TRUE(all[0].given_up);
    EXPECT_EQ(all[0].attempts, 1);
    EXPECT_EQ(all[0].last_error, "RCPT TO: 550 nobody");
    EXPECT_EQ(all[0].expires_at, this->clock.now() + std::chrono::minutes{10});
    EXPECT_FALSE(all[1].given_up);
    EXPECT_EQ(all[1].due_at, this->clock.now() + std::chrono::seconds{5});
    EXPECT_LE(all[1].leased_until, this->clock.now());
    EXPECT_EQ(all[2].leased_until, this->clock.now() + std::chrono::minutes{2});
    EXPECT_EQ(all[2].last_error, "");
    EXPECT_EQ(this->list(2).size(), 2u);
}

TYPED_TEST_P(OutboxContract, GivesWhatIsRetriedAtOnceWithItsAttemptsForgotten)
{
    this->store("dead");
    this->bury(this->claim_one());
    this->store("late");
    this->postpone(this->claim_one(), std::chrono::seconds{5});
    for (const auto& entry : this->list()) {
        EXPECT_EQ(this->retry(entry.id), mail::Outbox::Retried::due);
    }
    const auto claimed = this->claim();
    EXPECT_THAT(this->recipients(claimed), testing::ElementsAre("dead", "late"));
    EXPECT_EQ(claimed[0].attempts, 0);
    EXPECT_EQ(this->retry(claimed[0].id), mail::Outbox::Retried::due);
    EXPECT_TRUE(this->claim().empty()) << "it stays in its worker's hands";
    EXPECT_EQ(this->retry(4711), mail::Outbox::Retried::unknown);
}

TYPED_TEST_P(OutboxContract, RetriesAllThatWasGivenUpAndNothingElse)
{
    for (const auto* name : {"a", "b"}) {
        this->store(name);
        this->bury(this->claim_one());
    }
    this->store("late");
    this->postpone(this->claim_one(), std::chrono::seconds{5});
    EXPECT_EQ(this->retry_all(), 2u);
    EXPECT_THAT(this->recipients(this->claim()), testing::ElementsAre("a", "b"));
    EXPECT_EQ(this->retry_all(), 0u);
}

TYPED_TEST_P(OutboxContract, RetriesNothingThatHasExpiredOrWasReplaced)
{
    this->store("expired");
    this->bury(this->claim_one());
    this->clock.advance(std::chrono::minutes{10});
    this->store("replaced", "verification:42");
    this->bury(this->claim_one());
    this->store("other", "verification:43");
    this->bury(this->claim_one());
    this->store("successor", "verification:42");
    this->remove(this->claim_one());
    const auto all = this->list();
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(this->retry(all[0].id), mail::Outbox::Retried::expired);
    EXPECT_EQ(this->retry(all[1].id), mail::Outbox::Retried::expired);
    EXPECT_EQ(this->retry_all(), 1u);
    EXPECT_THAT(this->recipients(this->claim()), testing::ElementsAre("other"));
}

TYPED_TEST_P(OutboxContract, DropsAnEntryInAnyState)
{
    this->store("dead");
    this->bury(this->claim_one());
    this->store("waiting");
    for (const auto& entry : this->list()) {
        EXPECT_TRUE(this->drop(entry.id));
        EXPECT_FALSE(this->drop(entry.id));
    }
    EXPECT_TRUE(this->list().empty());
}

REGISTER_TYPED_TEST_SUITE_P(OutboxContract, GivesBackWhatWasStored, GivesTheOldestFirstAndNoMoreThanAsked,
                            GivesAnEntryToOneWorkerAtATime, GivesTheEntryOfALostWorkerToTheNext,
                            RemovesWhatWasDeliveredEvenAfterTheLease,
                            GivesAPostponedEntryOnceItIsDueWithItsAttemptsCounted, NeverGivesWhatHasExpired,
                            WithdrawsWhatANewEntryReplaces, WithdrawsAnEntryThatIsInAWorkersHands,
                            KeepsWhatWasGivenUpWithoutEverGivingItAgain, GivesAgainWhatWasGivenBack,
                            TellsTheAuditTrailOnceOfWhatWasGivenUp, PurgesWhatExpired, ListsEverythingButTheMessage,
                            GivesWhatIsRetriedAtOnceWithItsAttemptsForgotten, RetriesAllThatWasGivenUpAndNothingElse,
                            RetriesNothingThatHasExpiredOrWasReplaced, DropsAnEntryInAnyState);

}
