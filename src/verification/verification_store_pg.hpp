#pragma once

#include "postgres/database.hpp"
#include "verification/verification_store.hpp"

#include <memory>

namespace watchword::verification {

std::unique_ptr<VerificationStore> make_pg_verification_store(postgres::Database& database);

}
