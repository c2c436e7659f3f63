#include "crypto/argon2id.hpp"

#include "base/unavailable.hpp"

#include <stdexcept>

#include <argon2.h>

namespace watchword::crypto::argon2id {
namespace {

// The C structure has no const; without ARGON2_FLAG_CLEAR_PASSWORD the library only reads what these point to.
std::uint8_t* readable(std::string_view text)
{
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

}

bool acceptable(const Cost& cost)
{
    return cost.lanes >= 1 && cost.lanes <= most_lanes && cost.passes >= 1 && cost.passes <= most_passes &&
           cost.memory_kib >= 8 * cost.lanes && cost.memory_kib <= most_memory_kib;
}

std::string tag(std::string_view password, const Cost& cost, std::string_view salt, std::size_t tag_size)
{
    std::string tag(tag_size, '\0');
    argon2_context context{};
    context.out = reinterpret_cast<std::uint8_t*>(tag.data());
    context.outlen = static_cast<std::uint32_t>(tag.size());
    context.pwd = readable(password);
    context.pwdlen = static_cast<std::uint32_t>(password.size());
    context.salt = readable(salt);
    context.saltlen = static_cast<std::uint32_t>(salt.size());
    context.t_cost = cost.passes;
    context.m_cost = cost.memory_kib;
    context.lanes = cost.lanes;
    // One hash is one core's work: more threads would take cores that the scheduler has given to other hashes.
    context.threads = 1;
    context.version = ARGON2_VERSION_13;
    const int status = argon2id_ctx(&context);
    if (status == ARGON2_MEMORY_ALLOCATION_ERROR) {
        throw Unavailable("not enough memory for an argon2id hash of " + std::to_string(cost.memory_kib) + " KiB");
    }
    if (status != ARGON2_OK) {
        throw std::runtime_error(std::string("argon2id failed: ") + argon2_error_message(status));
    }
    return tag;
}

}
