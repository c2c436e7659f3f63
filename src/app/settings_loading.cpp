#include "app/settings_loading.hpp"

#include "app/settings_checks.hpp"
#include "app/settings_declaration.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace watchword {
namespace {

std::string problem(const Setting& setting, const WrittenValue& value, const std::string& reason)
{
    return fmt::format("{}={} ({}){}{}. Accepted: {}", setting.name, setting.reader.show(value.text), value.origin,
                       reason.empty() ? "" : ": ", reason, setting.reader.accepted);
}

/// Plain text has no use for the marks of Markdown.
std::string without_backticks(std::string text)
{
    std::erase(text, '`');
    return text;
}

SettingInForce load_default(const Setting& setting, Settings& settings)
{
    if (setting.fallback.value.empty()) {
        return {setting.name, without_backticks(fmt::format("(unset: {})", setting.fallback.note)), "default"};
    }
    // A default that cannot be read is a mistake of ours, which the tests find.
    static_cast<void>(setting.reader.read(settings, setting.fallback.value));
    return {setting.name, std::string(setting.fallback.value), "default"};
}

/// Reads one setting into its place; the result is how to show it.
SettingInForce load(const Setting& setting, const WrittenValues& written, Settings& settings,
                    SettingsFindings& findings)
{
    const auto found = written.find(setting.name);
    if (!found) {
        findings.wrong(setting.name, found.error());
        return {setting.name, "", ""};
    }
    if (!*found) {
        return load_default(setting, settings);
    }
    const WrittenValue& value = **found;
    if (const auto read = setting.reader.read(settings, value.text); !read) {
        findings.wrong(setting.name, problem(setting, value, read.error()));
    } else if (value.lost_quotes && setting.reader.show == shown_as_secret) {
        findings.warn(
            fmt::format("{0}: the quotes around its value in the environment were dropped; where they belong to "
                        "it, put it into a file and name that in {0}_FILE",
                        setting.name));
    }
    return {setting.name, setting.reader.show(value.text), value.origin};
}

std::string refusal(const std::vector<std::string>& problems)
{
    if (problems.size() == 1) {
        return "One setting is wrong: " + problems.front();
    }
    std::string text = fmt::format("{} settings are wrong:", problems.size());
    for (const std::string& problem : problems) {
        text += "\n  " + problem;
    }
    return text;
}

}

std::expected<LoadedSettings, std::string> load_settings(const SettingsSources& sources)
{
    const auto written = WrittenValues::read(sources);
    if (!written) {
        return std::unexpected(fmt::format("The settings cannot be read: {}", written.error()));
    }
    LoadedSettings loaded;
    SettingsFindings findings;
    for (const SettingGroup& group : declared_settings()) {
        for (const Setting& setting : group.settings) {
            loaded.in_force.push_back(load(setting, *written, loaded.settings, findings));
        }
    }
    complete_settings(loaded.settings, sources.now, findings);
    if (!findings.problems().empty()) {
        return std::unexpected(refusal(findings.problems()));
    }
    loaded.warnings = written->warnings();
    loaded.warnings.insert(loaded.warnings.end(), findings.warnings().begin(), findings.warnings().end());
    return loaded;
}

}
