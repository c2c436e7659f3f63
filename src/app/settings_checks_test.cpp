#include "app/settings_loading.hpp"

#include "tests/support/manual_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Security = Settings::Mail::Security;

const std::string key = "q8Zr5Lx2Vw9Tb4Nc7Hd3Jf6Ks1Mg0PyQ";

std::expected<LoadedSettings, std::string> load(Environment environment)
{
    return load_settings({.environment = std::move(environment),
                          .dotenv = "/no/such/folder/.env",
                          .now = tests::ManualClock().now()}); // 2026-11-25T22:40:22Z
}

TEST(SettingsChecks, ListensWhereHostAndPortSayUnlessListenDoes)
{
    EXPECT_THAT(load({{"HOST", "0.0.0.0"}, {"PORT", "80"}})->settings.listen.addresses,
                ElementsAre(Endpoint{"0.0.0.0", 80}));
    EXPECT_THAT(load({{"PORT", "80"}})->settings.listen.addresses, ElementsAre(Endpoint{"127.0.0.1", 80}));
    EXPECT_THAT(load({{"HOST", "some-machine"}, {"LISTEN", "[::]:1,10.0.0.1:2"}})->settings.listen.addresses,
                ElementsAre(Endpoint{"::", 1}, Endpoint{"10.0.0.1", 2}));
    EXPECT_THAT(load({{"HOST", "some-machine"}}).error(), HasSubstr("\"some-machine\" is no IP address"));
}

TEST(SettingsChecks, ChoosesTheSecurityOfMailAndThePortThatFits)
{
    struct Case {
        Environment environment;
        Security security;
        int port;
    };
    const Case cases[] = {
        {{}, Security::implicit_tls, 465},
        {{{"SMTP_USE_SSL", "true"}}, Security::implicit_tls, 465},
        {{{"SMTP_USE_TLS", "true"}}, Security::starttls, 587},
        {{{"SMTP_USE_SSL", "false"}, {"SMTP_USE_TLS", "true"}}, Security::starttls, 587},
        {{{"SMTP_USE_SSL", "true"}, {"SMTP_USE_TLS", "false"}}, Security::implicit_tls, 465},
        {{{"SMTP_USE_SSL", "false"}}, Security::none, 25},
        {{{"SMTP_USE_SSL", "false"}, {"SMTP_USE_TLS", "false"}, {"SMTP_PORT", "2525"}}, Security::none, 2525},
    };
    for (const Case& each : cases) {
        const auto loaded = load(each.environment);
        ASSERT_TRUE(loaded) << loaded.error();
        EXPECT_EQ(loaded->settings.mail.security, each.security);
        EXPECT_EQ(loaded->settings.mail.port, each.port);
    }
}

TEST(SettingsChecks, MakesOneLocationOfWhateverSaysWhereRedisIs)
{
    EXPECT_FALSE(load({{"REDIS_PORT", "6380"}, {"REDIS_DB", "1"}})->settings.redis.location);

    const auto simple = load({{"REDIS_HOST", "redis"}, {"REDIS_PORT", "6380"}, {"REDIS_DB", "2"}})->settings.redis;
    EXPECT_THAT(simple.location->hosts, ElementsAre(redis::HostPort{"redis", 6380}));
    EXPECT_EQ(simple.location->database, 2);
    EXPECT_EQ(simple.command_timeout, std::chrono::milliseconds{50});
    EXPECT_EQ(load({{"REDIS_HOST", "[::1]"}})->settings.redis.location->hosts.front().host, "::1");

    const auto url = load({{"REDIS_URL", "rediss://one:6381/3"}, {"REDIS_PASSWORD", "s3cret"}})->settings.redis;
    EXPECT_THAT(url.location->hosts, ElementsAre(redis::HostPort{"one", 6381}));
    EXPECT_EQ(url.location->password.reveal(), "s3cret");
    EXPECT_EQ(load({{"REDIS_URL", "redis://:own@localhost"}, {"REDIS_PASSWORD", "other"}})
                  ->settings.redis.location->password.reveal(),
              "own");
}

TEST(SettingsChecks, RefusesTwoPlacesOfRedis)
{
    EXPECT_THAT(load({{"REDIS_HOST", "one"}, {"REDIS_URL", "redis://:s3cret@two"}}).error(),
                AllOf(HasSubstr("REDIS_URL and REDIS_HOST: both are set"), Not(HasSubstr("s3cret"))));
}

