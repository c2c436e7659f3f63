#include "http/framing.hpp"

#include <string>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

using Body = Framing::Body;
using Version = Framing::Version;

/// What the gate says of a head with these lines between the request line and the empty line.
std::expected<Head, Rejection> with_fields(std::string_view fields, std::string_view version = "HTTP/1.1")
{
    static std::string bytes; // the views of the answer point into it
    bytes = "POST /x " + std::string(version) + "\r\n" + std::string(fields) + "\r\n";
    return read_head(bytes);
}

std::expected<Head, Rejection> with_line(std::string_view line)
{
    static std::string bytes;
    bytes = std::string(line) + "\r\nHost: a\r\n\r\n";
    return read_head(bytes);
}

unsigned status_of(const std::expected<Head, Rejection>& head)
{
    return head ? 200 : head.error().status;
}

TEST(Framing, ReadsWhatABrowserSends)
{
    const std::string bytes = "POST /api/v1/auth/login?next=%2F HTTP/1.1\r\nHost: auth.example.com:8443\r\n"
                              "Content-Type:application/json\r\nContent-Length: 17 \r\nX-Empty:\r\n\r\n";
    EXPECT_EQ(head_length(bytes + "{\"email\":"), bytes.size());
    const auto head = read_head(bytes);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->method, "POST");
    EXPECT_EQ(head->target, "/api/v1/auth/login?next=%2F");
    ASSERT_EQ(head->fields.size(), 4u);
    EXPECT_EQ(head->fields[1].name, "Content-Type");
    EXPECT_EQ(head->fields[1].value, "application/json");
    EXPECT_EQ(head->fields[2].value, "17");
    EXPECT_EQ(head->fields[3].value, "");
    EXPECT_EQ(head->framing.body, Body::length);
    EXPECT_EQ(head->framing.length, 17u);
    EXPECT_TRUE(head->framing.keep_alive);
}

TEST(Framing, RefusesLengthBesideChunkedInAnyOrder)
{
    EXPECT_EQ(status_of(with_fields("Host: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n")), 400u);
    EXPECT_EQ(status_of(with_fields("Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n")), 400u);
    EXPECT_EQ(status_of(with_fields("Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n")), 400u);
}

