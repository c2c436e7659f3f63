#pragma once

#include "postgres/database.hpp"
#include "registration/registration_store.hpp"

#include <memory>

namespace watchword::registration {

std::unique_ptr<RegistrationStore> make_pg_registration_store(postgres::Database& database);

}
