#pragma once

#include "base/secret.hpp"

#include <filesystem>

namespace watchword {

/// The signing key of an installation that sets no `SECRET_KEY`: what the file `secret_key` in the data folder holds,
/// without the line end behind it. Where there is no such file, 32 random bytes from the kernel are written there as 64
/// hexadecimal digits, with mode 0600, and are on the disk before they are used: a key that a power cut takes away
/// would log everybody out. Of several processes that start at once, all get the same key. Creates the folder where it
/// is missing.
///
/// Throws StartRefused, with a line that says what to do, when the file is open to other users, too short or a
/// published sample, and when it cannot be read or made.
SecretText load_or_create_signing_key(const std::filesystem::path& data_folder);

}
