#pragma once

#include <string_view>

namespace watchword {

/// Whether a signing key is one that everybody can read: the sample of a tutorial, a standard or a product, a
/// placeholder that says of itself that it is to be replaced, or one character repeated. Whoever reads those pages
/// could sign tokens.
///
/// It is a list and no measure of randomness, so that no key that somebody really made is taken for a bad one.
bool is_published_key(std::string_view key);

}
