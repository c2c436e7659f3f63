#pragma once

#include <string>
#include <string_view>

namespace watchword::mail {

/// UTF-8 text as HTML shows it, between tags and in quoted attributes: nothing in it begins a tag or an entity.
std::string to_html_text(std::string_view text);

}
