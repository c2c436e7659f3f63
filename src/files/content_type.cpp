#include "files/content_type.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace watchword::files {
namespace {

struct Type {
    std::string_view ending;
    std::string_view media_type;
};

// clang-format off
constexpr std::array types{
    Type{"7z", "application/x-7z-compressed"},
    Type{"aac", "audio/aac"},
    Type{"ai", "application/postscript"},
    Type{"aif", "audio/x-aiff"},
    Type{"aifc", "audio/x-aiff"},
    Type{"aiff", "audio/x-aiff"},
    Type{"apk", "application/vnd.android.package-archive"},
    Type{"au", "audio/basic"},
    Type{"avi", "video/x-msvideo"},
    Type{"avif", "image/avif"},
    Type{"bat", "text/plain"},
    Type{"bin", "application/octet-stream"},
    Type{"bmp", "image/bmp"},
    Type{"c", "text/plain"},
    Type{"cpio", "application/x-cpio"},
    Type{"csh", "application/x-csh"},
    Type{"css", "text/css"},
    Type{"csv", "text/csv"},
    Type{"deb", "application/vnd.debian.binary-package"},
    Type{"doc", "application/msword"},
    Type{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    Type{"dvi", "application/x-dvi"},
    Type{"eml", "message/rfc822"},
    Type{"eot", "application/vnd.ms-fontobject"},
    Type{"eps", "application/postscript"},
    Type{"epub", "application/epub+zip"},
    Type{"flac", "audio/flac"},
    Type{"gif", "image/gif"},
    Type{"h", "text/plain"},
    Type{"h5", "application/x-hdf5"},
    Type{"heic", "image/heic"},
    Type{"heif", "image/heif"},
    Type{"htm", "text/html"},
    Type{"html", "text/html"},
    Type{"ico", "image/vnd.microsoft.icon"},
    Type{"ics", "text/calendar"},
    Type{"jar", "application/java-archive"},
    Type{"jpe", "image/jpeg"},
    Type{"jpeg", "image/jpeg"},
    Type{"jpg", "image/jpeg"},
    Type{"js", "text/javascript"},
    Type{"json", "application/json"},
    Type{"latex", "application/x-latex"},
    Type{"m1v", "video/mpeg"},
    Type{"m3u", "application/vnd.apple.mpegurl"},
    Type{"m3u8", "application/vnd.apple.mpegurl"},
    Type{"m4a", "audio/mp4"},
    Type{"m4v", "video/mp4"},
    Type{"man", "application/x-troff-man"},
    Type{"markdown", "text/markdown"},
    Type{"md", "text/markdown"},
    Type{"mht", "message/rfc822"},
    Type{"mhtml", "message/rfc822"},
    Type{"mid", "audio/midi"},
    Type{"midi", "audio/midi"},
    Type{"mjs", "text/javascript"},
    Type{"mka", "audio/matroska"},
    Type{"mkv", "video/matroska"},
    Type{"mov", "video/quicktime"},
    Type{"mp2", "audio/mpeg"},
    Type{"mp3", "audio/mpeg"},
    Type{"mp4", "video/mp4"},
    Type{"mpe", "video/mpeg"},
    Type{"mpeg", "video/mpeg"},
    Type{"mpg", "video/mpeg"},
    Type{"nc", "application/x-netcdf"},
    Type{"odg", "application/vnd.oasis.opendocument.graphics"},
    Type{"odp", "application/vnd.oasis.opendocument.presentation"},
    Type{"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    Type{"odt", "application/vnd.oasis.opendocument.text"},
    Type{"oga", "audio/ogg"},
    Type{"ogg", "audio/ogg"},
    Type{"ogv", "video/ogg"},
    Type{"ogx", "application/ogg"},
    Type{"opus", "audio/opus"},
    Type{"otf", "font/otf"},
    Type{"p12", "application/x-pkcs12"},
    Type{"pdf", "application/pdf"},
    Type{"pfx", "application/x-pkcs12"},
    Type{"pl", "text/plain"},
    Type{"png", "image/png"},
    Type{"pnm", "image/x-portable-anymap"},
    Type{"ppm", "image/x-portable-pixmap"},
    Type{"pps", "application/vnd.ms-powerpoint"},
    Type{"ppt", "application/vnd.ms-powerpoint"},
    Type{"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    Type{"ps", "application/postscript"},
    Type{"py", "text/x-python"},
    Type{"pyc", "application/x-python-code"},
    Type{"qt", "video/quicktime"},
    Type{"rar", "application/vnd.rar"},
    Type{"rdf", "application/xml"},
    Type{"rpm", "application/x-rpm"},
    Type{"rst", "text/x-rst"},
    Type{"rtf", "application/rtf"},
    Type{"rtx", "text/richtext"},
    Type{"sgml", "text/x-sgml"},
    Type{"sh", "application/x-sh"},
    Type{"srt", "text/plain"},
    Type{"svg", "image/svg+xml"},
    Type{"swf", "application/x-shockwave-flash"},
    Type{"tar", "application/x-tar"},
    Type{"tcl", "application/x-tcl"},
    Type{"tex", "application/x-tex"},
    Type{"tif", "image/tiff"},
    Type{"tiff", "image/tiff"},
    Type{"toml", "application/toml"},
    Type{"tsv", "text/tab-separated-values"},
    Type{"ttf", "font/ttf"},
    Type{"txt", "text/plain"},
    Type{"vcf", "text/x-vcard"},
    Type{"vtt", "text/vtt"},
    Type{"wasm", "application/wasm"},
    Type{"wav", "audio/x-wav"},
    Type{"weba", "audio/webm"},
    Type{"webm", "video/webm"},
    Type{"webmanifest", "application/manifest+json"},
    Type{"webp", "image/webp"},
    Type{"wmv", "video/x-ms-wmv"},
    Type{"woff", "font/woff"},
    Type{"woff2", "font/woff2"},
    Type{"wsdl", "application/xml"},
    Type{"xhtml", "application/xhtml+xml"},
    Type{"xls", "application/vnd.ms-excel"},
    Type{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    Type{"xml", "text/xml"},
    Type{"xpm", "image/x-xpixmap"},
    Type{"xsl", "application/xml"},
    Type{"yaml", "application/yaml"},
    Type{"yml", "application/yaml"},
    Type{"zip", "application/zip"},
};
// clang-format on

static_assert(std::ranges::is_sorted(types, {}, &Type::ending));

/// Endings that stand for two.
constexpr std::string_view compressed_archives[] = {"tgz", "taz", "tz", "tbz2", "txz"};
constexpr std::string_view compressions[] = {"gz", "z", "bz2", "xz", "br", "zst"};

template <std::size_t count>
bool is_one_of(const std::string_view (&endings)[count], std::string_view ending)
{
    return std::ranges::find(endings, ending) != std::end(endings);
}

/// What stands behind the last dot, in lower case; that and the dot are taken off `name`. A name that begins with its
/// only dot has no ending.
std::string take_ending(std::string_view& name)
{
    const auto dot = name.rfind('.');
    if (dot == name.npos || name.find_first_not_of('.') > dot) {
        return {};
    }
    std::string ending(name.substr(dot + 1));
    std::ranges::transform(ending, ending.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    name = name.substr(0, dot);
    return ending;
}

bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// What every client reads alike between quotes: no quotes, escapes, `%` or what separates parameters.
bool is_plain(char32_t c)
{
    return c < 0x80 && (is_alphanumeric(static_cast<char>(c)) ||
                        std::string_view(" !#$&'()+,-.=@[]^_`{}~").contains(static_cast<char>(c)));
}

/// `ext-value` of RFC 8187 without its charset.
std::string percent_encoded(std::string_view text)
{
    std::string encoded;
    for (const char c : text) {
        if (is_alphanumeric(c) || std::string_view("!#$&+-.^_`|~").contains(c)) {
            encoded += c;
        } else {
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return encoded;
}

}

std::string_view content_type_of(std::string_view file_name)
{
    auto ending = take_ending(file_name);
    if (is_one_of(compressions, ending)) {
        ending = take_ending(file_name);
    } else if (is_one_of(compressed_archives, ending)) {
        ending = "tar";
    } else if (ending == "svgz") {
        ending = "svg";
    }
    const auto type = std::ranges::lower_bound(types, std::string_view(ending), {}, &Type::ending);
    return type != types.end() && type->ending == ending ? type->media_type : "application/octet-stream";
}

bool may_be_shown(std::string_view content_type, std::string_view beginning)
{
    if (content_type == "image/png") {
        return beginning.starts_with("\x89PNG\r\n\x1A\n");
    }
    if (content_type == "image/jpeg") {
        return beginning.starts_with("\xFF\xD8\xFF");
    }
    if (content_type == "image/gif") {
        return beginning.starts_with("GIF87a") || beginning.starts_with("GIF89a");
    }
    return content_type == "image/webp" && beginning.starts_with("RIFF") && beginning.size() >= 12 &&
           beginning.substr(8, 4) == "WEBP";
}

std::string content_disposition(std::string_view kind, std::string_view file_name)
{
    std::string readable;
    bool is_exact = !file_name.starts_with(' ') && !file_name.ends_with(' '); // some readers trim it
    for (const char32_t c : utf8::decode(file_name).value_or(U"_")) {
        is_exact = is_exact && is_plain(c);
        readable += is_plain(c) ? static_cast<char>(c) : '_';
    }
    auto value = fmt::format("{}; filename=\"{}\"", kind, readable);
    if (!is_exact) {
        value += "; filename*=UTF-8''" + percent_encoded(file_name);
    }
    return value;
}

}
