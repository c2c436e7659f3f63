#include "app/stores.hpp"

namespace watchword {

std::unique_ptr<Stores> make_stores(const StoresParts& parts)
{
    return parts.settings.database.server ? make_postgres_stores(parts) : make_sqlite_stores(parts);
}

}
