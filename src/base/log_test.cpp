#include "base/log.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;

/// Reads standard error through a pipe: a file would be cut off by the full disk below.
class StandardError {
public:
    StandardError()
    {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) {
            throw std::runtime_error("no pipe");
        }
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[1]);
        reader_ = std::thread([this, end = ends[0]] {
            std::array<char, 65536> block{};
            for (ssize_t size = 0; (size = ::read(end, block.data(), block.size())) > 0;) {
                text_.append(block.data(), static_cast<std::size_t>(size));
            }
            ::close(end);
        });
    }

    ~StandardError()
    {
        restore();
        ::close(before_);
    }

    StandardError(const StandardError&) = delete;
    StandardError& operator=(const StandardError&) = delete;

    std::string text()
    {
        restore();
        return text_;
    }

private:
    void restore()
    {
        ::dup2(before_, STDERR_FILENO);
        if (reader_.joinable()) {
            reader_.join();
        }
    }

    int before_ = ::dup(STDERR_FILENO);
    std::string text_;
    std::thread reader_;
};

class Log : public testing::Test {
protected:
    void SetUp() override
    {
        std::string pattern = "/tmp/watchword-log-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }

    void TearDown() override
    {
        open({});
        std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
        std::filesystem::remove_all(folder_);
    }

    std::filesystem::path file() const { return folder_ / "logs" / "app.log"; }

    /// Opens the log and runs `work`; what standard error got meanwhile.
    template <class Work>
    static std::string standard_error(const Options& options, Work work)
    {
        StandardError captured;
        open(options);
        work();
        flush();
        return captured.text();
    }

    static std::string contents(const std::filesystem::path& path)
    {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }

    static std::vector<std::string> lines(const std::string& text)
    {
        std::vector<std::string> all;
        std::istringstream stream(text);
        for (std::string line; std::getline(stream, line);) {
            all.push_back(line);
        }
        return all;
    }

    std::filesystem::path folder_;
};

TEST_F(Log, HasTheLineFormOfTheServiceThatItReplaces)
{
    standard_error({.file = file()}, [] {
        info("login", "signed in", {{"account", 42}, {"first", true}, {"client", "192.0.2.7"}});
        warning("mail", "server is slow");
        error("app", "cannot go on");
    });
    const std::string time = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{3} - ";
    EXPECT_TRUE(std::regex_match(
        contents(file()), std::regex(time + R"(\[INFO\] - login - signed in account=42 first=true client=192.0.2.7)" +
                                     "\n" + time + R"(\[WARNING\] - mail - server is slow)" + "\n" + time +
                                     R"(\[ERROR\] - app - cannot go on)" + "\n")))
        << contents(file());
}

TEST_F(Log, WritesTheSameToStandardErrorWithoutColoursWhereThatIsNoTerminal)
{
    const std::string shown = standard_error({.file = file()}, [] { error("app", "one"); });
    EXPECT_THAT(shown, HasSubstr(" - [ERROR] - app - one\n"));
    EXPECT_EQ(shown, contents(file()));
}

TEST_F(Log, WritesOneJsonObjectALine)
{
    const std::string shown = standard_error({.format = Format::json, .file = file()}, [] {
        warning("login", "locked", {{"account", -7}, {"user_agent", "a \"b\" \\ \x1b[31m\xff"}, {"again", false}});
    });
    const std::string members = R"("level":"warning","logger":"login","message":"locked","account":-7,)"
                                R"("user_agent":"a \"b\" \\ \u001b[31m\\xff","again":false})";
    EXPECT_THAT(shown, HasSubstr(members));
    EXPECT_TRUE(std::regex_search(shown, std::regex(R"(^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",)")))
        << shown;
    EXPECT_EQ(shown, contents(file()));
}

TEST_F(Log, StaysOnOneLineWhateverAFieldHolds)
{
    const std::vector<std::string> hostile{
        "a\r\nb",
        "a\nINFO - forged",
        "\x1b[2J\x1b]0;title\a",
        "\xc2\x9b"
        "31m",
        "\xff\xfe",
        "cut \xe2\x82",
        "\xed\xa0\x80",
        std::string("nul\0nul", 7),
        "u+2028 \xe2\x80\xa8 u+0085 \xc2\x85",
        "\xe2\x80\xae"
        "reversed",
        "quote\" key=value",
        "\\",
        "\v\f\b\x7f",
    };
    for (const Format format : {Format::text, Format::json}) {
        for (const std::string& value : hostile) {
            const std::string shown = standard_error({.format = format}, [&] { info(value, value, {{value, value}}); });
            ASSERT_THAT(lines(shown), SizeIs(1)) << shown;
            for (const char byte : shown.substr(0, shown.size() - 1)) {
                EXPECT_TRUE(byte >= 0x20 && byte < 0x7f) << shown;
            }
        }
    }
}

TEST_F(Log, QuotesAFieldThatCouldBeTakenForMore)
{
    const std::string shown = standard_error({}, [] {
        info("app", "m",
             {{"a", "plain"}, {"b", ""}, {"c", "x=1 y"}, {"d", "say \"hi\""}, {"e", "J\xc3\xb6rg"}, {"f", "\\n"}});
    });
    EXPECT_THAT(shown, HasSubstr("m a=plain b=\"\" c=\"x=1 y\" d=\"say \\\"hi\\\"\" e=J\xc3\xb6rg f=\"\\\\n\"\n"));
}

TEST_F(Log, LeavesOutWhatIsBelowItsLevel)
{
    const auto one_of_each = [] {
        debug("app", "fine");
        info("app", "usual");
        warning("app", "odd");
        error("app", "bad");
    };
    EXPECT_THAT(lines(standard_error({.level = Level::debug}, one_of_each)), SizeIs(4));
    EXPECT_THAT(lines(standard_error({}, one_of_each)), SizeIs(3));
    EXPECT_THAT(lines(standard_error({.level = Level::error}, one_of_each)), SizeIs(1));
}

TEST_F(Log, WarnsOnceAndGoesOnWhereAFolderIsInTheWay)
{
    std::filesystem::create_directories(file());
    const auto shown = lines(standard_error({.file = file()}, [] {
        info("app", "one");
        info("app", "two");
    }));
    ASSERT_THAT(shown, SizeIs(3));
    EXPECT_THAT(shown[0], HasSubstr("[WARNING] - log - "));
    EXPECT_THAT(shown[0], HasSubstr("path=" + file().string()));
    EXPECT_THAT(shown[0], HasSubstr("Is a directory"));
    EXPECT_THAT(shown[2], HasSubstr("two"));
}

TEST_F(Log, WarnsOnceAndGoesOnWhereTheFolderCannotBeMade)
{
    std::ofstream(folder_ / "logs") << "a file, not a folder";
    const auto shown = lines(standard_error({.file = file()}, [] { info("app", "one"); }));
    ASSERT_THAT(shown, SizeIs(2));
    EXPECT_THAT(shown[0], HasSubstr("cannot create its folder: Not a directory"));
}

/// Root may write everywhere, so a test that runs as root takes off that hat for a while.
class NotRoot {
public:
    NotRoot()
    {
        if (before_ == 0 && ::seteuid(65534) != 0) {
            throw std::runtime_error("seteuid");
        }
    }
    ~NotRoot() { static_cast<void>(::seteuid(before_)); }
    NotRoot(const NotRoot&) = delete;
    NotRoot& operator=(const NotRoot&) = delete;

private:
    uid_t before_ = ::geteuid();
};

TEST_F(Log, WarnsOnceAndGoesOnWhereItMayNotWrite)
{
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    const NotRoot user;
    const auto shown = lines(standard_error({.file = file()}, [] { info("app", "one"); }));
    ASSERT_THAT(shown, SizeIs(2));
    EXPECT_THAT(shown[0], HasSubstr("Permission denied"));
}

TEST_F(Log, WarnsOnceAndGoesOnWhereTheDiskIsFull)
{
    std::filesystem::create_directories(file().parent_path());
    std::filesystem::create_symlink("/dev/full", file());
    const auto shown = lines(standard_error({.file = file()}, [] { info("app", "one"); }));
    ASSERT_THAT(shown, SizeIs(2));
    EXPECT_THAT(shown[1], HasSubstr("No space left on device"));
}

/// Lets no file grow beyond `bytes`, which is what a full disk looks like from inside.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes)
    {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit now{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

private:
    rlimit before_{};
    void (*signal_before_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST_F(Log, WritesTheFileAgainOnceTheDiskHasRoomAndTellsWhatIsMissing)
{
    const auto shown = lines(standard_error({.file = file(), .pause_before_reopening = {}}, [] {
        info("app", "before");
        {
            const FullDisk full(80);
            info("app", "lost, and cut off in the middle");
            info("app", "lost");
        }
        info("app", "after");
    }));
    ASSERT_THAT(shown, SizeIs(6)) << testing::PrintToString(shown);
    EXPECT_THAT(shown[2], HasSubstr("File too large"));
    EXPECT_THAT(shown[5], HasSubstr("lines_lost=2"));

    const auto kept = lines(contents(file()));
    EXPECT_THAT(kept.front(), HasSubstr("before"));
    EXPECT_TRUE(std::regex_match(kept.back(), std::regex("[-0-9 :,]+ - \\[INFO\\] - app - after"))) << kept.back();
}

TEST_F(Log, RotatesAtFiveMegabytesAndKeepsFiveOldFiles)
{
    std::filesystem::create_directories(file().parent_path());
    for (int i = 0; i < 8; ++i) {
        std::ofstream(file(), std::ios::app).close();
        std::filesystem::resize_file(file(), 5 * 1024 * 1024 - 10);
        standard_error({.file = file()}, [&] { info("app", "one line too many", {{"number", i}}); });
        EXPECT_THAT(contents(file()), HasSubstr(fmt::format("number={}\n", i)));
    }
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(file().parent_path())) {
        files.insert(entry.path().filename());
        EXPECT_LE(entry.file_size(), 5u * 1024 * 1024) << entry.path();
    }
    EXPECT_THAT(files, ElementsAre("app.log", "app.log.1", "app.log.2", "app.log.3", "app.log.4", "app.log.5"));
    EXPECT_THAT(contents(file().string() + ".1"), HasSubstr("number=6\n"));
}

TEST_F(Log, KeepsLinesOfManyThreadsWhole)
{
    standard_error({.file = file()}, [] {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([thread] {
                for (int i = 0; i < 500; ++i) {
                    info("app", "line", {{"thread", thread}, {"number", i}});
                    debug("app", "off");
                }
            });
        }
    });
    const auto all = lines(contents(file()));
    ASSERT_THAT(all, SizeIs(2000));
    for (const std::string& line : all) {
        ASSERT_THAT(line, MatchesRegex(".* - \\[INFO\\] - app - line thread=[0-3] number=[0-9]+"));
    }
}

}
}
