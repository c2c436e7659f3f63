#include "files/disk_name.hpp"

#include <set>

#include <gtest/gtest.h>

namespace watchword::files {
namespace {

FileName name(std::string_view text)
{
    return FileName::parse(text).value();
}

TEST(DiskName, KeepsWhatIsPlain)
{
    EXPECT_EQ(disk_path(name("hello-1_2.tar.gz")), "hello-1_2.tar.gz");
    EXPECT_EQ(disk_path(name("README.md")), "+r+e+a+d+m+e.md");
    EXPECT_EQ(disk_path(name(".hidden")), "%2ehidden");
    EXPECT_EQ(disk_path(name("a b%+~.txt")), "a%20b%25%2b%7e.txt");
    EXPECT_EQ(disk_path(name("é")), "%c3%a9");
}

TEST(DiskName, IsUndone)
{
    std::string korean;
    for (int i = 0; i < 85; ++i) {
        korean += "가";
    }
    for (const auto& text : {std::string("hello.txt"), std::string("README"), std::string("..."), std::string("+a%41~"),
                             std::string("emoji😀.png"), std::string("~"), std::string(255, '~'), std::string(240, 'x'),
                             std::string(241, 'x'), korean}) {
        const auto path = disk_path(name(text));
        EXPECT_EQ(name_of_disk_path(path), name(text)) << path;
    }
}

TEST(DiskName, NeverLeavesItsFolderAndFitsIntoEveryFileSystem)
{
    for (unsigned c = 1; c < 0x300; ++c) {
        std::string text;
        text += c < 0x80 ? std::string(1, static_cast<char>(c))
                         : std::string{static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
        for (const auto& candidate : {text, text + text, "." + text, std::string(247, 'X') + text}) {
            const auto parsed = FileName::parse(candidate);
            if (!parsed) {
                continue;
            }
            auto path = disk_path(*parsed);
            EXPECT_EQ(path.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.%+~/"), path.npos) << path;
            while (!path.empty()) {
                const auto segment = path.substr(0, path.find('/'));
                EXPECT_FALSE(segment.empty() || segment.front() == '.' || segment.size() > 255) << path;
                path.erase(0, segment.size() + 1);
            }
        }
    }
}

TEST(DiskName, TellsApartWhatDiffersInCaseOrForm)
{
    const std::set<std::string> paths{disk_path(name("a")),       disk_path(name("A")),   disk_path(name("\u00e9")),
                                      disk_path(name("e\u0301")), disk_path(name("%41")), disk_path(name("+a"))};
    EXPECT_EQ(paths.size(), 6u);
}

TEST(DiskName, IsNoOtherName)
{
    for (const auto* path : {"", "A", "a b", "%41", "%", "%4", "%zz", "%2E", "+", "+A", ".a", "a~", "~/a", "a~/b",
                             "%2f", "%00", "%2e%2e", "a/b", "%ff"}) {
        EXPECT_FALSE(name_of_disk_path(path)) << path;
    }
}

}
}
