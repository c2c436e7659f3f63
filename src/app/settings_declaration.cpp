#include "app/settings_declaration.hpp"

namespace watchword {

const std::vector<SettingGroup>& declared_settings()
{
    static const std::vector<SettingGroup> groups{
        settings_of_the_service(), settings_of_listening(), settings_of_http(),   settings_of_rate_limits(),
        settings_of_tokens(),      settings_of_passwords(), settings_of_codes(),  settings_of_mail(),
        settings_of_files(),       settings_of_redis(),     settings_of_caches(), settings_of_the_database(),
        settings_of_the_log(),
    };
    return groups;
}

}
