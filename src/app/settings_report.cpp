#include "app/settings_declaration.hpp"
#include "app/settings_loading.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace watchword {
namespace {

/// The text where a bar would end the cell of a table.
std::string cell(std::string_view text)
{
    std::string escaped;
    for (const char character : text) {
        escaped += character == '|' ? "\\|" : std::string(1, character);
    }
    return escaped;
}

std::string default_cell(const Default& fallback)
{
    return fallback.value.empty() ? fmt::format("unset: {}", fallback.note) : fmt::format("`{}`", fallback.value);
}

std::string accepted_cell(const Setting& setting)
{
    return setting.reader.unit.empty() ? setting.reader.accepted
                                       : fmt::format("{} ({})", setting.reader.accepted, setting.reader.unit);
}

}

std::string settings_report(const LoadedSettings& loaded)
{
    std::size_t name_width = 0;
    std::size_t value_width = 0;
    for (const SettingInForce& setting : loaded.in_force) {
        name_width = std::max(name_width, setting.name.size());
        value_width = std::max(value_width, std::min<std::size_t>(setting.value.size(), 32));
    }
    std::string report;
    auto setting = loaded.in_force.begin();
    for (const SettingGroup& group : declared_settings()) {
        report += fmt::format("{}# {}\n", report.empty() ? "" : "\n", group.title);
        for (std::size_t i = 0; i < group.settings.size(); ++i, ++setting) {
            report += fmt::format("{:<{}}  {:<{}}  {}\n", setting->name, name_width, setting->value, value_width,
                                  setting->origin);
        }
    }
    return report;
}

std::string settings_table()
{
    std::string table;
    for (const SettingGroup& group : declared_settings()) {
        table += fmt::format(
            "{}### {}\n\n| Name | Default | Accepted | Meaning | Why this default |\n|---|---|---|---|---|\n",
            table.empty() ? "" : "\n", group.title);
        for (const Setting& setting : group.settings) {
            table += fmt::format("| `{}` | {} | {} | {} | {} |\n", setting.name, cell(default_cell(setting.fallback)),
                                 cell(accepted_cell(setting)), cell(setting.meaning), cell(setting.reason));
        }
    }
    return table;
}

}
