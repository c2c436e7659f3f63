#include "s3/client.hpp"

#include "base/unavailable.hpp"
#include "tests/support/canned_server.hpp"
#include "tests/support/run_task.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace watchword::s3 {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string tag = "ETag: \"v1\"\r\n";
const std::string date = "Last-Modified: Wed, 25 Nov 2026 22:40:22 GMT\r\n";

std::string answer(std::string_view status, const std::string& headers, const std::string& body)
{
    return "HTTP/1.1 " + std::string(status) + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
}

std::string error(std::string_view status, std::string_view code)
{
    return answer(status, "Content-Type: application/xml\r\n",
                  "<?xml version=\"1.0\"?><Error><Code>" + std::string(code) +
                      "</Code><Key>user-files/7/a</Key></Error>");
}

/// A client of a store that gives the same answer to everything.
struct Store {
    explicit Store(std::string bytes, ClientSettings::Addressing addressing = ClientSettings::Addressing::path)
        : server(std::move(bytes)),
          client({.endpoint = server.endpoint(),
                  .bucket = "bucket",
                  .region = "us-east-1",
                  .addressing = addressing,
                  .credentials = {"user", SecretText("secret")}},
                 clock)
    {
    }

    SystemClock clock;
    tests::CannedServer server;
    Client client;
};

Deadline soon()
{
    return Deadline::after(5s);
}

std::optional<ObjectFacts> look(const std::string& bytes)
{
    Store store(bytes);
    return tests::run_task(store.client.look("user-files/7/a", 16, soon()));
}

std::string read(const std::string& bytes)
{
    Store store(bytes);
    const auto reader = tests::run_task(store.client.read("user-files/7/a", {100, "\"v1\"", {}, {}}, 10, 5, soon()));
    return reader ? tests::run_task(reader->read_whole(100, soon())) : "(gone)";
}

std::string range(std::string_view value)
{
    return "Content-Range: bytes " + std::string(value) + "\r\n";
}

TEST(S3Client, LooksAtTheBeginning)
{
    const auto facts = look(answer("206 Partial Content", range("0-15/100") + tag + date, "0123456789abcdef"));
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->size, 100u);
    EXPECT_EQ(facts->entity_tag, "\"v1\"");
    EXPECT_EQ(facts->beginning, "0123456789abcdef");
    EXPECT_EQ(look(answer("206 Partial Content", range("0-4/5") + tag + date, "01234"))->size, 5u);
}

TEST(S3Client, KnowsWhatIsMissing)
{
    EXPECT_EQ(look(error("404 Not Found", "NoSuchKey")), std::nullopt);
    EXPECT_EQ(look(error("403 Forbidden", "AccessDenied")), std::nullopt);
    EXPECT_EQ(read(error("404 Not Found", "NoSuchKey")), "(gone)");
    EXPECT_EQ(read(error("412 Precondition Failed", "PreconditionFailed")), "(gone)");
}

