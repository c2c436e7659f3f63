#include "mail/sealer.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace watchword::mail {
namespace {

using namespace std::chrono_literals;

constexpr Instant now = from_microseconds(1'795'646'422'181'424);

const crypto::Keys keys{SecretText(std::string(32, 'k'))};

Message message_to(std::string address)
{
    return {
        .to = std::move(address),
        .subject = "Your code",
        .text = "Your code is 012345.\n",
        .html = "<p>012345</p>",
        .console_line = "Verification code for jane@example.com: 012345",
    };
}

ClaimedEntry claimed(const Entry& entry)
{
    return {.id = 1,
            .recipient = entry.recipient,
            .sealed = entry.sealed,
            .attempts = 0,
            .created_at = entry.created_at,
            .leased_until = now + 1min};
}

TEST(Sealer, OpensWhatItSealed)
{
    const Sealer sealer(keys);
    const auto entry = sealer.seal(message_to("jane@example.com"), "verification:42", now, now + 10min);
    EXPECT_EQ(entry.recipient, "jane@example.com");
    EXPECT_EQ(entry.replaces, "verification:42");
    EXPECT_EQ(entry.expires_at, now + 10min);

    const auto letter = sealer.open(claimed(entry));
    ASSERT_TRUE(letter) << letter.error();
    EXPECT_EQ(letter->message, message_to("jane@example.com"));
    EXPECT_EQ(letter->recipient.text(), "jane@example.com");
    EXPECT_EQ(letter->written_at, now);
}

TEST(Sealer, ShowsNoCodeToWhoeverReadsTheDatabase)
{
    const auto entry = Sealer(keys).seal(message_to("jane@example.com"), "", now, now + 10min);
    const std::string bytes(entry.sealed.begin(), entry.sealed.end());
    EXPECT_FALSE(bytes.contains("012345"));
    EXPECT_FALSE(bytes.contains("code"));
}

TEST(Sealer, NamesAMailAlikeAtEveryAttemptAndUnlikeAnyOther)
{
    const Sealer sealer(keys);
    const auto entry = sealer.seal(message_to("jane@example.com"), "", now, now + 10min);
    const auto other = sealer.seal(message_to("jane@example.com"), "", now, now + 10min);
    EXPECT_EQ(sealer.open(claimed(entry))->id, sealer.open(claimed(entry))->id);
    EXPECT_NE(sealer.open(claimed(entry))->id, sealer.open(claimed(other))->id);
}

TEST(Sealer, OpensNothingUnderAnotherKeyOrForAnotherRecipient)
{
    const Sealer sealer(keys);
    auto entry = claimed(sealer.seal(message_to("jane@example.com"), "", now, now + 10min));
    EXPECT_FALSE(Sealer(crypto::Keys(SecretText(std::string(32, 'x')))).open(entry));
    entry.recipient = "eve@example.com";
    EXPECT_FALSE(sealer.open(entry));
}

TEST(Sealer, OpensNoLetterToAnAddressThatSmtpCannotCarry)
{
    const Sealer sealer(keys);
    const auto entry =
        claimed(sealer.seal(message_to("jane@example.com>\r\nRCPT TO:<eve@example.com"), "", now, now + 10min));
    EXPECT_FALSE(sealer.open(entry));
}

}
}
