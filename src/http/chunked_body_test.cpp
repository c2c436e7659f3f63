#include "http/chunked_body.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

using State = ChunkedBody::State;

struct Outcome {
    State state = State::unfinished;
    std::string body;
    std::size_t used = 0;

    bool operator==(const Outcome&) const = default;
};

/// Decodes bytes that arrive in pieces of `piece` bytes.
Outcome decode(std::string_view bytes, std::size_t piece = 1000, std::uint64_t bytes_max = 1 << 20)
{
    ChunkedBody decoder(bytes_max);
    Outcome outcome;
    while (outcome.state == State::unfinished && outcome.used < bytes.size()) {
        const auto step = decoder.step(bytes.substr(outcome.used, piece));
        outcome.state = step.state;
        outcome.body += step.data;
        outcome.used += step.used;
    }
    return outcome;
}

std::string chunks_of_one_byte(std::size_t count)
{
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) {
        bytes += "1\r\nx\r\n";
    }
    return bytes;
}

TEST(ChunkedBody, DecodesAndStopsAtTheEndOfTheBody)
{
    const auto outcome =
        decode("4\r\nWiki\r\n6;name=\"v\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\n\r\nGET / HTTP/1.1");
    EXPECT_EQ(outcome.state, State::finished);
    EXPECT_EQ(outcome.body, "Wikipedia in \r\n\r\nchunks.");
    EXPECT_EQ(outcome.used,
              std::string_view("4\r\nWiki\r\n6;name=\"v\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\n\r\n").size());
}

TEST(ChunkedBody, GivesTheSameHoweverTheBytesAreCut)
{
    const std::string bytes = "a;x\r\n0123456789\r\n00B\r\nabcdefghijk\r\n0;y=z\r\nX: 1\r\nY:\r\n\r\nrest";
    const auto whole = decode(bytes);
    EXPECT_EQ(whole.state, State::finished);
    for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
        EXPECT_EQ(decode(bytes, piece), whole) << piece;
    }
}

TEST(ChunkedBody, RefusesWhatTheGrammarDoesNotHave)
{
    using namespace std::string_view_literals;
    for (const auto bytes : {"0x5\r\nhello\r\n"sv,
                             "+5\r\nhello\r\n"sv,
                             "5_0\r\n"sv,
                             "-1\r\n"sv,
                             " 5\r\nhello\r\n"sv,
                             "5 \r\nhello\r\n"sv,
                             "\r\n"sv,
                             ";x\r\n"sv,
                             "5\nhello\r\n"sv,
                             "5\rhello\r\n"sv,
                             "5\r\nhello\n"sv,
                             "5\r\nhelloX"sv,
                             "5\r\nhello\rX"sv,
                             "5\r\nhello0\r\n\r\n"sv,
                             "g\r\n"sv,
                             "5;a\nb\r\nhello\r\n"sv,
                             "5;a\0b\r\nhello\r\n"sv,
                             "5;a\x7F\r\nhello\r\n"sv,
                             "5;a\rb\r\n"sv,
                             "00000000000000001\r\nx\r\n"sv,
                             "10000000000000000\r\n"sv,
                             "0\r\n\n"sv,
                             "0\r\n\rX"sv,
                             "0\n\r\n"sv,
                             "0\r\nX 1\r\n\r\n"sv,
                             "0\r\n: 1\r\n\r\n"sv,
                             "0\r\n X: 1\r\n\r\n"sv,
                             "0\r\nX: 1\n\r\n"sv,
                             "0\r\nX: \0\r\n\r\n"sv,
                             "0\r\nX: 1\r\n Y\r\n\r\n"sv,
                             "0\r\nX\r\n\r\n"sv}) {
        EXPECT_EQ(decode(bytes).state, State::malformed) << bytes;
        EXPECT_EQ(decode(bytes, 1).state, State::malformed) << bytes;
    }
}

TEST(ChunkedBody, RefusesMoreThanIsAllowedBeforeItArrives)
{
    EXPECT_EQ(decode("5\r\nhello\r\n0\r\n\r\n", 1000, 5).state, State::finished);
    EXPECT_EQ(decode("6\r\n", 1000, 5).state, State::too_large);
    EXPECT_EQ(decode("5\r\nhello\r\n1\r\n", 1000, 5).state, State::too_large);
    EXPECT_EQ(decode("ffffffffffffffff\r\n").state, State::too_large);
}

TEST(ChunkedBody, BoundsExtensions)
{
    const auto with_extension = [](std::size_t bytes) { return "1;" + std::string(bytes, 'x') + "\r\nx\r\n0\r\n\r\n"; };
    EXPECT_EQ(decode(with_extension(ChunkedBody::extension_bytes_max)).state, State::finished);
    EXPECT_EQ(decode(with_extension(ChunkedBody::extension_bytes_max + 1)).state, State::malformed);
}

TEST(ChunkedBody, BoundsTrailers)
{
    EXPECT_EQ(decode("0\r\nX: " + std::string(1000, 'x') + "\r\n\r\n").state, State::finished);
    EXPECT_EQ(decode("0\r\nX: " + std::string(ChunkedBody::trailer_bytes_max, 'x')).state, State::malformed);
}

TEST(ChunkedBody, RefusesAMillionChunksOfOneByteAfterTheFirstThousands)
{
    EXPECT_EQ(decode(chunks_of_one_byte(3000) + "0\r\n\r\n").state, State::finished);
    const auto outcome = decode(chunks_of_one_byte(1'000'000));
    EXPECT_EQ(outcome.state, State::malformed);
    EXPECT_LT(outcome.used, 30'000u);
}

TEST(ChunkedBody, UsesNothingAfterItsEnd)
{
    ChunkedBody decoder(10);
    EXPECT_EQ(decoder.step("0\r\n\r\n").state, State::finished);
    const auto after = decoder.step("5\r\nhello\r\n");
    EXPECT_EQ(after.state, State::finished);
    EXPECT_EQ(after.used, 0u);
}

}
}
