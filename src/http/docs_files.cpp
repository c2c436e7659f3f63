#include "http/docs_files.hpp"

#include <array>
#include <cstddef>

// The files are found in web/docs, in the npm package and, compressed, in the build folder.
namespace watchword::http {
namespace {

#ifdef WATCHWORD_SWAGGER_UI
constexpr char page[] = {
#embed "index.html"
};
constexpr char page_style[] = {
#embed "page.css"
};
constexpr char page_script[] = {
#embed "page.js"
};
constexpr char icon[] = {
#embed "favicon-32x32.png"
};
constexpr char swagger_style[] = {
#embed "swagger-ui.css"
};
constexpr char swagger_style_gzip[] = {
#embed "swagger-ui.css.gz"
};
constexpr char swagger_script[] = {
#embed "swagger-ui-bundle.js"
};
constexpr char swagger_script_gzip[] = {
#embed "swagger-ui-bundle.js.gz"
};
constexpr char swagger_script_licences[] = {
#embed "swagger-ui-bundle.js.LICENSE.txt"
};
constexpr char swagger_licence[] = {
#embed "LICENSE"
};
constexpr char swagger_notice[] = {
#embed "NOTICE"
};
#else
constexpr char page[] = {
#embed "without_swagger_ui.html"
};
#endif

template <std::size_t size>
constexpr std::string_view text(const char (&bytes)[size])
{
    return {bytes, size};
}

constexpr std::array files{
    DocsFile{"", "text/html; charset=utf-8", text(page)},
#ifdef WATCHWORD_SWAGGER_UI
    DocsFile{"page.css", "text/css; charset=utf-8", text(page_style)},
    DocsFile{"page.js", "text/javascript; charset=utf-8", text(page_script)},
    DocsFile{"favicon-32x32.png", "image/png", text(icon)},
    DocsFile{"swagger-ui.css", "text/css; charset=utf-8", text(swagger_style), text(swagger_style_gzip)},
    DocsFile{"swagger-ui-bundle.js", "text/javascript; charset=utf-8", text(swagger_script), text(swagger_script_gzip)},
    DocsFile{"swagger-ui-bundle.js.LICENSE.txt", "text/plain; charset=utf-8", text(swagger_script_licences)},
    DocsFile{"LICENSE", "text/plain; charset=utf-8", text(swagger_licence)},
    DocsFile{"NOTICE", "text/plain; charset=utf-8", text(swagger_notice)},
#endif
};

}

std::span<const DocsFile> docs_files()
{
    return files;
}

}
