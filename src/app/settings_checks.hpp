#pragma once

#include "app/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace watchword {

/// What is wrong with the settings, and what is allowed but should be thought about.
class SettingsFindings {
public:
    /// Records a problem of one setting. Only the first counts: what follows from it would only confuse.
    void wrong(std::string_view name, std::string text);
    void warn(std::string text) { warnings_.push_back(std::move(text)); }

    bool is_wrong(std::string_view name) const;
    const std::vector<std::string>& problems() const { return problems_; }
    const std::vector<std::string>& warnings() const { return warnings_; }

private:
    std::vector<std::string_view> wrong_names_;
    std::vector<std::string> problems_;
    std::vector<std::string> warnings_;
};

/// Fills in what follows from other settings, and checks what concerns more than one of them.
void complete_settings(Settings& settings, Instant now, SettingsFindings& findings);

}
