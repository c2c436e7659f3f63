#pragma once

#include "accounts/account.hpp"
#include "http/body.hpp"

namespace watchword::accounts {

/// An account as the API shows it: the schema `UserRead`.
extern const http::Body<Account> user_read;

}
