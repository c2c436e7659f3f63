#include "http/multipart.hpp"
#include "base/utf8.hpp"

#include <cstdlib>
#include <string>

namespace {

using watchword::http::MultipartForm;

/// What a form was taken for, as one text, and how many bytes of content it had.
struct Reading {
    std::string text;
    std::size_t content_bytes = 0;

    bool operator==(const Reading&) const = default;
};

Reading read(std::string_view body, std::size_t piece)
{
    MultipartForm form("b");
    Reading reading;
    while (!body.empty()) {
        auto arrived = body.substr(0, piece);
        body.remove_prefix(arrived.size());
        while (!arrived.empty()) {
            const auto step = form.step(arrived);
            if (step.used > arrived.size() || (step.event == MultipartForm::Event::data) == step.data.empty()) {
                std::abort();
            }
            arrived.remove_prefix(step.used);
            if (step.event == MultipartForm::Event::malformed) {
                return {"malformed"};
            }
            if (step.event == MultipartForm::Event::part) {
                const auto& part = form.part();
                if (!watchword::utf8::valid(part.name) || !watchword::utf8::valid(part.file_name.value_or(""))) {
                    std::abort();
                }
                reading.text += "\npart " + part.name + ' ' + part.file_name.value_or("-") + ' ' + part.content_type;
            }
            reading.text += step.data;
            reading.content_bytes += step.data.size();
        }
    }
    reading.text += form.is_finished() ? "\nfinished" : "\nunfinished";
    return reading;
}

}

/// However a body is cut into pieces, it is taken apart alike; names are text; and there is never more content than
/// body. A file in a form comes out as it went in.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto& body :
         {std::string(text), "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + std::string(text),
          "--b\r\nContent-Disposition: form-data; name=a; filename=" + std::string(text)}) {
        const auto whole = read(body, body.size() + 1);
        if (whole != read(body, 1) || whole != read(body, 3) || whole.content_bytes > body.size()) {
            std::abort();
        }
    }
    if (!text.contains("\r\n--b")) {
        const auto file = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + std::string(text) + "\r\n--b--";
        if (read(file, 2).content_bytes != text.size() || !read(file, 5).text.ends_with("\nfinished")) {
            std::abort();
        }
    }
    return 0;
}
