#include "postgres/failure.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>

#include <fmt/format.h>

namespace watchword::postgres {
namespace {

std::string_view sqlstate_of(const PGresult* result)
{
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state ? state : ""; // libpq's own errors have none: the connection is broken
}

bool is_any_of(std::string_view state, const auto& states)
{
    return std::ranges::any_of(states, [state](std::string_view one) { return state.starts_with(one); });
}

// By class or code: connections, resources, an operator's or a timeout's intervention.
constexpr std::array<std::string_view, 7> passing{"08", "25006", "53", "55P03", "57014", "57P", "58"};

constexpr std::array<std::string_view, 2> colliding{"40001", "40P01"};

constexpr std::array<std::string_view, 3> leaving{"08", "25006", "57P"};

// It does not exist; its plan must not change the type of its answer.
constexpr std::array<std::string_view, 2> preparing{"26000", "0A000"};

/// Messages of data exceptions repeat the value.
std::string safe_message(const PGresult* result, std::string_view state)
{
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (state.starts_with("22") || !message) {
        return "a value that cannot be stored";
    }
    return message;
}

}

std::exception_ptr failure_of(const PGresult* result)
{
    const auto state = sqlstate_of(result);
    if (state.empty()) {
        return std::make_exception_ptr(Unavailable("the connection to PostgreSQL was lost"));
    }
    const auto text = fmt::format("PostgreSQL: {} ({})", safe_message(result, state), state);
    if (is_any_of(state, colliding)) {
        return std::make_exception_ptr(Collision(text));
    }
    if (is_any_of(state, passing)) {
        return std::make_exception_ptr(Unavailable(text));
    }
    return std::make_exception_ptr(Failure(std::string(state), text));
}

bool tells_to_leave(const PGresult* result)
{
    return is_any_of(sqlstate_of(result), leaving);
}

bool tells_to_prepare(const PGresult* result)
{
    return is_any_of(sqlstate_of(result), preparing);
}

}
