#pragma once

#include "login/known_clients.hpp"
#include "sqlite/database.hpp"

#include <memory>

namespace watchword::login {

std::unique_ptr<KnownClients> make_sqlite_known_clients(sqlite::Database& database);

}
