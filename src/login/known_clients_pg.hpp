#pragma once

#include "login/known_clients.hpp"
#include "postgres/database.hpp"

#include <memory>

namespace watchword::login {

std::unique_ptr<KnownClients> make_pg_known_clients(postgres::Database& database);

}
