#include "accounts/account_http.hpp"

#include "accounts/email_address_http.hpp"

namespace watchword::accounts {

const http::Body<Account> user_read = http::Body<Account>("UserRead")
                                          .field("email", &Account::email)
                                          .field("full_name", &Account::full_name)
                                          .field("id", &Account::id)
                                          .field("created_at", &Account::created_at)
                                          .field("is_email_verified", &Account::email_verified);

}
