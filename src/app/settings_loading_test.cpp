#include "app/settings_loading.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

#include <fstream>

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

const std::string key = "q8Zr5Lx2Vw9Tb4Nc7Hd3Jf6Ks1Mg0PyQ";

class SettingsLoading : public testing::Test {
protected:
    std::expected<LoadedSettings, std::string> load(Environment environment, std::string_view dotenv = "")
    {
        if (!dotenv.empty()) {
            write(".env", dotenv);
        }
        return load_settings({.environment = std::move(environment), .dotenv = path(".env"), .now = clock.now()});
    }

    std::string path(std::string_view name) const { return (folder_.path() / name).string(); }

    void write(std::string_view name, std::string_view contents) const
    {
        std::ofstream(path(name), std::ios::binary) << contents;
    }

    static std::string origin(const LoadedSettings& loaded, std::string_view name)
    {
        return std::ranges::find(loaded.in_force, name, &SettingInForce::name)->origin;
    }

    static std::string value(const LoadedSettings& loaded, std::string_view name)
    {
        return std::ranges::find(loaded.in_force, name, &SettingInForce::name)->value;
    }

    tests::ManualClock clock;

private:
    tests::TemporaryFolder folder_;
};

TEST_F(SettingsLoading, StartsWithNothingSet)
{
    const auto loaded = load({});
    ASSERT_TRUE(loaded) << loaded.error();
    const Settings& settings = loaded->settings;
    EXPECT_THAT(loaded->warnings, IsEmpty());
    EXPECT_THAT(settings.listen.addresses, ElementsAre(Endpoint{"127.0.0.1", 8000}));
    EXPECT_EQ(settings.database.sqlite_file, "data/watchword.db");
    EXPECT_TRUE(settings.tokens.secret_key.empty());
    EXPECT_EQ(settings.tokens.access_lifetime, std::chrono::minutes(30));
    EXPECT_EQ(settings.passwords.bcrypt_cost, 12);
    EXPECT_EQ(settings.rate_limits.login_failures, "10/15 minutes;30/hour;100/day");
    EXPECT_EQ(settings.log.file, std::filesystem::path("logs/app.log"));
    EXPECT_GE(settings.listen.io_threads, 1u);
    EXPECT_EQ(settings.mail.from, "no-reply@localhost");
}

TEST_F(SettingsLoading, LetsTheEnvironmentWinOverTheFile)
{
    const auto loaded =
        load({{"BCRYPT_COST", "13"}, {"DOCS", ""}}, "BCRYPT_COST=14\nEMAIL_OTP_LENGTH=8\n# comment\nDOCS=off\n");
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->settings.passwords.bcrypt_cost, 13);
    EXPECT_EQ(origin(*loaded, "BCRYPT_COST"), "environment");
    EXPECT_EQ(loaded->settings.codes.length, 8u);
    EXPECT_EQ(origin(*loaded, "EMAIL_OTP_LENGTH"), path(".env") + " line 2");
    EXPECT_TRUE(loaded->settings.service.docs) << "an empty variable hides the one of the file and counts as unset";
    EXPECT_EQ(origin(*loaded, "DOCS"), "default");
}

TEST_F(SettingsLoading, ComparesNamesWithoutCaseAndIgnoresUnknownOnes)
{
    const auto loaded = load({{"bcrypt_Cost", "13"}, {"NO_SUCH_SETTING", "x"}}, "email_otp_length=8\nOTHER=y\n");
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->settings.passwords.bcrypt_cost, 13);
    EXPECT_EQ(loaded->settings.codes.length, 8u);
}

TEST_F(SettingsLoading, DropsQuotesThatTheEnvironmentCarries)
{
    const auto loaded = load({{"SMTP_PORT", "\"587\""},
                              {"SMTP_USE_TLS", "'true'"},
                              {"RATE_LIMIT_LOGIN", "\"3/minute\""},
                              {"PORT", " 8001"},
                              {"PROJECT_NAME", "\"Acme"},
                              {"EMAIL_OTP_LENGTH", "\"\""}});
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->settings.mail.port, 587);
    EXPECT_TRUE(loaded->settings.mail.use_tls);
    EXPECT_EQ(loaded->settings.rate_limits.login, "3/minute");
    EXPECT_EQ(loaded->settings.listen.addresses.front().port, 8001);
    EXPECT_EQ(loaded->settings.service.project_name, "\"Acme");
    EXPECT_EQ(loaded->settings.codes.length, 6u);
}

TEST_F(SettingsLoading, KeepsQuotesThatTheFileMeant)
{
    const auto loaded = load({}, "SMTP_PASSWORD='\"x\"'\n");
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->settings.mail.password.reveal(), "\"x\"");
}

TEST_F(SettingsLoading, WarnsWhereDroppedQuotesMayHaveBelongedToAKey)
{
    const auto loaded = load({{"SECRET_KEY", '"' + key + '"'}});
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->settings.tokens.secret_key.reveal(), key);
    EXPECT_THAT(loaded->warnings, Contains(HasSubstr("SECRET_KEY: the quotes")));
}

TEST_F(SettingsLoading, CountsAnEmptyVariableAsUnset)
{
    const auto loaded = load({{"SMTP_PORT", ""}, {"SECRET_KEY", ""}, {"LISTEN", ""}});
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->settings.mail.port, 465);
    EXPECT_TRUE(loaded->settings.tokens.secret_key.empty());
}

TEST_F(SettingsLoading, ReadsAValueFromAFile)
{
    write("key", "  " + key + "  \n");
    const auto loaded = load({{"secret_key_file", path("key")}});
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->settings.tokens.secret_key.reveal(), "  " + key + "  ");
    EXPECT_EQ(origin(*loaded, "SECRET_KEY"), "file " + path("key"));

    write("key", "\"" + key + "\"\n\n");
    EXPECT_EQ(load({{"SECRET_KEY_FILE", path("key")}})->settings.tokens.secret_key.reveal(), "\"" + key + "\"\n");
}

