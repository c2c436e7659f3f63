#pragma once

namespace watchword::accounts {

/// Whether answers may tell that an address has an account (`ACCOUNT_EXISTENCE`). Time never tells it.
enum class AccountExistence {
    reveal, ///< the answers of the service that this one replaces
    hide,   ///< one answer for an address with an account and for one without (OWASP ASVS 5.0, 6.3.8)
};

}
