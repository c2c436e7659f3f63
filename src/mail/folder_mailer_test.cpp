#include "mail/folder_mailer.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/temporary_folder.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::mail {
namespace {

namespace filesystem = std::filesystem;
using testing::HasSubstr;
using Kind = DeliveryOutcome::Kind;

const Sender sender{"Watchword", *parse_address("no-reply@example.com")};

Letter letter_to(const std::string& address)
{
    Message message{
        .to = address,
        .subject = "Your code",
        .text = "Your code is 012345.\n",
        .html = "",
        .console_line = "Verification code for " + address + ": 012345",
    };
    return {std::move(message), *parse_address(address), "1a2b3c4d5e6f", from_microseconds(1'795'646'422'181'424)};
}

Kind deliver(FolderMailer& mailer, const Letter& letter)
{
    return tests::run_task(mailer.deliver(letter, Deadline::after(std::chrono::seconds{5}))).kind;
}

std::vector<std::string> files_in(const filesystem::path& folder)
{
    std::vector<std::string> names;
    for (const auto& file : filesystem::directory_iterator(folder)) {
        names.push_back(file.path().filename().string());
    }
    return names;
}

TEST(FolderMailer, WritesOnePrivateFileForEachMail)
{
    const tests::TemporaryFolder data;
    std::ostringstream console;
    FolderMailer mailer(data.path() / "mail", sender, console);
    EXPECT_EQ(deliver(mailer, letter_to("jane@example.com")), Kind::delivered);

    EXPECT_THAT(files_in(data.path() / "mail"),
                testing::ElementsAre("2026-11-25T224022Z-jane_example.com-1a2b3c4d.eml"));
    const auto file = data.path() / "mail" / "2026-11-25T224022Z-jane_example.com-1a2b3c4d.eml";
    EXPECT_EQ(filesystem::status(file).permissions(), filesystem::perms::owner_read | filesystem::perms::owner_write);
    EXPECT_EQ(filesystem::status(file.parent_path()).permissions(), filesystem::perms::owner_all);
    std::ostringstream content;
    content << std::ifstream(file).rdbuf();
    EXPECT_THAT(content.str(), HasSubstr("\r\n\r\nYour code is 012345.\r\n"));
}

TEST(FolderMailer, ShowsTheCodeInOneLineOnTheConsole)
{
    const tests::TemporaryFolder data;
    std::ostringstream console;
    FolderMailer mailer(data.path() / "mail", sender, console);
    auto letter = letter_to("jane@example.com");
    letter.message.console_line += "\nforged line\x1b[2J";
    deliver(mailer, letter);
    EXPECT_EQ(console.str(), "Verification code for jane@example.com: 012345 forged line [2J\n");
}

TEST(FolderMailer, LetsNoAddressLeadOutOfTheFolder)
{
    const tests::TemporaryFolder data;
    std::ostringstream console;
    FolderMailer mailer(data.path() / "mail", sender, console);
    EXPECT_EQ(deliver(mailer, letter_to("/etc/passwd@example.com")), Kind::delivered);
    EXPECT_EQ(deliver(mailer, letter_to("j\u00fcrgen@example.com")), Kind::delivered);
    EXPECT_EQ(deliver(mailer, letter_to(std::string(300, 'a') + "@example.com")), Kind::delivered);
    EXPECT_EQ(files_in(data.path() / "mail").size(), 3u);
    EXPECT_EQ(files_in(data.path()).size(), 1u);
}

TEST(FolderMailer, SaysThatTheFolderIsLostInsteadOfLosingTheMail)
{
    const tests::TemporaryFolder data;
    std::ostringstream console;
    FolderMailer mailer(data.path() / "mail", sender, console);
    filesystem::remove_all(data.path() / "mail");
    EXPECT_EQ(deliver(mailer, letter_to("jane@example.com")), Kind::server_lost);
    EXPECT_EQ(console.str(), "");
}

}
}
