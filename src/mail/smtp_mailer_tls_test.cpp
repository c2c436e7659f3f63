#include "mail/smtp_mailer.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/smtp_sink_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::mail {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using tests::SmtpSinkProcess;
using Kind = DeliveryOutcome::Kind;
using Security = SmtpSettings::Security;
using Arguments = std::vector<std::string>;

SmtpSettings settings_for(const SmtpSinkProcess& sink, Security security)
{
    SmtpSettings settings;
    settings.host = "localhost";
    settings.port = sink.port();
    settings.security = security;
    settings.username = "mailer";
    settings.password = SecretText("s3cret");
    settings.ca_file = sink.ca_file();
    settings.sender = {"Watchword", *parse_address("no-reply@example.com")};
    return settings;
}

DeliveryOutcome deliver(const SmtpSettings& settings, std::chrono::milliseconds time = 20s)
{
    Message message{
        .to = "jane@example.com", .subject = "Your code", .text = "012345\n", .html = "", .console_line = ""};
    const Letter letter{std::move(message), *parse_address("jane@example.com"), "1a2b3c", from_microseconds(0)};
    SmtpMailer mailer(settings, 1);
    return tests::run_task(mailer.deliver(letter, Deadline::after(time)));
}

std::vector<std::string> commands_of(SmtpSinkProcess& sink)
{
    std::vector<std::string> verbs;
    for (const auto& verb : sink.next("closed").at("commands").as_array()) {
        verbs.emplace_back(verb.as_string());
    }
    return verbs;
}

TEST(SmtpMailerTls, DeliversAndAuthenticatesUnderTls)
{
    for (const auto& [mode, security] :
         {std::pair{"starttls", Security::starttls}, std::pair{"implicit", Security::implicit_tls}}) {
        SmtpSinkProcess sink({"--tls", mode, "--auth", "LOGIN,XOAUTH2", "--auth-after-tls", "--demand-auth"});
        const auto outcome = deliver(settings_for(sink, security));
        EXPECT_EQ(outcome.kind, Kind::delivered) << outcome.reason;
        const auto mail = sink.next("mail");
        EXPECT_TRUE(mail.at("tls").as_bool());
        EXPECT_EQ(mail.at("user").as_string(), "mailer");
    }
}

TEST(SmtpMailerTls, SendsNothingToAServerWhoseCertificateIsNotTrusted)
{
    for (const auto& [mode, security] :
         {std::pair{"starttls", Security::starttls}, std::pair{"implicit", Security::implicit_tls}}) {
        SmtpSinkProcess stranger({"--tls", mode, "--auth", "PLAIN"});
        auto settings = settings_for(stranger, security);
        settings.ca_file.clear();
        auto outcome = deliver(settings);
        EXPECT_EQ(outcome.kind, Kind::server_lost);
        EXPECT_THAT(outcome.reason, HasSubstr("SMTP_CA_FILE"));
        EXPECT_THAT(commands_of(stranger), Not(Contains("AUTH")));

        SmtpSinkProcess misnamed({"--tls", mode, "--auth", "PLAIN", "--certificate-name", "other.example"});
        outcome = deliver(settings_for(misnamed, security));
        EXPECT_EQ(outcome.kind, Kind::server_lost);
        EXPECT_THAT(outcome.reason, HasSubstr("the name in the certificate"));
        EXPECT_THAT(commands_of(misnamed), Not(Contains("AUTH")));

        SmtpSinkProcess expired({"--tls", mode, "--auth", "PLAIN", "--certificate-days", "-1"});
        outcome = deliver(settings_for(expired, security));
        EXPECT_EQ(outcome.kind, Kind::server_lost);
        EXPECT_THAT(outcome.reason, HasSubstr("expired"));
        EXPECT_THAT(commands_of(expired), Not(Contains("AUTH")));
    }
}

TEST(SmtpMailerTls, SendsNothingWhereStarttlsIsDemandedAndNotHad)
{
    for (const auto& arguments :
         {Arguments{"--auth", "PLAIN"}, Arguments{"--auth", "PLAIN", "--helo-only"},
          Arguments{"--auth", "PLAIN", "--tls", "starttls", "--fault", "STARTTLS=454 4.7.0 not now"},
          Arguments{"--auth", "PLAIN", "--tls", "starttls", "--fault", "STARTTLS=inject"}}) {
        SmtpSinkProcess sink(arguments);
        const auto outcome = deliver(settings_for(sink, Security::starttls));
        EXPECT_EQ(outcome.kind, Kind::server_lost) << arguments.back();
        const auto commands = commands_of(sink);
        EXPECT_THAT(commands, Not(Contains("AUTH")));
        EXPECT_THAT(commands, Not(Contains("MAIL")));
    }
}

TEST(SmtpMailerTls, SaysWhichSettingFitsTheServer)
{
    SmtpSinkProcess starttls({"--tls", "starttls", "--auth", "PLAIN"});
    EXPECT_THAT(deliver(settings_for(starttls, Security::implicit_tls)).reason, HasSubstr("SMTP_USE_TLS=true"));

    SmtpSinkProcess plain({"--auth", "PLAIN"});
    EXPECT_THAT(deliver(settings_for(plain, Security::starttls)).reason, HasSubstr("offers no STARTTLS"));

    // A server that waits for TLS says nothing to plain text; a second look finds out.
    SmtpSinkProcess implicit({"--tls", "implicit", "--auth", "PLAIN"});
    for (const auto security : {Security::starttls, Security::none}) {
        EXPECT_THAT(deliver(settings_for(implicit, security), 5s).reason, HasSubstr("SMTP_USE_SSL=true"));
    }
}

TEST(SmtpMailerTls, SaysThatTheAuthorityFileCannotBeRead)
{
    SmtpSinkProcess sink({"--tls", "implicit"});
    auto settings = settings_for(sink, Security::implicit_tls);
    settings.ca_file = "/nowhere/ca.pem";
    EXPECT_THAT(deliver(settings).reason, HasSubstr("SMTP_CA_FILE"));
}

}
}