TEST(S3Client, TakesNothingElseForAnObject)
{
    const std::string sixteen = "0123456789abcdef";
    for (const auto& bytes : {answer("200 OK", "Content-Type: text/html\r\n", "<html>welcome</html>"),
                              answer("200 OK", tag + date, sixteen),
                              answer("301 Moved Permanently", "Location: http://elsewhere/\r\n", ""),
                              answer("307 Temporary Redirect", "Location: http://127.0.0.1:1/\r\n", "<html></html>"),
                              answer("206 Partial Content", tag + date, sixteen),
                              answer("206 Partial Content", range("1-16/100") + tag + date, sixteen),
                              answer("206 Partial Content", range("0-7/100") + tag + date, "01234567"),
                              answer("206 Partial Content", range("0-15/100") + tag + date, sixteen + "more"),
                              answer("206 Partial Content", range("0-15/100") + tag + date, "short"),
                              answer("206 Partial Content", range("0-15/100") + date, sixteen),
                              answer("206 Partial Content", range("0-15/100") + tag, sixteen),
                              answer("404 Not Found", "", "<html>no such page</html>"),
                              answer("404 Not Found", "", ""),
                              answer("403 Forbidden", "", ""),
                              error("403 Forbidden", "SignatureDoesNotMatch"),
                              error("403 Forbidden", "RequestTimeTooSkewed"),
                              error("403 Forbidden", "ExpiredToken"),
                              error("503 Slow Down", "SlowDown"),
                              error("507 Insufficient Storage", "XMinioStorageFull"),
                              error("404 Not Found", "NoSuchBucket"),
                              answer("500 Internal Server Error", "", std::string(200'000, 'x')),
                              answer("204 No Content", "", ""),
                              std::string("HTTP/1.1 206 Partial Content\r\n") + range("0-15/100") + tag + date +
                                  "Content-Length: 16\r\n\r\nshort",
                              std::string("nonsense"),
                              std::string(),
                              "HTTP/1.1 200 OK\r\n" + std::string(500'000, 'x'),
                              std::string("HTTP/1.1 100 Continue\r\n\r\n")}) {
        EXPECT_THROW(look(bytes), Unavailable) << bytes.substr(0, 200);
    }
}

TEST(S3Client, ReadsThePartThatItAskedForAndNoOther)
{
    EXPECT_EQ(read(answer("206 Partial Content", range("10-14/100") + tag, "abcde")), "abcde");
    for (const auto& bytes :
         {answer("200 OK", tag, "abcde"), answer("206 Partial Content", range("0-4/100") + tag, "abcde"),
          answer("206 Partial Content", range("10-14/99") + tag, "abcde"),
          answer("206 Partial Content", range("10-14/100") + "ETag: \"v2\"\r\n", "abcde"),
          "HTTP/1.1 206 Partial Content\r\n" + range("10-14/100") + tag + "Content-Length: 5\r\n\r\nabc"}) {
        EXPECT_THROW(read(bytes), Unavailable) << bytes;
    }
}

TEST(S3Client, BelievesThatSomethingWasStoredOnlyWhereATagSaysSo)
{
    const auto put = [](const std::string& bytes) {
        Store store(bytes);
        tests::run_task(store.client.put({"user-files/7/a", "text/plain", 0, 0, hexadecimal("")}));
    };
    EXPECT_NO_THROW(put(answer("200 OK", tag, "")));
    for (const auto& bytes : {answer("200 OK", "", ""), answer("200 OK", "ETag: \r\n", "<html></html>"),
                              answer("204 No Content", tag, ""), error("500 Internal Server Error", "InternalError"),
                              error("507 Insufficient Storage", "XMinioStorageFull"), std::string()}) {
        EXPECT_THROW(put(bytes), Unavailable) << bytes;
    }
}

TEST(S3Client, BelievesNoAnswerThatComesBeforeTheFileIsSent)
{
    constexpr std::uint64_t size = 50'000'000;
    const int file = ::memfd_create("file", MFD_CLOEXEC);
    ASSERT_EQ(::ftruncate(file, size), 0);
    for (const auto& bytes :
         {answer("200 OK", tag, ""), "HTTP/1.1 200 OK\r\n" + tag + "Content-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\n" + tag + "\r\n", "HTTP/1.1 100 Continue\r\n\r\n" + answer("200 OK", tag, ""),
          answer("417 Expectation Failed", "", ""), error("503 Slow Down", "SlowDown"),
          answer("307 Temporary Redirect", "Location: http://127.0.0.1:1/\r\n", "")}) {
        Store store(bytes);
        EXPECT_THROW(tests::run_task(store.client.put({"user-files/7/a", "text/plain", file, size, hexadecimal("")})),
                     Unavailable)
            << bytes;
    }
    ::close(file);
}

TEST(S3Client, ReadsAnswersInChunks)
{
    const std::string head = "HTTP/1.1 206 Partial Content\r\n" + range("10-14/100") + tag +
                             "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(read(head + "2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nETag: \"v2\"\r\n\r\n"), "abcde");
    for (const auto* body :
         {"2\r\nab\r\n", "5\r\nabcde\r\n", "x\r\nabcde\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\nabcde", ""}) {
        EXPECT_THROW(read(head + body), Unavailable) << body;
    }
}

TEST(S3Client, BelievesThatSomethingIsGoneOnlyWhereItIsTold)
{
    const auto remove = [](const std::string& bytes) {
        Store store(bytes);
        tests::run_task(store.client.remove("user-files/7/a", soon()));
    };
    EXPECT_NO_THROW(remove(answer("204 No Content", "", "")));
    EXPECT_NO_THROW(remove(error("404 Not Found", "NoSuchKey")));
    EXPECT_THROW(remove(error("403 Forbidden", "AccessDenied")), Unavailable);
    EXPECT_THROW(remove(std::string()), Unavailable);
}

TEST(S3Client, ReadsListingsStrictly)
{
    const auto list = [](const std::string& bytes) {
        Store store(answer("200 OK", "", bytes));
        return tests::run_task(store.client.list({"user-files/7/", {}, {}, 10}, soon()));
    };
    EXPECT_TRUE(
        list("<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated></ListBucketResult>")
            .keys.empty());
    EXPECT_THROW(list("<html></html>"), Unavailable);
    EXPECT_THROW(list("<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">]><ListBucketResult>&a;</ListBucketResult>"),
                 Unavailable);
    EXPECT_THROW(list("<ListBucketResult><EncodingType>url</EncodingType>"), Unavailable);
    EXPECT_THROW(list(std::string(9'000'000, ' ')), Unavailable);
}

TEST(S3Client, FollowsNoListingThatDoesNotGoOn)
{
    const auto page_of = [](std::vector<std::string> keys, const std::string& next) {
        std::string text = "<ListBucketResult><EncodingType>url</EncodingType>";
        for (const auto& key : keys) {
            text += "<Contents><Key>" + key +
                    "</Key><Size>1</Size><LastModified>2026-11-25T22:40:22.000Z</LastModified></Contents>";
        }
        return text + "<IsTruncated>true</IsTruncated><NextContinuationToken>" + next +
               "</NextContinuationToken></ListBucketResult>";
    };
    const auto list = [&](std::vector<std::string> keys, const std::string& next) {
        Store store(answer("200 OK", "", page_of(std::move(keys), next)));
        return tests::run_task(store.client.list({"user-files/7/", "user-files/7/b", "page1", 10}, soon()));
    };
    EXPECT_EQ(list({"user-files/7/c", "user-files/7/d"}, "page2").next, "page2");
    EXPECT_EQ(list({}, "page2").next, "page2");
    EXPECT_THROW(list({}, "page1"), Unavailable);
    EXPECT_THROW(list({"user-files/7/b"}, "page2"), Unavailable);
    EXPECT_THROW(list({"user-files/7/d", "user-files/7/c"}, "page2"), Unavailable);
    EXPECT_THROW(list({"user-files/7/c", "user-files/7/c"}, "page2"), Unavailable);
    EXPECT_THROW(list({"user-files/8/c"}, "page2"), Unavailable);
    EXPECT_THROW(list({"user-files/7"}, "page2"), Unavailable);
}

TEST(S3Client, SaysWhatWentWrongWithoutNamesOfFiles)
{
    try {
        look(
            answer("301 Moved Permanently", "",
                   "<Error><Code>PermanentRedirect</Code><Region>eu-west-1</Region><Key>user-files/7/a</Key></Error>"));
        FAIL();
    } catch (const Unavailable& thrown) {
        EXPECT_THAT(thrown.what(), HasSubstr("301 PermanentRedirect"));
        EXPECT_THAT(thrown.what(), HasSubstr("the bucket is in eu-west-1, set MINIO_REGION"));
        EXPECT_THAT(thrown.what(), testing::Not(HasSubstr("user-files")));
    }
}

TEST(S3Client, AsksWhereTheBucketIs)
{
    Store by_path(error("404 Not Found", "NoSuchKey"));
    tests::run_task(by_path.client.look("user-files/7/a b+%.txt", 16, soon()));
    EXPECT_THAT(by_path.server.asked(), HasSubstr("GET /bucket/user-files/7/a%20b%2B%25.txt HTTP/1.1\r\n"));
    EXPECT_THAT(by_path.server.asked(), HasSubstr("Host: " + by_path.server.endpoint() + "\r\n"));
    EXPECT_THAT(by_path.server.asked(), HasSubstr("Authorization: AWS4-HMAC-SHA256 Credential=user/"));

    Store by_name(error("404 Not Found", "NoSuchKey"), ClientSettings::Addressing::virtual_host);
    // `bucket.127.0.0.1` has no address, and that is as far as this can be tried without a name server.
    EXPECT_THROW(tests::run_task(by_name.client.look("user-files/7/a", 16, soon())), Unavailable);
}

}
}
