#include "app/settings_signing_key.hpp"

#include "base/start_refused.hpp"
#include "tests/support/temporary_folder.hpp"

#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SigningKeyFile : public testing::Test {
protected:
    std::filesystem::path data() const { return folder_.path() / "data"; }
    std::filesystem::path file() const { return data() / "secret_key"; }

    void write(std::string_view contents, mode_t mode = 0600) const
    {
        std::filesystem::create_directories(data());
        std::ofstream(file(), std::ios::binary) << contents;
        ::chmod(file().c_str(), mode);
    }

    std::string refusal() const
    {
        try {
            load_or_create_signing_key(data());
        } catch (const StartRefused& refused) {
            return refused.what();
        }
        return "not refused";
    }

    static mode_t mode_of(const std::filesystem::path& path)
    {
        struct stat status{};
        ::stat(path.c_str(), &status);
        return status.st_mode & 07777;
    }

private:
    tests::TemporaryFolder folder_;
};

TEST_F(SigningKeyFile, IsMadeOnceAndKept)
{
    const std::string first = load_or_create_signing_key(data()).reveal();
    EXPECT_TRUE(std::regex_match(first, std::regex("[0-9a-f]{64}"))) << first;
    EXPECT_EQ(load_or_create_signing_key(data()).reveal(), first);
    EXPECT_EQ(mode_of(file()), 0600u);
    EXPECT_EQ(mode_of(data()), 0700u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(data()), {}), 1) << "nothing else is left behind";

    std::filesystem::remove(file());
    EXPECT_NE(load_or_create_signing_key(data()).reveal(), first);
}

TEST_F(SigningKeyFile, GivesEveryOneOfSeveralFirstStartsTheSameKey)
{
    std::vector<std::string> keys(8);
    {
        std::vector<std::jthread> starts;
        for (std::string& key : keys) {
            starts.emplace_back([&] { key = load_or_create_signing_key(data()).reveal(); });
        }
    }
    EXPECT_THAT(keys, testing::Each(keys.front()));
}

TEST_F(SigningKeyFile, HoldsTheKeyByteForByte)
{
    write("  q8Zr5Lx2Vw9Tb4Nc7Hd3Jf6Ks1Mg0PyQ \n");
    EXPECT_EQ(load_or_create_signing_key(data()).reveal(), "  q8Zr5Lx2Vw9Tb4Nc7Hd3Jf6Ks1Mg0PyQ ");
}

TEST_F(SigningKeyFile, IsRefusedWhenOthersMayOpenIt)
{
    for (const mode_t mode : {0640u, 0604u, 0620u, 0777u}) {
        write("q8Zr5Lx2Vw9Tb4Nc7Hd3Jf6Ks1Mg0PyQ", mode);
        EXPECT_THAT(refusal(), AllOf(HasSubstr("chmod 600 " + file().string()), Not(HasSubstr("q8Zr5L"))));
    }
}

TEST_F(SigningKeyFile, IsRefusedWhenItIsEmptyShortOrPublished)
{
    for (const std::string_view text : {"", "\n", "q8Zr5Lx2Vw9Tb4Nc7Hd3Jf6Ks1Mg0Py"}) {
        write(text);
        EXPECT_THAT(refusal(), AllOf(HasSubstr("at least 32 are needed"), Not(HasSubstr("q8Zr5L"))));
    }
    write("your-super-secret-jwt-token-with-at-least-32-characters-long");
    EXPECT_THAT(refusal(), HasSubstr("published sample"));
}

TEST_F(SigningKeyFile, IsRefusedWhenItIsNoFile)
{
    std::filesystem::create_directories(file());
    EXPECT_THAT(refusal(), HasSubstr("it is no file"));
}

TEST_F(SigningKeyFile, SaysWhatToDoWhereItCannotBeMade)
{
    std::ofstream(data()) << "a file, not a folder";
    EXPECT_THAT(refusal(), AllOf(HasSubstr("DATA_DIR"), HasSubstr(data().string())));
}

}
}
