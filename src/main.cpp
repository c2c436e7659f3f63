#include "app/app.hpp"
#include "app/audit_command.hpp"
#include "app/greeting.hpp"
#include "app/mail_command.hpp"
#include "app/settings_loading.hpp"
#include "app/version.hpp"
#include "base/log.hpp"
#include "base/start_refused.hpp"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

namespace {

using namespace watchword;

LoadedSettings settings_in_force()
{
    auto loaded = load_settings({.environment = current_environment(), .now = SystemClock().now()});
    if (!loaded) {
        throw StartRefused(loaded.error());
    }
    return std::move(*loaded);
}

/// What `audit verify` printed once, in small letters. A file that was to hold it may have been empty.
std::string hash_in(std::string text)
{
    std::ranges::transform(text, text.begin(), [](unsigned char digit) { return std::tolower(digit); });
    if (text.size() != 64 || text.find_first_not_of("0123456789abcdef") != std::string::npos) {
        throw CLI::ValidationError("audit verify", "HASH has 64 hexadecimal digits");
    }
    return text;
}

void serve()
{
    // A console that was closed and a limit on the size of files are failures of one write, not the end of the service.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    const LoadedSettings loaded = settings_in_force();
    const auto& log = loaded.settings.log;
    log::open({.level = log.level, .format = log.format, .file = log.file});
    for (const auto& warning : loaded.warnings) {
        log::warning("settings", warning);
    }
    App app(loaded.settings);
    std::cout << greeting(loaded.settings) << std::flush;
    app.run();
    log::flush();
}

}

int main(int argc, char** argv)
{
    CLI::App command("An authorization service: registration, one-time codes, logins, tokens.", "watchword");
    command.set_version_flag("--version", std::string(version));
    command.require_subcommand(0, 1);
    command.add_subcommand("serve", "Serve until told to stop (also without a command)");
    auto* config = command.add_subcommand("config", "Show the settings in force and where each came from");
    bool as_markdown = false;
    config->add_flag("--markdown", as_markdown, "Show every setting and its default as the tables of the README");
    auto* mail = command.add_subcommand("mail", "List, retry or drop the mail that waits or was given up");
    mail->require_subcommand(1);
    MailCommand of_mail;
    mail->add_subcommand("list", "Show each mail, but not what it says")->callback([&] {
        of_mail.action = MailCommand::Action::list;
    });
    auto* retry = mail->add_subcommand("retry", "Make mails due now");
    retry->add_option("ID", of_mail.ids, "Which ones, as `mail list` shows them");
    bool every_one = false;
    retry->add_flag("--all", every_one, "Every mail that was given up, in place of ids");
    retry->callback([&] {
        if (every_one != of_mail.ids.empty()) {
            throw CLI::ValidationError("mail retry", "give either ids or --all");
        }
        of_mail.action = every_one ? MailCommand::Action::retry_all : MailCommand::Action::retry;
    });
    auto* drop = mail->add_subcommand("drop", "Remove mails that nobody wants any more");
    drop->add_option("ID", of_mail.ids, "Which ones, as `mail list` shows them")->required();
    drop->callback([&] { of_mail.action = MailCommand::Action::drop; });
    auto* audit = command.add_subcommand("audit", "Show the audit trail, or prove that nothing in it was changed");
    audit->require_subcommand(1);
    AuditCommand of_audit;
    auto* show = audit->add_subcommand("list", "Show the records, each as a line of JSON");
    show->add_option("--user", of_audit.user_id, "Only those of this account");
    auto* verify = audit->add_subcommand("verify", "Check that each record is what was written, where it was written");
    std::string noted_hash;
    const auto* noted =
        verify->add_option("HASH", noted_hash, "What an earlier check said, to see that nothing was cut off since");
    verify->callback([&] {
        of_audit.action = AuditCommand::Action::verify;
        if (*noted) {
            of_audit.noted_hash = hash_in(noted_hash);
        }
    });
    CLI11_PARSE(command, argc, argv);

    try {
        if (as_markdown) {
            std::cout << settings_table();
        } else if (config->parsed()) {
            std::cout << settings_report(settings_in_force());
        } else if (mail->parsed()) {
            return run_mail_command(settings_in_force().settings, of_mail, std::cout, std::cerr);
        } else if (audit->parsed()) {
            return run_audit_command(settings_in_force().settings, of_audit, std::cout, std::cerr);
        } else {
            serve();
        }
        return 0;
    } catch (const std::exception& exception) {
        std::cerr << "watchword: " << exception.what() << '\n';
        return 1;
    }
}
