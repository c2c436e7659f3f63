#include "app/settings_published_keys.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace watchword {
namespace {

using namespace std::string_view_literals;

// Lower case, letters and digits only, as simplified() makes them.
constexpr std::array samples{
    // FastAPI's tutorial, Flask's documentation
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"sv,
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf"sv,
    // tutorials for Spring, for ASP.NET and for Node
    "404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970"sv,
    "bezkoderspring"sv,
    "bezkodersecretkey"sv,
    "thisisusedtosignandverifyjwttokensreplaceitwithyourownsecret"sv,
    "thisisusedtosignandverifyjwttokensreplaceitwithyourownsecretitcanbeanystring"sv,
    // jwt.io
    "your256bitsecret"sv,
    "your384bitsecret"sv,
    "your512bitsecret"sv,
    "astringsecretatleast256bitslong"sv,
    "avalidstringsecretthatisatleast384bitslong"sv,
    "avalidstringsecretthatisatleast512bitslongwhichisverylong"sv,
    // Supabase, Hasura, PostgREST, Laravel
    "supersecretjwttokenwithatleast32characterslong"sv,
    "3ek6fdo0c7tzbnvfjpmkndi2yaraakzqlk8o2ikoxqu4nf7edah8s3twphwrdwt6r"sv,
    "reallyreallyreallyreallyverysafe"sv,
    "somerandomstringsomerandomstring"sv,
    // RFC 7515 A.1, RFC 7520 §3.5
    "aym1sysppbydfgzld3umj1qzkobwvmkoqqestjqlrt1qs0gzh75aktmn3yj0ips4hcguutwjazzr1z9caow"sv,
    "hjtxiz2usn5kbqfbttnwbpdmhkv8fjgonbc6mxccyg"sv,
    // continuous integration of many projects
    "testsecretkeyforcionlynotusedinproduction"sv,
    // nobody's in particular
    "mysecretkey"sv,
    "supersecretkey"sv,
    "mysupersecretkey"sv,
    "verysecretkey"sv,
    "thisisasecretkey"sv,
};

// What people write where a key is to be put. Long enough that no random key holds one of them.
constexpr std::array<std::string_view, 18> placeholders{
    "changeme", "changethis",    "changeit",   "changein",    "yoursecret",     "yoursuper",
    "yourjwt",  "yourkeyhere",   "replaceme",  "replacethis", "replacewith",    "insertyour",
    "putyour",  "secretkeyhere", "secrethere", "opensslrand", "djangoinsecure", "donotuseinproduction",
};

std::string simplified(std::string_view key)
{
    std::string simple;
    for (const char character : key) {
        if (character >= 'A' && character <= 'Z') {
            simple.push_back(static_cast<char>(character - 'A' + 'a'));
        } else if ((character >= 'a' && character <= 'z') || (character >= '0' && character <= '9')) {
            simple.push_back(character);
        }
    }
    return simple;
}

}

bool is_published_key(std::string_view key)
{
    const bool one_character = key.find_first_not_of(key.substr(0, 1)) == std::string_view::npos;
    const std::string simple = simplified(key);
    return one_character || std::ranges::find(samples, simple) != samples.end() ||
           std::ranges::any_of(placeholders, [&](std::string_view text) { return simple.contains(text); });
}

}
