#include "base/unavailable.hpp"
#include "redis/reply.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using watchword::redis::Reply;
using watchword::redis::ReplyReader;

void write(const Reply& reply, std::string& text)
{
    text += std::to_string(static_cast<int>(reply.kind)) + '(' + reply.text + ' ' + std::to_string(reply.number);
    for (const auto& element : reply.elements) {
        write(element, text);
    }
    text += ')';
}

/// All that is read when the bytes come in pieces of this size.
std::string read_in_pieces(std::string_view bytes, std::size_t size)
{
    std::string text;
    ReplyReader reader;
    try {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
            reader.feed(bytes.substr(0, size));
            while (const auto reply = reader.next()) {
                write(*reply, text);
            }
        }
    } catch (const watchword::Unavailable&) {
        text += '!';
    }
    return text;
}

}

/// However the bytes are cut, the same is read.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto whole = read_in_pieces(bytes, bytes.size());
    if (read_in_pieces(bytes, 1) != whole || read_in_pieces(bytes, 7) != whole) {
        std::abort();
    }
    return 0;
}
