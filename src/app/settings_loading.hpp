#pragma once

#include "app/settings.hpp"
#include "app/settings_written.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace watchword {

/// One setting as people are shown it.
struct SettingInForce {
    std::string_view name;
    std::string value;  ///< secrets as `(set, 42 characters)`
    std::string origin; ///< `default`, `environment`, `.env line 3`, `file /run/secrets/key`
};

struct LoadedSettings {
    Settings settings;
    std::vector<std::string> warnings;    ///< one line each, for the log: what is allowed and should be thought about
    std::vector<SettingInForce> in_force; ///< in the order of declaration
};

/// Reads every setting. The error is the one message with which the start is refused: a line for each wrong variable,
/// with its name, what was read (never a secret), what is accepted and where it came from.
std::expected<LoadedSettings, std::string> load_settings(const SettingsSources& sources);

/// What `watchword config` prints: each setting, its value in force, and where that came from.
std::string settings_report(const LoadedSettings& loaded);

/// The tables of settings for the README, in Markdown.
std::string settings_table();

}
