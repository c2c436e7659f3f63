#pragma once

#include "registration/registration_store.hpp"
#include "sqlite/database.hpp"

#include <memory>

namespace watchword::registration {

std::unique_ptr<RegistrationStore> make_sqlite_registration_store(sqlite::Database& database);

}
