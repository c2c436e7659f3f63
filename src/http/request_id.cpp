#include "http/request_id.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <sys/random.h>

namespace watchword::http {
namespace {

/// Random bytes of one thread, fetched for many ids at once: a system call for each would cost more than the id.
class RandomBytes {
public:
    static constexpr std::size_t id_bytes = 16;

    const unsigned char* next_id()
    {
        if (used_ == bytes_.size()) {
            refill();
        }
        used_ += id_bytes;
        return bytes_.data() + used_ - id_bytes;
    }

private:
    static constexpr std::size_t ids_at_once = 256;

    void refill()
    {
        std::size_t filled = 0;
        while (filled < bytes_.size()) {
            const auto count = ::getrandom(bytes_.data() + filled, bytes_.size() - filled, 0);
            if (count >= 0) {
                filled += static_cast<std::size_t>(count);
            } else if (errno != EINTR) {
                throw std::system_error(errno, std::generic_category(), "getrandom");
            }
        }
        used_ = 0;
    }

    std::array<unsigned char, ids_at_once * id_bytes> bytes_;
    std::size_t used_ = bytes_.size();
};

}

std::string new_request_id()
{
    constexpr std::string_view digits = "0123456789abcdef";
    thread_local RandomBytes random;
    std::string id;
    id.reserve(2 * RandomBytes::id_bytes);
    const auto* bytes = random.next_id();
    for (std::size_t i = 0; i < RandomBytes::id_bytes; ++i) {
        id.push_back(digits[bytes[i] >> 4]);
        id.push_back(digits[bytes[i] & 15]);
    }
    return id;
}

}