TEST_F(SettingsLoading, RefusesAFileBesideAValueAndAFileThatIsNotThere)
{
    write("key", key);
    EXPECT_THAT(load({{"SECRET_KEY", key}}, "SECRET_KEY_FILE=" + path("key")).error(),
                AllOf(HasSubstr("SECRET_KEY (environment)"), HasSubstr("SECRET_KEY_FILE"), HasSubstr("line 1"),
                      Not(HasSubstr(key))));
    std::filesystem::remove(path(".env"));
    EXPECT_THAT(load({{"SECRET_KEY_FILE", path("none")}}).error(),
                AllOf(HasSubstr("SECRET_KEY_FILE (environment)"), HasSubstr("No such file or directory")));
    EXPECT_THAT(load({{"SECRET_KEY_FILE", key}}).error(), Not(HasSubstr(key)));
    write("empty", "\n");
    EXPECT_THAT(load({{"SECRET_KEY_FILE", path("empty")}}).error(), HasSubstr("is empty"));
    EXPECT_TRUE(load({{"SECRET_KEY", ""}, {"SECRET_KEY_FILE", path("key")}}));
}

TEST_F(SettingsLoading, ListsEveryWrongVariableInOneMessage)
{
    write("password", "hunter2 hunter2");
    const auto refused = load({{"BCRYPT_COST", "99"},
                               {"SECRET_KEY", "hunter2"},
                               {"DATABASE_URL", "mysql://u:hunter2@127.0.0.1/db"},
                               {"REDIS_URL", "redis://jane:hunter2@127.0.0.1/no"},
                               {"REDIS_HOST", "redis://:hunter2@127.0.0.1"},
                               {"MINIO_ENDPOINT", "http://127.0.0.1:9000"},
                               {"SECRET_KEY_PREVIOUS_FILE", path("password")}},
                              "\nDOCS=perhaps\nEMAIL_OTP_LENGTH=3\n");
    ASSERT_FALSE(refused);
    const std::string& text = refused.error();
    EXPECT_THAT(text, HasSubstr("9 settings are wrong"));
    EXPECT_THAT(text, HasSubstr("BCRYPT_COST=99 (environment). Accepted: a whole number from 4 to 15\n"));
    EXPECT_THAT(text, HasSubstr("DOCS=perhaps (" + path(".env") + " line 2). Accepted: `true` or"));
    EXPECT_THAT(text,
                HasSubstr("EMAIL_OTP_LENGTH=3 (" + path(".env") + " line 3). Accepted: a whole number from 4 to 10"));
    EXPECT_THAT(text, HasSubstr("SECRET_KEY=(set, 7 characters) (environment): It has 7 bytes"));
    EXPECT_THAT(text, HasSubstr("SECRET_KEY_PREVIOUS=(set, 15 characters) (file "));
    EXPECT_THAT(
        text, HasSubstr("DATABASE_URL=mysql://… (environment). Accepted: `postgresql://user:password@host:port/name`"));
    EXPECT_THAT(text, HasSubstr("REDIS_URL=redis://… (environment): The database is a whole number from 0 to 1023"));
    EXPECT_THAT(text, HasSubstr("REDIS_HOST=redis://… (environment): A port stands in REDIS_PORT, a URL in REDIS_URL"));
    EXPECT_THAT(text, HasSubstr("MINIO_ENDPOINT=http://127.0.0.1:9000 (environment): It begins with a scheme"));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST_F(SettingsLoading, WarnsOfLinesThatItSkips)
{
    const auto loaded = load({}, "PROJECT_NAME=Acme\n= nothing\n");
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->settings.service.project_name, "Acme");
    EXPECT_THAT(loaded->warnings, ElementsAre(path(".env") + " line 2 cannot be understood and was skipped"));
}

TEST_F(SettingsLoading, RefusesADotenvFileThatItCannotReadAsText)
{
    EXPECT_THAT(load({}, "A=1\nPROJECT_NAME=\xff\n").error(), AllOf(HasSubstr(path(".env")), HasSubstr("line 2")));
}

TEST_F(SettingsLoading, GoesOnWhereTheDotenvFileIsAFolder)
{
    std::filesystem::create_directory(path(".env"));
    const auto loaded = load({});
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_THAT(loaded->warnings, ElementsAre(HasSubstr("is a folder")));
}

TEST_F(SettingsLoading, ReportsEveryValueWithItsOriginAndNoSecret)
{
    const auto loaded = load({{"SECRET_KEY", key}, {"DATABASE_URL", "sqlite:////srv/a.db"}}, "SMTP_PASSWORD=hunter2\n");
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(value(*loaded, "SECRET_KEY"), "(set, 32 characters)");
    EXPECT_EQ(value(*loaded, "SECRET_KEY_PREVIOUS"), "(unset: none)");
    const std::string report = settings_report(*loaded);
    EXPECT_THAT(report, testing::ContainsRegex("SECRET_KEY +\\(set, 32 characters\\) +environment\n"));
    EXPECT_THAT(report, testing::ContainsRegex("SMTP_PASSWORD +\\(set, 7 characters\\) +[^ ]+/.env line 1\n"));
    EXPECT_THAT(report, testing::ContainsRegex("DATABASE_URL +sqlite:////srv/a.db +environment\n"));
    EXPECT_THAT(report, testing::ContainsRegex("BCRYPT_COST +12 +default\n"));
    EXPECT_THAT(report, AllOf(Not(HasSubstr(key)), Not(HasSubstr("hunter2")), Not(HasSubstr("`"))));
}

}
}
