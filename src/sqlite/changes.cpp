#include "sqlite/changes.hpp"

namespace watchword::sqlite {
namespace {

/// Topics and keys are those of ChangeFeed. A login, a refresh and a rehash change nothing that is kept.
constexpr std::string_view triggers = R"(
CREATE TEMP TRIGGER account_changed AFTER UPDATE OF email, full_name, is_email_verified ON main.users
BEGIN SELECT note_change('account', NEW.id); END;
CREATE TEMP TRIGGER account_deleted AFTER DELETE ON main.users
BEGIN SELECT note_change('account', OLD.id); END;
CREATE TEMP TRIGGER session_ended AFTER UPDATE OF revoked_at ON main.sessions
BEGIN SELECT note_change('session', NEW.sid); END;
CREATE TEMP TRIGGER session_deleted AFTER DELETE ON main.sessions
BEGIN SELECT note_change('session', OLD.sid); END;
)";

}

Changes::Changes(Connection& writer, const ChangeFeed& feed)
    : writer_(writer), feed_(feed), foreign_commits_(foreign_commits())
{
    writer_.define_function("note_change", [this](std::string topic, std::string key) {
        collected_.emplace_back(std::move(topic), std::move(key));
    });
    writer_.script(triggers);
}

void Changes::committed()
{
    for (const auto& [topic, key] : collected_) {
        feed_.changed(topic, key);
    }
    collected_.clear();
}

void Changes::look_for_others()
{
    if (const auto now = foreign_commits(); now != foreign_commits_) {
        foreign_commits_ = now;
        feed_.interrupted();
        feed_.resumed();
    }
}

std::int64_t Changes::foreign_commits()
{
    return writer_.row("PRAGMA data_version")->integer(0);
}

}
