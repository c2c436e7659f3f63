#pragma once

#include "app/dotenv.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watchword {

/// Where settings are read from.
struct SettingsSources {
    Environment environment;               ///< that of the process: `current_environment()`
    std::filesystem::path dotenv = ".env"; ///< need not exist
    Instant now;                           ///< moments among the settings are compared with it
};

/// The environment of this process.
Environment current_environment();

/// What an operator wrote for one setting.
struct WrittenValue {
    std::string text;   ///< never empty
    std::string origin; ///< `environment`, `.env line 3`, `file /run/secrets/key`
    bool lost_quotes;   ///< the environment had it in quotes, which were dropped
};

/// All that an operator wrote, whatever it means.
///
/// Names are compared without case. The environment wins over the `.env` file, whose values have been through
/// `parse_dotenv`. Matching quotes around a value of the environment are dropped: `docker run --env-file` leaves them
/// there. An empty value is as good as none, but still hides the one in the file. `NAME_FILE` names a file that holds
/// the value; one line end behind it is dropped.
class WrittenValues {
public:
    /// The value of a setting, or nothing where there is none. The error says why there cannot be one: both `NAME` and
    /// `NAME_FILE` are set, or the file cannot be read.
    std::expected<std::optional<WrittenValue>, std::string> find(std::string_view name) const;

    /// What a person should know although it stops nothing: lines of `.env` that were skipped.
    const std::vector<std::string>& warnings() const { return warnings_; }

    /// Fails where there is a `.env` file that cannot be read; the error says why.
    static std::expected<WrittenValues, std::string> read(const SettingsSources& sources);

private:
    std::expected<void, std::string> read_dotenv(const SettingsSources& sources);
    const WrittenValue* look_up(std::string_view name) const;

    std::map<std::string, WrittenValue, std::less<>> values_; // by name in upper case; empty texts too
    std::vector<std::string> warnings_;
};

}