TEST(SettingsChecks, WarnsOfWhatIsWrittenForRedisAndDoesNotDoWhatItSeemsTo)
{
    const auto warnings = [](Environment environment) { return load(std::move(environment))->warnings; };
    EXPECT_THAT(warnings({{"REDIS_PASSWORD", "s3cret"}}), ElementsAre(HasSubstr("without REDIS_HOST")));
    EXPECT_THAT(warnings({{"REDIS_URL", "redis://:s3cret@redis.example.com"}}),
                ElementsAre(AllOf(HasSubstr("rediss://"), Not(HasSubstr("s3cret")))));
    for (const char* const quiet : {"redis://:s3cret@127.0.0.1", "rediss://:s3cret@redis.example.com",
                                    "unix://:s3cret@/run/redis.sock", "redis://redis.example.com"}) {
        EXPECT_THAT(warnings({{"REDIS_URL", quiet}}), IsEmpty()) << quiet;
    }
}

TEST(SettingsChecks, RefusesTwoWaysToBeginTlsAndExplainsBoth)
{
    EXPECT_THAT(load({{"SMTP_USE_SSL", "true"}, {"SMTP_USE_TLS", "true"}}).error(),
                AllOf(HasSubstr("SMTP_USE_SSL and SMTP_USE_TLS: both are true"), HasSubstr("465"),
                      HasSubstr("STARTTLS"), HasSubstr("587")));
}

TEST(SettingsChecks, WarnsOfAPortWhereServersExpectTheOtherWay)
{
    const Environment server{{"SMTP_HOST", "mail.example.com"}, {"MAIL_FROM", "a@example.com"}};
    const auto with = [&](Environment more) {
        more.insert(more.end(), server.begin(), server.end());
        return load(more)->warnings;
    };
    EXPECT_THAT(with({{"SMTP_PORT", "465"}, {"SMTP_USE_TLS", "true"}}), ElementsAre(HasSubstr("SMTP_USE_SSL=true")));
    EXPECT_THAT(with({{"SMTP_PORT", "587"}}), ElementsAre(HasSubstr("SMTP_USE_TLS=true")));
    EXPECT_THAT(with({{"SMTP_PORT", "587"}, {"SMTP_USE_TLS", "true"}}), IsEmpty());
}

TEST(SettingsChecks, SendsFromTheUserNameWhereNothingElseIsSet)
{
    EXPECT_EQ(load({{"SMTP_HOST", "m"}, {"SMTP_USERNAME", "jane@example.com"}})->settings.mail.from,
              "jane@example.com");
    EXPECT_EQ(load({{"SMTP_HOST", "m"}, {"SMTP_USERNAME", "u"}, {"MAIL_FROM", "a@example.com"}})->settings.mail.from,
              "a@example.com");
    EXPECT_THAT(load({{"SMTP_HOST", "m"}, {"SMTP_USERNAME", "apikey"}}).error(), HasSubstr("MAIL_FROM: not set"));
    EXPECT_THAT(load({{"SMTP_HOST", "m"}}).error(), HasSubstr("MAIL_FROM: not set"));
    EXPECT_THAT(load({{"SMTP_HOST", "m"}, {"MAIL_FROM", "nobody"}}).error(),
                AllOf(HasSubstr("One setting is wrong"), HasSubstr("MAIL_FROM=nobody (environment)")));
}

TEST(SettingsChecks, WarnsOfCredentialsInPlainTextUnlessTheServerIsThisMachine)
{
    const auto warnings = [](const char* host) {
        return load({{"SMTP_HOST", host},
                     {"SMTP_USE_SSL", "false"},
                     {"SMTP_USERNAME", "jane@example.com"},
                     {"SMTP_PASSWORD", "hunter2"}})
            ->warnings;
    };
    EXPECT_THAT(warnings("mail.example.com"), ElementsAre(HasSubstr("SMTP_PASSWORD goes over the network")));
    EXPECT_THAT(warnings("127.0.0.1"), IsEmpty());
    EXPECT_THAT(warnings("localhost"), IsEmpty());
}