TEST(Framing, AcceptsNoTransferEncodingButChunked)
{
    EXPECT_EQ(with_fields("Host: a\r\nTransfer-Encoding: chunked\r\n")->framing.body, Body::chunked);
    EXPECT_EQ(with_fields("Host: a\r\ntransfer-encoding: Chunked\r\n")->framing.body, Body::chunked);
    for (const auto* value : {"gzip", "identity", "chunked, gzip", "chunked, identity", "gzip, chunked", "xchunked",
                              "chunked;a=b", "", "chunked,", ", chunked", "chunked chunked", "\"chunked\"",
                              "chunked\t, chunked", "chun\x0Bked", "chunked\x0B"}) {
        EXPECT_EQ(status_of(with_fields("Host: a\r\nTransfer-Encoding: " + std::string(value) + "\r\n")), 400u)
            << value;
    }
    EXPECT_EQ(status_of(with_fields("Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), 400u);
    EXPECT_EQ(status_of(with_fields("Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")), 400u);
    EXPECT_EQ(status_of(with_fields("Host: a\r\nTransfer-Encoding : chunked\r\n")), 400u);
    EXPECT_EQ(status_of(with_fields("Host: a\r\nTransfer-Encoding:\r\n chunked\r\n")), 400u);
}

TEST(Framing, RefusesChunkedInHttp10)
{
    EXPECT_EQ(status_of(with_fields("Transfer-Encoding: chunked\r\n", "HTTP/1.0")), 400u);
}

TEST(Framing, AcceptsContentLengthOfDigitsOnce)
{
    EXPECT_EQ(with_fields("Host: a\r\nContent-Length: 0\r\n")->framing.body, Body::none);
    EXPECT_EQ(with_fields("Host: a\r\nContent-Length: 007\r\n")->framing.length, 7u);
    EXPECT_EQ(with_fields("Host: a\r\nContent-Length: 999999999999999999\r\n")->framing.length, 999999999999999999u);
    for (const auto* value : {"+5", "-1", "0x5", "5 5", "5,6", "5, 5", "5,5", "", "5.0", "5e1", "18446744073709551616",
                              "18446744073709551621", "1000000000000000000", "\xD9\xA5"}) {
        EXPECT_EQ(status_of(with_fields("Host: a\r\nContent-Length: " + std::string(value) + "\r\n")), 400u) << value;
    }
    EXPECT_EQ(status_of(with_fields("Host: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n")), 400u);
    EXPECT_EQ(status_of(with_fields("Host: a\r\nContent-Length: 5\r\ncontent-length: 6\r\n")), 400u);
}

TEST(Framing, RefusesWhatTheGrammarOfFieldsDoesNotHave)
{
    using namespace std::string_view_literals;
    for (const auto fields : {"X : 1\r\n"sv,
                              "X\t: 1\r\n"sv,
                              ": 1\r\n"sv,
                              "X\r\n"sv,
                              " X: 1\r\n"sv,
                              "\tX: 1\r\n"sv,
                              "X: 1\r\n folded\r\n"sv,
                              "X: 1\r\n\tfolded\r\n"sv,
                              "X: 1\rY: 2\r\n"sv,
                              "X: 1\nY: 2\r\n"sv,
                              "X: 1\n\r\n"sv,
                              "X: a\0b\r\n"sv,
                              "X: a\x01"
                              "b\r\n"sv,
                              "X: a\x7F\r\n"sv,
                              "X: a\x0B\r\n"sv,
                              "X\0: 1\r\n"sv,
                              "X(: 1\r\n"sv,
                              "X@Y: 1\r\n"sv,
                              "X Y: 1\r\n"sv,
                              "X\xFC: 1\r\n"sv,
                              "\"X\": 1\r\n"sv,
                              "X: 1\r\r\n"sv}) {
        EXPECT_EQ(status_of(with_fields("Host: a\r\n" + std::string(fields))), 400u) << fields;
        EXPECT_EQ(status_of(with_fields(std::string(fields) + "Host: a\r\n")), 400u) << fields;
    }
    EXPECT_EQ(with_fields("Host: a\r\nX: \t a \t b\t \r\n")->fields[1].value, "a \t b");
    EXPECT_EQ(with_fields("Host: a\r\nX: caf\xC3\xA9\r\n")->fields[1].value, "caf\xC3\xA9");
}

TEST(Framing, WantsExactlyOneValidHostInHttp11)
{
    for (const auto* host : {"a", "example.com", "example.com:8443", "127.0.0.1:1", "[::1]", "[2001:db8::1]:443",
                             "my_host", "x%20y", "host:"}) {
        EXPECT_EQ(status_of(with_fields("Host: " + std::string(host) + "\r\n")), 200u) << host;
    }
    for (const auto* host : {"", "user@a", "a/b", "a?b", "a#b", "a b", "a, b", "a:b", "a:123456", "a:1:2", "[::1", "[]",
                             "[::1]x", "::1", "a\\b", "<a>", ":80", "\xC3\xA9", "http://a"}) {
        EXPECT_EQ(status_of(with_fields("Host: " + std::string(host) + "\r\n")), 400u) << host;
    }
    EXPECT_EQ(status_of(with_fields("")), 400u);
    EXPECT_EQ(status_of(with_fields("Host: a\r\nHost: a\r\n")), 400u);
    EXPECT_EQ(status_of(with_fields("Host: a\r\nhost: b\r\n")), 400u);
}

TEST(Framing, WantsAtMostOneHostInHttp10)
{
    EXPECT_EQ(status_of(with_fields("", "HTTP/1.0")), 200u);
    EXPECT_EQ(status_of(with_fields("Host: a\r\n", "HTTP/1.0")), 200u);
    EXPECT_EQ(status_of(with_fields("Host: a\r\nHost: a\r\n", "HTTP/1.0")), 400u);
    EXPECT_EQ(status_of(with_fields("Host: a/b\r\n", "HTTP/1.0")), 400u);
}

TEST(Framing, KnowsTwoVersions)
{
    EXPECT_EQ(with_line("GET / HTTP/1.1")->framing.version, Version::http_1_1);
    EXPECT_EQ(with_line("GET / HTTP/1.0")->framing.version, Version::http_1_0);
    for (const auto* version : {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "HTTP/3.0"}) {
        EXPECT_EQ(status_of(with_line("GET / " + std::string(version))), 505u) << version;
    }
    for (const auto* version :
         {"http/1.1", "HTTP/1", "HTTP/1.1.1", "HTTP/01.1", "HTTP 1.1", "HTTP/1,1", "HTTPS/1.1", "", "HTTP/+.1"}) {
        EXPECT_EQ(status_of(with_line("GET / " + std::string(version))), 400u) << version;
    }
    EXPECT_EQ(status_of(read_head("PRI * HTTP/2.0\r\n\r\n")), 505u);
}

TEST(Framing, RefusesOtherRequestLines)
{
    using namespace std::string_view_literals;
    for (const auto line : {"GET /"sv,
                            "GET"sv,
                            ""sv,
                            " GET / HTTP/1.1"sv,
                            "GET  / HTTP/1.1"sv,
                            "GET /  HTTP/1.1"sv,
                            "GET / HTTP/1.1 "sv,
                            "GET\t/ HTTP/1.1"sv,
                            "GET /a b HTTP/1.1"sv,
                            "G(T / HTTP/1.1"sv,
                            "GET /\x7F HTTP/1.1"sv,
                            "GET /\0 HTTP/1.1"sv,
                            "GET /\xC3\xA9 HTTP/1.1"sv,
                            "GET /#frag HTTP/1.1"sv,
                            "GET x HTTP/1.1"sv,
                            "GET * HTTP/1.1"sv,
                            "GET ftp://a/ HTTP/1.1"sv,
                            "GET / HTTP/1.1\nX: 1"sv,
                            "GET / HTTP/1.1\rX: 1"sv,
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1"sv}) {
        EXPECT_EQ(status_of(with_line(line)), 400u) << line;
    }
}

TEST(Framing, AcceptsTheFormsOfTargetsThatFitTheMethodAndTheHost)
{
    for (const auto* line : {"GET /a/../b//c;d?e=|{}\"&%zz HTTP/1.1", "OPTIONS * HTTP/1.1", "GET http://a/x HTTP/1.1",
                             "GET HTTP://A HTTP/1.1", "GET https://a?q HTTP/1.1", "CONNECT a:443 HTTP/1.1"}) {
        EXPECT_EQ(status_of(with_line(line)), 200u) << line;
    }
    for (const auto* line : {"GET http://b/x HTTP/1.1", "GET http://a:80/x HTTP/1.1", "GET http://u@a/ HTTP/1.1",
                             "GET http:///x HTTP/1.1", "GET http HTTP/1.1", "GET https:/a HTTP/1.1",
                             "CONNECT /x HTTP/1.1", "CONNECT a HTTP/1.1", "GET a:443 HTTP/1.1"}) {
        EXPECT_EQ(status_of(with_line(line)), 400u) << line;
    }
}

TEST(Framing, BoundsTheHead)
{
    const auto long_target = "GET /" + std::string(target_bytes_max - 1, 'a');
    EXPECT_EQ(status_of(with_line(long_target + " HTTP/1.1")), 200u);
    EXPECT_EQ(status_of(with_line(long_target + "a HTTP/1.1")), 414u);
    EXPECT_EQ(head_length(long_target + "a HTTP/1.1 and more of it").error().status, 414u);

    std::string fields = "Host: a\r\n";
    for (std::size_t i = 1; i < fields_max; ++i) {
        fields += "X: 1\r\n";
    }
    EXPECT_EQ(status_of(with_fields(fields)), 200u);
    EXPECT_EQ(status_of(with_fields(fields + "X: 1\r\n")), 431u);

    const std::string start = "GET / HTTP/1.1\r\nX: ";
    const auto largest = start + std::string(usual_head_bytes_max - start.size() - 4, 'x');
    EXPECT_EQ(head_length(largest + "\r\n\r\n"), usual_head_bytes_max);
    EXPECT_EQ(head_length("\r\n" + largest + "\r\n\r\n"), usual_head_bytes_max + 2);
    EXPECT_EQ(head_length(largest + "x\r\n\r\n").error().status, 431u);
    EXPECT_EQ(head_length(largest + "xxxx").error().status, 431u);
}

TEST(Framing, WaitsForTheEndOfAHeadThatMayBeGood)
{
    const std::string bytes = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        EXPECT_EQ(head_length(std::string_view(bytes).substr(0, i)), 0u) << i;
    }
    EXPECT_EQ(head_length(bytes), bytes.size());
    EXPECT_EQ(status_of(read_head(bytes)), 200u);
}

TEST(Framing, DoesNotWaitForTheEndOfWhatCannotBeGood)
{
    using namespace std::string_view_literals;
    for (const auto bytes :
         {"\x16\x03\x01\x02"sv, "\r\n\r\n"sv, "\n"sv, "\rG"sv, "GET /\r\n"sv, "GET / HTTP/1.1\n"sv, "{\"a\":"sv,
          "GET / HTTP/1.1\r\nHost: a\n"sv, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG"sv, "SSH-2.0-x\r\n"sv}) {
        const auto length = head_length(bytes);
        ASSERT_FALSE(length) << bytes;
        EXPECT_EQ(length.error().status, 400u) << bytes;
    }
    EXPECT_EQ(head_length("GET / HTTP/3.0\r\nHost").error().status, 505u);
}

TEST(Framing, KnowsWhoClosesTheConnection)
{
    EXPECT_TRUE(with_fields("Host: a\r\n")->framing.keep_alive);
    EXPECT_TRUE(with_fields("Host: a\r\nConnection: keep-alive, Upgrade, HTTP2-Settings\r\n")->framing.keep_alive);
    EXPECT_FALSE(with_fields("Host: a\r\nConnection: Upgrade ,\tClose\r\n")->framing.keep_alive);
    EXPECT_FALSE(with_fields("Host: a\r\nConnection: keep-alive\r\nConnection: close\r\n")->framing.keep_alive);
    EXPECT_FALSE(with_fields("", "HTTP/1.0")->framing.keep_alive);
    EXPECT_TRUE(with_fields("Connection: Keep-Alive\r\n", "HTTP/1.0")->framing.keep_alive);
    EXPECT_FALSE(with_fields("Connection: keep-alive, close\r\n", "HTTP/1.0")->framing.keep_alive);
}

TEST(Framing, KnowsOneExpectation)
{
    using Expectation = Framing::Expectation;
    const auto expectation = [](std::string_view fields, std::string_view version = "HTTP/1.1") {
        return with_fields("Host: a\r\n" + std::string(fields), version)->framing.expectation;
    };
    EXPECT_EQ(expectation(""), Expectation::none);
    EXPECT_EQ(expectation("Content-Length: 5\r\nExpect: 100-Continue\r\n"), Expectation::proceed);
    EXPECT_EQ(expectation("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"), Expectation::proceed);
    EXPECT_EQ(expectation("Expect: 100-continue\r\n"), Expectation::none);
    EXPECT_EQ(expectation("Content-Length: 5\r\nExpect: 100-continue\r\n", "HTTP/1.0"), Expectation::none);
    EXPECT_EQ(expectation("Content-Length: 5\r\nExpect: 200-ok\r\n"), Expectation::unknown);
    EXPECT_EQ(expectation("Content-Length: 5\r\nExpect:\r\n"), Expectation::unknown);
    EXPECT_EQ(expectation("Content-Length: 5\r\nExpect: 100-continue\r\nExpect: x\r\n"), Expectation::unknown);
}

TEST(Framing, FindsTheOriginInWhatItRefuses)
{
    EXPECT_EQ(find_in_refused_head("GET / HTTP/1.1\nBad\norigin:  https://a \r\nX: ", "Origin"), "https://a");
    EXPECT_EQ(find_in_refused_head("GET / HTTP/1.1\r\nOrigin: https://a\x01\r\n", "Origin"), "");
    EXPECT_EQ(find_in_refused_head("", "Origin"), "");
}

}
}
