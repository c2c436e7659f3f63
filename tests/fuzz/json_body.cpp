#include "base/utf8.hpp"
#include "http/body.hpp"
#include "http/json_writer.hpp"
#include "http/python_json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <boost/json/parse.hpp>

namespace {

using namespace watchword;
namespace json = boost::json;

struct NewUser {
    std::string email;
    std::optional<std::string> full_name;
    SecretText password;
};

const http::Body<NewUser> new_user = http::Body<NewUser>("UserCreate")
                                         .field("email", &NewUser::email)
                                         .field("full_name", &NewUser::full_name, http::Length{.max = 255})
                                         .matching(http::without_nul)
                                         .field("password", &NewUser::password, http::Length{6, 512});

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

bool same(const json::value& strict, const json::value& exact);

bool same_members(const json::object& strict, const json::object& exact)
{
    return strict.size() == exact.size() && std::ranges::equal(strict, exact, [](const auto& one, const auto& other) {
               return one.key() == other.key() && same(one.value(), other.value());
           });
}

/// Whether both are one value. Boost.JSON rounds some numbers in the last place and takes large integers for floating
/// point.
bool same(const json::value& strict, const json::value& exact)
{
    if (strict.is_object()) {
        return exact.is_object() && same_members(strict.get_object(), exact.get_object());
    }
    if (strict.is_array()) {
        return exact.is_array() && std::ranges::equal(strict.get_array(), exact.get_array(), same);
    }
    if (!strict.is_double()) {
        return strict == exact;
    }
    if (!exact.is_double()) {
        return http::python_json::exact_number(exact).has_value();
    }
    if (strict.get_double() == exact.get_double()) {
        return true; // also where both are infinite
    }
    const double difference = std::abs(strict.get_double() - exact.get_double());
    return difference <= 1e-14 * std::abs(exact.get_double()) || std::abs(exact.get_double()) < 1e-300;
}

/// Boost.JSON stops at an exponent that it cannot hold, which is JSON all the same.
bool is_json(std::string_view text)
{
    json::error_code error;
    json::parse(text, error, {}, {.max_depth = 2 * http::python_json::max_depth});
    return (!error || error == json::error::exponent_overflow) && utf8::valid(text);
}

void check_walker(const http::Request& request)
{
    const auto exact = http::python_json::read(request.body);
    if (const auto strict = http::read_strictly(request)) {
        require(exact && same(*strict, *exact));
    }
    if (exact) {
        std::string text;
        http::append_value(text, *exact);
        require(is_json(text));
        const auto again = http::python_json::read(text);
        std::string text_again;
        http::append_value(text_again, *again);
        require(text == text_again);
    }
}

void check_body(const http::Request& request)
{
    const auto user = new_user.parse(request);
    if (user) {
        require(utf8::valid(user->email));
        require(!user->full_name || (utf8::length(*user->full_name) <= 255 && !user->full_name->contains('\0')));
        require(utf8::length(user->password.reveal()) >= 6 && utf8::length(user->password.reveal()) <= 512);
        require(is_json(new_user.serialize(*user)));
    } else {
        require(user.error().status == 422 || user.error().status == 400);
        require(is_json(user.error().body));
    }
}

}

/// No bytes crash the reader; what Boost.JSON accepts, the exact reader takes for the same value; every answer is JSON.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    http::Request request;
    request.body.assign(reinterpret_cast<const char*>(data), size);
    request.headers = {{"Content-Type", "application/json"}};
    check_walker(request);
    check_body(request);
    request.headers.clear();
    check_body(request);
    return 0;
}
