#pragma once

#include "app/settings.hpp"
#include "app/settings_values.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace watchword {

/// How the text of a setting becomes a member of an area of Settings, and how it is spoken of.
template <class Area>
struct Reader {
    std::string accepted;  ///< `a whole number from 4 to 15`
    std::string_view unit; ///< `seconds`; empty where values have none
    std::function<Parsed<void>(Area&, std::string_view)> read;
    std::string (*show)(std::string_view) = shown_whole;
};

/// What holds while nothing is set.
struct Default {
    std::string_view value; ///< as an operator would write it; empty: no value
    std::string_view note;  ///< what happens without a value

    Default(const char* text) : value(text) {}
    static Default unset(std::string_view note)
    {
        Default none("");
        none.note = note;
        return none;
    }
};

/// The declaration of one setting.
template <class Area>
struct SettingOf {
    std::string_view name;
    Reader<Area> reader;
    Default fallback;
    std::string_view meaning; ///< one sentence
    std::string_view reason;  ///< of the default
};

using Setting = SettingOf<Settings>;

struct SettingGroup {
    std::string_view title;
    std::vector<Setting> settings;
};

/// Every setting there is, each once. Parsing, errors, `watchword config` and the table of the README come from here.
const std::vector<SettingGroup>& declared_settings();

// The groups, each in settings_of_*.cpp.
SettingGroup settings_of_the_service();
SettingGroup settings_of_listening();
SettingGroup settings_of_http();
SettingGroup settings_of_rate_limits();
SettingGroup settings_of_tokens();
SettingGroup settings_of_passwords();
SettingGroup settings_of_codes();
SettingGroup settings_of_mail();
SettingGroup settings_of_the_database();
SettingGroup settings_of_files();
SettingGroup settings_of_redis();
SettingGroup settings_of_caches();
SettingGroup settings_of_the_log();

}
