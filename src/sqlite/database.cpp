#include "sqlite/database.hpp"

#include "runtime/io_threads.hpp"
#include "sqlite/schema.hpp"

namespace watchword::sqlite {
namespace {

std::string established(std::string path)
{
    establish_schema(path);
    return path;
}

}

const ChangeFeed Database::nobody_listens;

Database::Database(const std::string& path, std::size_t io_threads, WriteLimits limits, const ChangeFeed& feed)
    : writer_(established(path), limits, feed)
{
    for (std::size_t i = 0; i < io_threads; ++i) {
        readers_.push_back(std::make_unique<Connection>(path, Connection::Access::read_only));
    }
}

Connection& Database::reader()
{
    return *readers_.at(IoThreads::current());
}

}
