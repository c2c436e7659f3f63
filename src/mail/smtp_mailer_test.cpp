#include "mail/smtp_mailer.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/smtp_sink_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::mail {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using tests::SmtpSinkProcess;
using Kind = DeliveryOutcome::Kind;
using Security = SmtpSettings::Security;
using Arguments = std::vector<std::string>;

SmtpSettings settings_for(std::uint16_t port)
{
    SmtpSettings settings;
    settings.host = "localhost";
    settings.port = port;
    settings.sender = {"Watchword", *parse_address("no-reply@example.com")};
    return settings;
}

SmtpSettings with_credentials(SmtpSettings settings)
{
    settings.username = "mailer";
    settings.password = SecretText("s3cret");
    return settings;
}

Letter letter_to(const std::string& address, std::string text = "Your code is 012345.\n")
{
    Message message{.to = address, .subject = "Your code", .text = std::move(text), .html = "", .console_line = ""};
    return {std::move(message), *parse_address(address), "1a2b3c", from_microseconds(1'795'646'422'181'424)};
}

/// One attempt with a mailer of its own.
DeliveryOutcome deliver(const SmtpSettings& settings, const Letter& letter, std::chrono::milliseconds time = 20s)
{
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

std::string text_of(const boost::json::object& event, std::string_view field)
{
    return std::string(event.at(field).as_string());
}

TEST(SmtpMailer, DeliversALetter)
{
    SmtpSinkProcess sink({});
    EXPECT_EQ(deliver(settings_for(sink.port()), letter_to("jane@example.com")).kind, Kind::delivered);
    const auto mail = sink.next("mail");
    EXPECT_EQ(text_of(mail, "from"), "no-reply@example.com");
    EXPECT_EQ(mail.at("to"), (boost::json::array{"jane@example.com"}));
    EXPECT_EQ(text_of(mail, "subject"), "Your code");
    EXPECT_EQ(text_of(mail, "text"), "Your code is 012345.\r\n");
    EXPECT_EQ(text_of(mail, "parameters"), "");
    EXPECT_TRUE(mail.at("only_crlf").as_bool());
    EXPECT_THAT(commands_of(sink), testing::ElementsAre("EHLO", "MAIL", "RCPT", "DATA", "QUIT"));
}

TEST(SmtpMailer, DeliversOneMailWhateverItsTextHolds)
{
    SmtpSinkProcess sink({});
    const std::string evil = ".\n..\n\n.\nMAIL FROM:<eve@example.com>\r\n.\r\nRSET\r.\r";
    EXPECT_EQ(deliver(settings_for(sink.port()), letter_to("jane@example.com", evil)).kind, Kind::delivered);
    const auto mail = sink.next("mail");
    EXPECT_EQ(text_of(mail, "text"), ".\r\n..\r\n\r\n.\r\nMAIL FROM:<eve@example.com>\r\n.\r\nRSET\r\n.\r\n");
    EXPECT_TRUE(mail.at("only_crlf").as_bool());
    EXPECT_THAT(commands_of(sink), testing::ElementsAre("EHLO", "MAIL", "RCPT", "DATA", "QUIT"));
}

TEST(SmtpMailer, KeepsItsConnectionUntilItRests)
{
    SmtpSinkProcess sink({});
    SmtpMailer mailer(settings_for(sink.port()), 1);
    for (int i = 0; i < 3; ++i) {
        const auto letter = letter_to("jane@example.com");
        EXPECT_EQ(tests::run_task(mailer.deliver(letter, Deadline::after(20s))).kind, Kind::delivered);
    }
    mailer.rest();
    EXPECT_THAT(commands_of(sink), testing::ElementsAre("EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA",
                                                        "RSET", "MAIL", "RCPT", "DATA", "QUIT"));
}

TEST(SmtpMailer, ReconnectsWhereTheServerHasClosedTheConnection)
{
    SmtpSinkProcess sink({"--fault", "END=keep-and-close*1"});
    SmtpMailer mailer(settings_for(sink.port()), 1);
    const auto letter = letter_to("jane@example.com");
    EXPECT_EQ(tests::run_task(mailer.deliver(letter, Deadline::after(20s))).kind, Kind::try_again);
    EXPECT_EQ(tests::run_task(mailer.deliver(letter, Deadline::after(20s))).kind, Kind::delivered);
    // The same mail twice has the same id, so a mailbox can tell.
    const auto first = text_of(sink.next("mail"), "data");
    EXPECT_THAT(first, HasSubstr("Message-ID: <1a2b3c@example.com>"));
    EXPECT_EQ(text_of(sink.next("mail"), "data"), first);
}

TEST(SmtpMailer, SendsToAnInternationalDomainThroughAnyServer)
{
    SmtpSinkProcess sink({"--no-smtputf8"});
    EXPECT_EQ(deliver(settings_for(sink.port()), letter_to("jane@bücher.example")).kind, Kind::delivered);
    EXPECT_EQ(sink.next("mail").at("to"), (boost::json::array{"jane@xn--bcher-kva.example"}));
}

TEST(SmtpMailer, UsesSmtputf8OnlyForAnInternationalLocalPart)
{
    SmtpSinkProcess sink({});
    EXPECT_EQ(deliver(settings_for(sink.port()), letter_to("jürgen@bücher.example")).kind, Kind::delivered);
    const auto mail = sink.next("mail");
    EXPECT_EQ(text_of(mail, "parameters"), "SMTPUTF8");
    EXPECT_EQ(mail.at("to"), (boost::json::array{"jürgen@xn--bcher-kva.example"}));
}

TEST(SmtpMailer, GivesUpAnInternationalLocalPartWhereTheServerCannotTakeIt)
{
    SmtpSinkProcess sink({"--no-smtputf8"});
    const auto outcome = deliver(settings_for(sink.port()), letter_to("jürgen@example.com"));
    EXPECT_EQ(outcome.kind, Kind::refused);
    EXPECT_THAT(outcome.reason, HasSubstr("SMTPUTF8"));
}

TEST(SmtpMailer, SendsNoAuthWithoutAUsername)
{
    SmtpSinkProcess sink({"--auth", "PLAIN,LOGIN"});
    EXPECT_EQ(deliver(settings_for(sink.port()), letter_to("jane@example.com")).kind, Kind::delivered);
    EXPECT_THAT(commands_of(sink), Not(testing::Contains("AUTH")));
}

TEST(SmtpMailer, AuthenticatesByWhatTheServerOffers)
{
    for (const auto& offer : {Arguments{"--auth", "LOGIN,PLAIN"}, Arguments{"--auth", "LOGIN,XOAUTH2"},
                              Arguments{"--auth", "LOGIN", "--old-auth-form"}}) {
        auto arguments = offer;
        arguments.insert(arguments.end(), {"--demand-auth", "--credentials", "mailer:s3cret"});
        SmtpSinkProcess sink(arguments);
        const auto outcome = deliver(with_credentials(settings_for(sink.port())), letter_to("jane@example.com"));
        EXPECT_EQ(outcome.kind, Kind::delivered) << outcome.reason;
        EXPECT_EQ(text_of(sink.next("mail"), "user"), "mailer");
    }
}

TEST(SmtpMailer, SaysWhyItCannotAuthenticate)
{
    struct Case {
        Arguments arguments;
        std::string_view reason;
    };
    for (const auto& [arguments, reason] :
         {Case{{"--auth", "XOAUTH2"}, "offers AUTH XOAUTH2, and only PLAIN and LOGIN"},
          Case{{}, "offers no AUTH: unset SMTP_USERNAME"}, Case{{"--helo-only"}, "offers no AUTH: unset SMTP_USERNAME"},
          Case{{"--tls", "starttls", "--auth", "PLAIN", "--auth-after-tls"}, "set SMTP_USE_TLS=true"},
          Case{{"--auth", "PLAIN", "--credentials", "mailer:other"},
               "did not accept SMTP_USERNAME and SMTP_PASSWORD: 535"}}) {
        SmtpSinkProcess sink(arguments);
        const auto outcome = deliver(with_credentials(settings_for(sink.port())), letter_to("jane@example.com"));
        EXPECT_EQ(outcome.kind, Kind::server_lost);
        EXPECT_THAT(outcome.reason, HasSubstr(reason));
        EXPECT_THAT(outcome.reason, Not(HasSubstr("s3cret")));
        EXPECT_THAT(commands_of(sink), Not(testing::Contains("MAIL")));
    }
}

TEST(SmtpMailer, SaysThatTheServerDemandsAuthentication)
{
    SmtpSinkProcess sink({"--auth", "PLAIN", "--demand-auth"});
    const auto outcome = deliver(settings_for(sink.port()), letter_to("jane@example.com"));
    EXPECT_EQ(outcome.kind, Kind::server_lost);
    EXPECT_THAT(outcome.reason, HasSubstr("SMTP_USERNAME"));
}

TEST(SmtpMailer, SpeaksToOldAndTalkativeServers)
{
    for (const auto& arguments :
         {Arguments{"--helo-only"}, Arguments{"--greeting", "220-Welcome", "--greeting", "220 here"}}) {
        SmtpSinkProcess sink(arguments);
        const auto outcome = deliver(settings_for(sink.port()), letter_to("jane@example.com"));
        EXPECT_EQ(outcome.kind, Kind::delivered) << outcome.reason;
    }
}

TEST(SmtpMailer, TriesAgainAfterATemporaryRefusalAndNotAfterAFinalOne)
{
    struct Case {
        std::string fault;
        Kind kind;
    };
    // One fault an attempt: each stands behind the steps of those before it.
    const std::vector<Case> cases{
        {"GREETING=554 5.3.2 no service", Kind::server_lost},
        {"GREETING=421 busy", Kind::server_lost},
        {"GREETING=close", Kind::server_lost},
        {"EHLO=close", Kind::server_lost},
        {"MAIL=451 4.3.0 later", Kind::try_again},
        {"MAIL=553 5.1.8 no", Kind::refused},
        {"RCPT=450 4.2.1 later", Kind::try_again},
        {"RCPT=550 5.1.1 no", Kind::refused},
        {"RCPT=close", Kind::try_again},
        {"DATA=451 4.3.0 later", Kind::try_again},
        {"DATA=554 5.5.1 no", Kind::refused},
        {"END=452 4.3.1 later", Kind::try_again},
        {"END=554 5.7.1 no", Kind::refused},
        {"END=close", Kind::try_again},
    };
    Arguments arguments;
    for (const auto& each : cases) {
        arguments.insert(arguments.end(), {"--fault", each.fault + "*1"});
    }
    SmtpSinkProcess sink(arguments);
    for (const auto& each : cases) {
        const auto outcome = deliver(settings_for(sink.port()), letter_to("jane@example.com"));
        EXPECT_EQ(outcome.kind, each.kind) << each.fault << ": " << outcome.reason;
        EXPECT_NE(outcome.reason, "");
        const bool of_the_mail = outcome.kind != Kind::server_lost && !each.fault.ends_with("close");
        EXPECT_EQ(outcome.smtp_reply, of_the_mail ? std::stoi(each.fault.substr(each.fault.find('=') + 1)) : 0);
    }
    EXPECT_EQ(deliver(settings_for(sink.port()), letter_to("jane@example.com")).kind, Kind::delivered);
}

TEST(SmtpMailer, LosesAServerThatIsNotThere)
{
    std::uint16_t port = 0;
    {
        port = SmtpSinkProcess({}).port();
    }
    const auto outcome = deliver(settings_for(port), letter_to("jane@example.com"));
    EXPECT_EQ(outcome.kind, Kind::server_lost);
    EXPECT_THAT(outcome.reason, HasSubstr("SMTP_HOST, SMTP_PORT"));

    auto nowhere = settings_for(port);
    nowhere.host = "mail.invalid";
    EXPECT_THAT(deliver(nowhere, letter_to("jane@example.com")).reason, HasSubstr("mail.invalid"));
}

TEST(SmtpMailer, WaitsForASilentServerNoLongerThanTheDeadline)
{
    for (const auto* fault : {"GREETING=silence", "GREETING=drip", "RCPT=silence"}) {
        SmtpSinkProcess sink({"--fault", fault});
        const auto begin = std::chrono::steady_clock::now();
        const auto outcome = deliver(settings_for(sink.port()), letter_to("jane@example.com"), 1s);
        EXPECT_NE(outcome.kind, Kind::delivered);
        EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s) << fault;
    }
}

TEST(SmtpMailer, EndsWithinASecondWhileAServerIsSilent)
{
    SmtpSinkProcess sink({"--fault", "RCPT=silence"});
    const auto letter = letter_to("jane@example.com");
    asio::io_context context;
    auto mailer = std::make_unique<SmtpMailer>(settings_for(sink.port()), 1);
    asio::co_spawn(context, mailer->deliver(letter, Deadline::after(20s)), [](std::exception_ptr, DeliveryOutcome) {});
    context.run_for(500ms);
    const auto begin = std::chrono::steady_clock::now();
    mailer.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

}
}
