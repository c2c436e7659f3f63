#pragma once

#include "base/secret.hpp"

#include <chrono>

namespace watchword::postgres {

/// Makes the database at `url` one of this program's schema: applies the migrations that it lacks, each in a
/// transaction together with its number, but for those that say that they cannot be. Any number of processes may do
/// this at the same time; each migration is applied once. Tries again for `patience` where the server cannot be reached
/// yet. Blocks its thread: for the start.
///
/// Throws StartRefused with a line that says what to do.
void establish_schema(const SecretText& url, std::chrono::seconds patience);

}
