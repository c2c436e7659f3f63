#include "redis/command.hpp"

#include <cstddef>
#include <memory>
#include <new>

#include <hiredis/hiredis.h>

namespace watchword::redis {

Command::Command(const std::vector<std::string_view>& words)
{
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    for (const auto word : words) {
        starts.push_back(word.data() ? word.data() : "");
        sizes.push_back(word.size());
    }
    char* formatted = nullptr;
    const auto size = ::redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), starts.data(), sizes.data());
    if (size < 0) {
        throw std::bad_alloc();
    }
    const std::unique_ptr<char, void (*)(char*)> owner(formatted, ::redisFreeCommand);
    bytes_.assign(formatted, static_cast<std::size_t>(size));
}

}