TEST(SettingsChecks, TakesAPreviousKeyOnlyUntilItsTokensHaveExpired)
{
    const auto with = [](const char* until) {
        return load(
            {{"SECRET_KEY", key}, {"SECRET_KEY_PREVIOUS", "k3Yw8Qz1Lr6Tn4Vx"}, {"SECRET_KEY_PREVIOUS_UNTIL", until}});
    };
    const auto loaded = with("2026-12-02T22:00:00Z");
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->settings.tokens.previous_key.reveal(), "k3Yw8Qz1Lr6Tn4Vx");
    EXPECT_EQ(to_rfc3339(*loaded->settings.tokens.previous_key_until), "2026-12-02T22:00:00.000000Z");
    EXPECT_THAT(with("2026-12-03").error(), HasSubstr("at most REFRESH_TOKEN_EXPIRE_DAYS from now"));
    EXPECT_THAT(with("").error(), HasSubstr("SECRET_KEY_PREVIOUS_UNTIL: not set"));

    const auto late = with("2026-11-25");
    ASSERT_TRUE(late) << "a restart after that day must not fail: " << late.error();
    EXPECT_TRUE(late->settings.tokens.previous_key.empty());
    EXPECT_THAT(late->warnings, ElementsAre(HasSubstr("remove both")));
}

TEST(SettingsChecks, WarnsOfWhatIsAllowedButWeak)
{
    EXPECT_THAT(load({{"BCRYPT_COST", "9"}})->warnings, ElementsAre(HasSubstr("BCRYPT_COST is 9")));
    EXPECT_THAT(load({{"BCRYPT_COST", "10"}})->warnings, IsEmpty());
    EXPECT_THAT(load({{"BACKEND_CORS_ORIGINS", "*"}})->warnings, ElementsAre(HasSubstr("no credentials")));
    EXPECT_THAT(load({{"SECRET_KEY", key}, {"ALGORITHM", "HS512"}})->warnings, ElementsAre(HasSubstr("at least 64")));
    EXPECT_THAT(load({{"SECRET_KEY", key}, {"ALGORITHM", "hs256"}})->warnings, IsEmpty());
}

TEST(SettingsChecks, KeepsTheDatabaseInTheDataFolderUnlessToldOtherwise)
{
    EXPECT_EQ(load({{"DATA_DIR", "/srv/w"}})->settings.database.sqlite_file, "/srv/w/watchword.db");
    EXPECT_EQ(load({{"DATA_DIR", "/srv/w"}, {"DATABASE_URL", "sqlite:///x.db"}})->settings.database.sqlite_file,
              "x.db");
}

TEST(SettingsChecks, WantsAllThatAnObjectStoreNeeds)
{
    const auto refused = load({{"MINIO_ENDPOINT", "minio:9000"}});
    EXPECT_THAT(refused.error(), AllOf(HasSubstr("MINIO_ACCESS_KEY: not set"), HasSubstr("MINIO_SECRET_KEY: not set"),
                                       HasSubstr("MINIO_BUCKET_NAME: not set")));
    const auto loaded = load({{"MINIO_ENDPOINT", "minio:9000"},
                              {"MINIO_ACCESS_KEY", "user"},
                              {"MINIO_SECRET_KEY", "password"},
                              {"MINIO_BUCKET_NAME", "files"}});
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->settings.files.minio_endpoint, "minio:9000");
    EXPECT_EQ(loaded->settings.files.minio_region, "us-east-1");
    EXPECT_THAT(load({{"MINIO_BUCKET_NAME", "files"}})->warnings, ElementsAre(HasSubstr("kept in DATA_DIR")));
}

TEST(SettingsChecks, ReadsEveryChoice)
{
    const auto loaded = load({{"PASSWORD_HASH", "argon2id"},
                              {"ACCOUNT_EXISTENCE", "hide"},
                              {"LOG_FORMAT", "json"},
                              {"LOG_LEVEL", "DEBUG"},
                              {"LOG_FILE", "off"},
                              {"LEGACY_TOKENS", "off"},
                              {"REFRESH_TOKEN_ROTATION", "true"},
                              {"ALGORITHM", "HS384"}});
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->settings.passwords.scheme, crypto::PasswordScheme::argon2id);
    EXPECT_EQ(loaded->settings.passwords.account_existence, accounts::AccountExistence::hide);
    EXPECT_EQ(loaded->settings.log.format, log::Format::json);
    EXPECT_EQ(loaded->settings.log.level, log::Level::debug);
    EXPECT_EQ(loaded->settings.log.file, std::nullopt);
    EXPECT_FALSE(loaded->settings.tokens.legacy);
    EXPECT_TRUE(loaded->settings.tokens.rotation);
    EXPECT_EQ(loaded->settings.tokens.algorithm, crypto::Algorithm::HS384);
    EXPECT_THAT(load({{"ALGORITHM", "none"}}).error(), HasSubstr("`HS256`, `HS384` or `HS512`"));
}

}
}
