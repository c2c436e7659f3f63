#include "base/utf8.hpp"
#include "s3/answers.hpp"
#include "s3/xml.hpp"

#include <cstdlib>

namespace {

std::size_t text_bytes(const watchword::s3::XmlElement& element)
{
    std::size_t bytes = element.text.size() + element.name.size();
    for (const auto& child : element.children) {
        bytes += text_bytes(child);
    }
    return bytes;
}

}

/// Whatever an object store sends: nothing grows when it is read, texts are text, and ranges and times make sense.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace watchword::s3;

    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto root = read_xml(text)) {
        if (text_bytes(*root) > size || !watchword::utf8::valid(root->text)) {
            std::abort();
        }
    }
    if (const auto page = read_key_page(text)) {
        for (const auto& key : page->keys) {
            if (key.key.empty() || key.key.size() > size) {
                std::abort();
            }
        }
    }
    if (const auto range = read_content_range(text)) {
        if (range->length == 0 || range->offset + range->length > range->size) {
            std::abort();
        }
    }
    if (const auto time = read_listed_time(text)) {
        if (watchword::to_rfc3339(*time).substr(0, 19) != text.substr(0, 19) && text.substr(17, 2) != "60") {
            std::abort();
        }
    }
    return 0;
}
