#include "app/settings_declaration.hpp"

#include "app/settings_loading.hpp"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword {
namespace {

using testing::HasSubstr;

std::vector<Setting> all_settings()
{
    std::vector<Setting> all;
    for (const SettingGroup& group : declared_settings()) {
        all.insert(all.end(), group.settings.begin(), group.settings.end());
    }
    return all;
}

bool is_a_sentence(std::string_view text)
{
    return text.size() > 5 && text.ends_with('.') && text.front() != ' ' && !text.contains('\n');
}

TEST(SettingsDeclaration, DeclaresEverySettingOnce)
{
    std::set<std::string_view> names;
    for (const Setting& setting : all_settings()) {
        EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
        EXPECT_EQ(setting.name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"), std::string_view::npos);
    }
    for (const std::string_view name : names) {
        EXPECT_FALSE(names.contains(std::string(name) + "_FILE")) << name << "_FILE would have two meanings";
    }
}

TEST(SettingsDeclaration, SaysOfEverySettingWhatItMeansAndWhyItsDefaultIsWhatItIs)
{
    for (const Setting& setting : all_settings()) {
        EXPECT_TRUE(is_a_sentence(setting.meaning)) << setting.name;
        EXPECT_TRUE(is_a_sentence(setting.reason)) << setting.name;
        EXPECT_FALSE(setting.reader.accepted.empty()) << setting.name;
        EXPECT_NE(setting.fallback.value.empty(), setting.fallback.note.empty()) << setting.name;
    }
}

TEST(SettingsDeclaration, GivesEveryNumberAUnit)
{
    for (const Setting& setting : all_settings()) {
        EXPECT_EQ(setting.reader.accepted.starts_with("a whole number"), !setting.reader.unit.empty()) << setting.name;
        for (const std::string_view unit : {"seconds", "milliseconds", "minutes", "days", "bytes"}) {
            std::string ending = "_";
            std::ranges::transform(unit, std::back_inserter(ending), [](char c) { return static_cast<char>(c - 32); });
            if (setting.name.ends_with(ending)) {
                EXPECT_EQ(setting.reader.unit, unit) << setting.name;
            }
        }
    }
}

TEST(SettingsDeclaration, HasDefaultsThatCanBeRead)
{
    Settings settings;
    for (const Setting& setting : all_settings()) {
        if (!setting.fallback.value.empty()) {
            const auto read = setting.reader.read(settings, setting.fallback.value);
            EXPECT_TRUE(read) << setting.name << ": " << (read ? "" : read.error());
        }
    }
}

TEST(SettingsDeclaration, NeverShowsASecret)
{
    for (const Setting& setting : all_settings()) {
        const bool secret = setting.name.contains("SECRET_KEY") || setting.name.contains("PASSWORD");
        if (secret && setting.name != "SECRET_KEY_PREVIOUS_UNTIL" && setting.name != "PASSWORD_HASH") {
            EXPECT_EQ(setting.reader.show("hunter2"), "(set, 7 characters)") << setting.name;
        }
        if (setting.name.ends_with("_URL")) {
            EXPECT_EQ(setting.reader.show("redis://u:hunter2@h"), "redis://…") << setting.name;
        }
    }
}

TEST(SettingsDeclaration, IsTheTableOfTheReadme)
{
    const std::string table = settings_table();
    for (const Setting& setting : all_settings()) {
        EXPECT_THAT(table, HasSubstr("| `" + std::string(setting.name) + "` | "));
    }
    for (std::size_t start = 0; start < table.size();) {
        const auto end = table.find('\n', start);
        const std::string line = table.substr(start, end - start);
        if (line.starts_with("| `")) {
            EXPECT_EQ(std::ranges::count(line, '|') - std::ranges::count(line, '\\'), 6) << line;
        }
        start = end + 1;
    }
}

}
}
