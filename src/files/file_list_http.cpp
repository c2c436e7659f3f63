#include "files/content_type.hpp"
#include "files/files_http.hpp"
#include "http/body.hpp"
#include "http/query.hpp"

#include <charconv>

namespace watchword::files {
namespace {

constexpr std::size_t page_files_max = 1000;
constexpr std::size_t page_files_usual = 100;

struct FileRead {
    std::string name;
    std::int64_t size = 0;
    std::string content_type;
    Instant modified_at;
};

const http::Body<FileRead> file_read = http::Body<FileRead>("FileRead")
                                           .field("name", &FileRead::name)
                                           .field("size", &FileRead::size)
                                           .field("content_type", &FileRead::content_type)
                                           .field("modified_at", &FileRead::modified_at);

struct FileList {
    std::vector<FileRead> files;
    std::optional<std::string> next;
};

}
}

template <>
struct watchword::http::FieldType<std::vector<watchword::files::FileRead>> {
    static void write(std::string& out, const std::vector<files::FileRead>& all)
    {
        char separator = '[';
        for (const auto& file : all) {
            out += separator;
            out += files::file_read.serialize(file);
            separator = ',';
        }
        out += all.empty() ? "[]" : "]";
    }
    static boost::json::object schema() { return {{"type", "array"}, {"items", files::file_read.schema()}}; }
    static constexpr bool optional = false;
};

namespace watchword::files {
namespace {

const http::Body<FileList> file_list =
    http::Body<FileList>("FileList").field("files", &FileList::files).field("next", &FileList::next);

/// `limit`; nothing where it is none.
std::optional<std::size_t> page_size(const http::Request& request)
{
    const auto text = http::query_parameter(request, "limit");
    if (!text) {
        return page_files_usual;
    }
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    const bool is_number = error == std::errc() && end == text->data() + text->size();
    return is_number && number >= 1 && number <= page_files_max ? std::optional(number) : std::nullopt;
}

}

const http::Operation list_operation{
    .id = "list_user_files_api_v1_users_files_get",
    .tag = "users",
    .summary = "List User Files",
    .description = "The caller's files by name. `next` is null on the last page, and elsewhere what `after` is to be "
                   "for the next one.",
    .response = &file_list,
    .query = {{"limit", "integer", "How many files a page has at most: 1 to 1000, 100 unless given."},
              {"after", "string", "Lists names that come after this one, in the order of their UTF-8 bytes."}},
};

Task<http::Response> get_files(Files& files, const http::Request& request)
{
    const auto limit = page_size(request);
    auto after = http::query_parameter(request, "after").value_or("");
    http::ValidationErrors errors;
    if (!limit) {
        errors.add_query("limit", {"int_range", "Input should be a whole number from 1 to 1000"},
                         boost::json::string(http::query_parameter(request, "limit").value_or("")));
    }
    if (!after.empty() && !FileName::parse(after)) {
        errors.add_query("after", no_file_name(), boost::json::string(after));
    }
    if (!errors.empty()) {
        co_return errors.response();
    }
    const auto page = co_await files.list(request.caller->account, std::move(after), *limit, request.deadline);
    if (!page) {
        co_return http::failure(page.error());
    }
    FileList list;
    for (const auto& file : page->files) {
        list.files.push_back({file.name.text(), static_cast<std::int64_t>(file.size),
                              std::string(content_type_of(file.name.text())), file.stored_at});
    }
    if (!page->is_last && !list.files.empty()) {
        list.next = list.files.back().name;
    }
    co_return http::json(200, file_list, list);
}

}
