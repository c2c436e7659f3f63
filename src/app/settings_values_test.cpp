#include "app/settings_values.hpp"

#include "tests/support/temporary_folder.hpp"

#include <fstream>
#include <initializer_list>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword {
namespace {

using testing::HasSubstr;
using testing::Not;
using Origins = std::vector<std::string>;

TEST(SettingValues, ReadsWholeNumbersAsPydanticDoes)
{
    const std::pair<std::string_view, std::int64_t> right[] = {
        {"1", 1},   {"+1", 1}, {"-1", -1},  {" 1 ", 1},    {"\t5\n", 5}, {"1_000", 1000}, {"1.0", 1},
        {"007", 7}, {"-0", 0}, {"1.00", 1}, {"1_0.0", 10}, {"0_0", 0},   {"+1.0", 1},     {"-0.0", 0},
    };
    for (const auto& [text, number] : right) {
        EXPECT_EQ(parse_whole_number(text), number) << text;
    }
    for (const std::string_view text : {"", " ", "-", "+-1", "++1", "+ 1", "1__0", "_1", "1_", "1.", ".0", "1.5", "1e3",
                                        "0x10", "1 2", "1.0_0", "99999999999999999999", "1.0.0", "five"}) {
        EXPECT_FALSE(parse_whole_number(text)) << text;
    }
}

TEST(SettingValues, ReadsFlagsAsPydanticDoes)
{
    for (const std::string_view text : {"true", "TRUE", "t", "Y", "yes", "On", "1", " true "}) {
        EXPECT_EQ(parse_flag(text), true) << text;
    }
    for (const std::string_view text : {"false", "F", "off", "n", "NO", "0"}) {
        EXPECT_EQ(parse_flag(text), false) << text;
    }
    for (const std::string_view text : {"", "2", "tru", "1.0", "enabled"}) {
        EXPECT_FALSE(parse_flag(text)) << text;
    }
}

TEST(SettingValues, ReadsAddressesToListenOn)
{
    EXPECT_EQ(parse_endpoints("127.0.0.1:8000"), (std::vector<Endpoint>{{"127.0.0.1", 8000}}));
    EXPECT_EQ(parse_endpoints("0.0.0.0:80, [::1]:8000,LOCALHOST:0"),
              (std::vector<Endpoint>{{"0.0.0.0", 80}, {"::1", 8000}, {"127.0.0.1", 0}}));
    EXPECT_EQ(parse_endpoints("[0:0::1]:1,[::1]:1"), (std::vector<Endpoint>{{"::1", 1}}));
    for (const std::string_view text :
         {"", ",", "8000", ":8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:8000", "example.com:80",
          "127.0.0.1:+80", "127.0.0.1:80.0", "[127.0.0.1:80", "1.2.3:80"}) {
        EXPECT_FALSE(parse_endpoints(text)) << text;
    }
}

TEST(SettingValues, ReadsOriginsHoweverTheyAreListed)
{
    const Origins two{"https://app.example.com", "http://localhost:3000"};
    for (const std::string_view text : {
             "https://app.example.com,http://localhost:3000",
             "https://app.example.com; http://localhost:3000/",
             "https://app.example.com/ http://localhost:3000",
             R"(["https://app.example.com", "http://localhost:3000"])",
             "['https://app.example.com/','http://localhost:3000']",
             "HTTPS://App.Example.COM:443,http://localhost:3000,https://app.example.com",
         }) {
        EXPECT_EQ(parse_origins(text), two) << text;
    }
    EXPECT_EQ(parse_origins("[]"), Origins{});
    EXPECT_EQ(parse_origins("https://a.example,*"), Origins{"*"});
    EXPECT_EQ(parse_origins("[\"http://[::1]\"]"), Origins{"http://[::1]"});
    EXPECT_EQ(parse_origins("http://[::1]:3000,capacitor://localhost"),
              (Origins{"http://[::1]:3000", "capacitor://localhost"}));
}

TEST(SettingValues, RefusesWhatIsNoOrigin)
{
    for (const std::string_view text :
         {"app.example.com", "https://", "https://app.example.com/path", "https://*.example.com",
          "https://user@a.example", "https://a.example:", "https://a.example:99999", "null", "://a.example",
          "https://b\xc3\xbc"
          "cher.example",
          "https://a.example//", "https://a.example?x", "https://[::1", "https://[a.example]"}) {
        const auto origins = parse_origins(text);
        ASSERT_FALSE(origins) << text;
        EXPECT_THAT(origins.error(), HasSubstr(text));
    }
}

TEST(SettingValues, ReadsPathsOfSqliteAsSqlalchemyWritesThem)
{
    EXPECT_EQ(parse_sqlite_url("sqlite:///accounts.db"), "accounts.db");
    EXPECT_EQ(parse_sqlite_url("sqlite:///./data/accounts.db"), "./data/accounts.db");
    EXPECT_EQ(parse_sqlite_url("sqlite:////var/lib/accounts.db"), "/var/lib/accounts.db");
    EXPECT_EQ(parse_sqlite_url("SQLite+aiosqlite:///a b.db"), "a b.db");
    EXPECT_THAT(parse_sqlite_url("sqlite://").error(), HasSubstr("in memory"));
    EXPECT_THAT(parse_sqlite_url("sqlite:///:memory:").error(), HasSubstr("in memory"));
    EXPECT_THAT(parse_sqlite_url("sqlite://accounts.db").error(), HasSubstr("three slashes"));
    EXPECT_FALSE(parse_sqlite_url("sqlite:///a.db?mode=ro"));
    EXPECT_FALSE(parse_sqlite_url("accounts.db"));
    EXPECT_FALSE(parse_sqlite_url("mysql://u:p@127.0.0.1/db"));
}

TEST(SettingValues, ReadsServersAsSqlalchemyWritesThem)
{
    for (const std::string_view scheme : {"postgres", "postgresql", "postgresql+psycopg2", "PostgreSQL+asyncpg"}) {
        const auto url = parse_postgres_url(std::string(scheme) + "://u:p@a,b:5433/db?sslmode=require");
        ASSERT_TRUE(url) << scheme;
        EXPECT_EQ(url->reveal(), "postgresql://u:p@a,b:5433/db?sslmode=require");
    }
    EXPECT_TRUE(parse_postgres_url("sqlite:///a.db")->empty());
    EXPECT_TRUE(parse_postgres_url("postgresqlite://h/db")->empty());
    EXPECT_TRUE(parse_postgres_url("postgresql")->empty());
    EXPECT_THAT(parse_postgres_url("postgresql://u:hunter2 @h/db").error(), Not(HasSubstr("hunter2")));
}

TEST(SettingValues, ShowsNothingOfAUrlThatMayBeAPassword)
{
    EXPECT_EQ(shown_as_url("postgresql://u:p@ss/w#rd%1:?[x]@127.0.0.1/db"), "postgresql://…");
    EXPECT_EQ(shown_as_url("postgresql+psycopg2://u:p@h/db"), "postgresql+psycopg2://…");
    EXPECT_EQ(shown_as_url("redis://:hunter2@h"), "redis://…");
    EXPECT_EQ(shown_as_url("hunter2"), "(set, 7 characters)");
    EXPECT_EQ(shown_as_url("hunter2://x"), "(set, 11 characters)");
    EXPECT_EQ(shown_as_url("sqlite:///a.db"), "sqlite:///a.db");
    EXPECT_THAT(shown_as_url("sqlite://u:hunter2@h/db"), Not(HasSubstr("hunter2")));
}

TEST(SettingValues, ShowsAnyTextOnOneShortLine)
{
    EXPECT_EQ(shown_whole("a\nb\x1b[31m"), "a\\x0ab\\x1b[31m");
    EXPECT_LT(shown_whole(std::string(5000, 'x')).size(), 220u);
    EXPECT_EQ(shown_as_secret("gr\xc3\xbc\xc3\x9f"), "(set, 4 characters)");
}

TEST(SettingValues, RefusesKeysThatCanBeGuessedOrLookedUp)
{
    for (const std::string_view key : {
             "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
             "change-me",
             "change_me_to_something_long_and_random_please",
             "your-256-bit-secret",
             "a-string-secret-at-least-256-bits-long",
             "your-super-secret-jwt-token-with-at-least-32-characters-long",
             "super-secret-jwt-token-with-at-least-32-characters-long",
             "======================BezKoder=Spring===========================",
             "THIS IS USED TO SIGN AND VERIFY JWT TOKENS, REPLACE IT WITH YOUR OWN SECRET, IT CAN BE ANY STRING",
             "django-insecure-3%f8a*w1xk@p0c!u2n7$e5r9t6y4o",
             "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
             "00000000000000000000000000000000000000000000000000000000000000000",
         }) {
        EXPECT_FALSE(parse_signing_key(key)) << key;
        const auto previous = parse_previous_key(key);
        ASSERT_FALSE(previous) << key;
        EXPECT_THAT(previous.error(), Not(HasSubstr(key)));
    }
    EXPECT_FALSE(parse_signing_key(std::string("0123456789abcdef0123456789abcde")));
    EXPECT_THAT(parse_signing_key("q8Zr5Lx2Vw9Tb4Nc").error(), HasSubstr("SECRET_KEY_PREVIOUS"));
    EXPECT_FALSE(parse_previous_key("q8Zr5Lx2Vw9Tb4N"));
    EXPECT_TRUE(parse_previous_key("q8Zr5Lx2Vw9Tb4Nc"));
}

TEST(SettingValues, TakesARealKeyByteForByte)
{
    for (const std::string_view key : {
             "0123456789abcdef0123456789abcdef0123456789", // weak, but somebody's own
             "  q8Zr5Lx2Vw9Tb4Nc q8Zr5Lx2Vw9Tb4Nc  ",
             "dGhlIHdpc2UgbWFuIGJ1aWx0IGhpcyBob3VzZQ==", // not decoded
             "correct horse battery staple, and then some",
         }) {
        const auto parsed = parse_signing_key(key);
        ASSERT_TRUE(parsed) << key;
        EXPECT_EQ(parsed->reveal(), key);
    }
}

TEST(SettingValues, ReadsMomentsAndDates)
{
    const auto at = [](std::string_view text) { return to_rfc3339(parse_instant(text).value()); };
    EXPECT_EQ(at("2026-12-02T00:00:00Z"), "2026-12-02T00:00:00.000000Z");
    EXPECT_EQ(at("2026-12-02"), "2026-12-02T00:00:00.000000Z");
    EXPECT_EQ(at("2026-12-02t01:30:00.25+01:30"), "2026-12-02T00:00:00.000000Z");
    EXPECT_EQ(at(" 2026-12-01 23:00:00-01:00 "), "2026-12-02T00:00:00.000000Z");
    for (const std::string_view text :
         {"", "tomorrow", "2026-13-01", "2026-02-30", "2026-12-02T", "2026-12-02T24:00:00Z", "2026-12-02T00:00:00",
          "2026-12-02T00:00Z", "2026-12-02X00:00:00Z", "26-12-02", "2026-12-02T00:00:00+1:00",
          "2026-12-02T00:00:00Zjunk", "1795646422"}) {
        EXPECT_FALSE(parse_instant(text)) << text;
    }
}

TEST(SettingValues, ReadsPathsOfRoutes)
{
    EXPECT_EQ(parse_path_prefix("/api/v1"), "/api/v1");
    for (const std::string_view text : {"", "/", "api", "/api/", "/a//b", "/a b", "/a?b", "/{x}", "/\xc3\xa4"}) {
        EXPECT_FALSE(parse_path_prefix(text)) << text;
    }
}

TEST(SettingValues, ReadsWhereTheObjectStoreIs)
{
    EXPECT_EQ(parse_server("minio:9000"), "minio:9000");
    EXPECT_EQ(parse_server(" S3.eu-central-1.amazonaws.com "), "s3.eu-central-1.amazonaws.com");
    EXPECT_EQ(parse_server("[::1]:9000"), "[::1]:9000");
    EXPECT_EQ(parse_server("[::1]"), "[::1]");
    EXPECT_THAT(parse_server("http://minio:9000").error(), HasSubstr("begins with a scheme"));
    for (const std::string_view text :
         {"", ":9000", "minio:", "minio:x", "minio:0", "minio:99999", "minio/bucket", "a b", "::1", "user@minio"}) {
        EXPECT_FALSE(parse_server(text)) << text;
    }
    EXPECT_EQ(parse_bucket("app-files.v2"), "app-files.v2");
    for (const std::string_view text : {"", "ab", "Files", "-files", "files-", "a..b", "a_b", "a/b"}) {
        EXPECT_FALSE(parse_bucket(text)) << text;
    }
    EXPECT_FALSE(parse_bucket(std::string(64, 'a')));
    EXPECT_EQ(parse_word("eu-central-1"), "eu-central-1");
    EXPECT_FALSE(parse_word("eu central"));
    EXPECT_FALSE(parse_word(""));
}

TEST(SettingValues, ReadsTheRest)
{
    EXPECT_EQ(parse_line("Ac\xc3\xa8me: \"x\""), "Ac\xc3\xa8me: \"x\"");
    EXPECT_FALSE(parse_line("Acme\r\nBcc: x@example.com"));
    EXPECT_FALSE(parse_line("\xff"));
    EXPECT_TRUE(parse_mail_address("no-reply@example.com"));
    EXPECT_FALSE(parse_mail_address("Acme <no-reply@example.com>"));
    EXPECT_TRUE(parse_rates("10/15 minutes;30/hour;100/day"));
    EXPECT_FALSE(parse_rates("10/min"));
    EXPECT_TRUE(parse_trusted_proxies("127.0.0.1, 10.0.0.0/8 2001:db8::/32"));
    EXPECT_FALSE(parse_trusted_proxies("10.0.0.0/33"));
    EXPECT_EQ(parse_log_file("OFF").value(), std::nullopt);
    EXPECT_EQ(parse_log_file("a/b.log").value(), std::filesystem::path("a/b.log"));
    EXPECT_GE(threads_or_cores(0), 1u);
    EXPECT_EQ(threads_or_cores(3), 3u);

    const tests::TemporaryFolder folder;
    EXPECT_THAT(parse_readable_file((folder.path() / "ca.pem").string()).error(), HasSubstr("No such file"));
    std::ofstream(folder.path() / "ca.pem") << "x";
    EXPECT_TRUE(parse_readable_file((folder.path() / "ca.pem").string()));
}

}
}
