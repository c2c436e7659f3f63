#include "app/stores.hpp"

namespace watchword {

std::unique_ptr<Stores> make_stores(const StoresParts& parts)
{
    return parts.settings.database.postgres_url.empty() ? make_sqlite_stores(parts) : make_postgres_stores(parts);
}

}
