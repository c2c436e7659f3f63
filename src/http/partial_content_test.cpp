#include "http/partial_content.hpp"

#include "http/query.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

const Representation thousand{1000, "\"v1\"", from_microseconds(1'795'646'422'181'424)};

Selection select(std::vector<Header> headers, const Representation& representation = thousand,
                 std::string method = "GET")
{
    Request request;
    request.method = std::move(method);
    request.headers = std::move(headers);
    return select_content(request, representation);
}

Selection range(const std::string& text, const Representation& representation = thousand)
{
    return select({{"Range", text}}, representation);
}

void expect(const Selection& selection, unsigned status, std::uint64_t offset, std::uint64_t length)
{
    EXPECT_EQ(selection.status, status);
    EXPECT_EQ(selection.offset, offset);
    EXPECT_EQ(selection.length, length);
}

TEST(PartialContent, IsEverythingUnlessAsked)
{
    expect(select({}), 200, 0, 1000);
}

TEST(PartialContent, ServesOneRange)
{
    expect(range("bytes=0-0"), 206, 0, 1);
    expect(range("bytes=0-999"), 206, 0, 1000);
    expect(range("bytes=10-19"), 206, 10, 10);
    expect(range("Bytes=990-"), 206, 990, 10);
    expect(range("bytes=990-2000"), 206, 990, 10);
    expect(range("bytes=-10"), 206, 990, 10);
    expect(range("bytes=-5000"), 206, 0, 1000);
    expect(range("bytes=0-99999999999999999999999999"), 206, 0, 1000);
}

TEST(PartialContent, RefusesARangeBeyondTheEnd)
{
    expect(range("bytes=1000-"), 416, 0, 0);
    expect(range("bytes=5000-6000"), 416, 0, 0);
    expect(range("bytes=-0"), 416, 0, 0);
    expect(range("bytes=99999999999999999999999999-"), 416, 0, 0);
    expect(range("bytes=0-", {0, "\"v1\"", {}}), 416, 0, 0);
    EXPECT_EQ(content_range({416, 0, 0}, 1000), "bytes */1000");
    EXPECT_EQ(content_range({206, 10, 10}, 1000), "bytes 10-19/1000");
}

TEST(PartialContent, IgnoresWhatIsNoSingleRangeOfBytes)
{
    for (const auto* other : {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=1-2x", "bytes=0-1,5-6",
                              "lines=0-1", "bytes=+1-2", "bytes=1--2", "bytes 0-1", "bytes=0x1-2"}) {
        expect(range(other), 200, 0, 1000);
    }
    expect(select({{"Range", "bytes=0-1"}}, thousand, "HEAD"), 200, 0, 1000);
    expect(select({{"Range", "bytes=0-1"}, {"Range", "bytes=0-1"}}), 200, 0, 1000);
}

TEST(PartialContent, SendsARangeOnlyOfTheVersionThatTheClientKnows)
{
    expect(select({{"Range", "bytes=0-1"}, {"If-Range", "\"v1\""}}), 206, 0, 2);
    expect(select({{"Range", "bytes=0-1"}, {"If-Range", "\"v2\""}}), 200, 0, 1000);
    expect(select({{"Range", "bytes=0-1"}, {"If-Range", "W/\"v1\""}}), 200, 0, 1000);
    expect(select({{"Range", "bytes=0-1"}, {"If-Range", to_http_date(thousand.modified)}}), 200, 0, 1000);
}

TEST(PartialContent, SendsNothingThatTheClientHas)
{
    for (const auto* tags : {"\"v1\"", "*", " * ", "W/\"v1\"", "\"v0\", \"v1\"", "\"v0\",W/\"v1\" "}) {
        expect(select({{"If-None-Match", tags}}), 304, 0, 0);
    }
    for (const auto* tags : {"", "\"v2\"", "v1", "\"v1", "\"v0\", \"v2\""}) {
        expect(select({{"If-None-Match", tags}}), 200, 0, 1000);
    }
    const auto date = to_http_date(thousand.modified);
    expect(select({{"If-Modified-Since", date}}), 304, 0, 0);
    expect(select({{"If-Modified-Since", date}, {"If-None-Match", "\"v2\""}}), 200, 0, 1000);
    expect(select({{"If-Modified-Since", "Wed, 25 Nov 2026 00:00:00 GMT"}}), 200, 0, 1000);
    expect(select({{"If-None-Match", "\"v1\""}}, thousand, "HEAD"), 304, 0, 0);
}

TEST(QueryParameter, IsDecodedOnce)
{
    Request request;
    request.query = "a=1&limit=10&after=a%2Bb+c%2525&limit=20&flag&%61b=x&=y&";
    EXPECT_EQ(query_parameter(request, "limit"), "20");
    EXPECT_EQ(query_parameter(request, "after"), "a+b c%25");
    EXPECT_EQ(query_parameter(request, "flag"), "");
    EXPECT_EQ(query_parameter(request, "ab"), "x");
    EXPECT_EQ(query_parameter(request, "Limit"), std::nullopt);
    EXPECT_EQ(query_parameter(Request{}, "a"), std::nullopt);
}

}
}
