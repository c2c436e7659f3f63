#include "files/files_http.hpp"

#include "base/unavailable.hpp"
#include "files/content_type.hpp"
#include "http/character.hpp"
#include "http/form_reader.hpp"
#include "http/json_writer.hpp"
#include "http/partial_content.hpp"

#include <utility>

#include <fmt/format.h>

namespace watchword::files {
namespace {

const http::FileForm upload_form("Body_upload_user_file_api_v1_users_upload_file_post", "file");

constexpr std::string_view field = "file";
constexpr std::size_t repeated_text_bytes_max = 1024;

// The request's own time may be over when its file comes: a client takes as long for other fields as they are long.
constexpr std::chrono::seconds time_to_begin{10};

ObjectKey key_of(const http::Request& request, FileName name)
{
    return {request.caller->account, std::move(name)};
}

http::Response invalid_field(http::ValidationError error, const boost::json::value& input)
{
    http::ValidationErrors errors;
    errors.add(field, error, input);
    return errors.response();
}

/// What the replaced service said of a field `file` that is no file.
Task<http::Response> not_a_file(http::FormReader& form)
{
    std::string text;
    while (text.size() < repeated_text_bytes_max) {
        const auto piece = co_await form.next_piece();
        if (!piece) {
            co_return http::failure(piece.error());
        }
        if (piece->empty()) {
            break;
        }
        text.append(piece->substr(0, repeated_text_bytes_max - text.size()));
    }
    co_return invalid_field({"value_error",
                             "Value error, Expected UploadFile, received: <class 'str'>",
                             {{"error", boost::json::object{}}}},
                            boost::json::string(text));
}

/// What a client may say of its file: other stores put it into a header.
std::string said_type(const http::FormPart& part)
{
    const bool is_visible = http::consists_of(part.content_type, [](char c) { return c >= ' ' && c <= '~'; });
    const bool is_usable = is_visible && part.content_type.size() <= 255 && part.content_type.contains('/');
    return is_usable ? part.content_type : "application/octet-stream";
}

Task<Result<>> copy_part(http::FormReader& form, Upload& upload)
{
    while (true) {
        const auto piece = co_await form.next_piece();
        if (!piece) {
            co_return std::unexpected(piece.error());
        }
        if (piece->empty()) {
            co_return Result<>{};
        }
        if (auto written = co_await upload.write(*piece); !written) {
            co_return written;
        }
    }
}

http::Response done(std::string_view what, const std::string& object_name)
{
    return http::message(fmt::format("File {} {} successfully.", object_name, what));
}

http::Response uploaded(const std::string& object_name)
{
    std::string text = R"({"message":)";
    http::append_string(text, fmt::format("File {} uploaded successfully.", object_name));
    text += R"(,"object_name":)";
    http::append_string(text, object_name);
    text += '}';
    return http::json_text(200, std::move(text));
}

/// What is sent of a file.
class FileSource final : public http::BodySource {
public:
    FileSource(std::uint64_t length, std::unique_ptr<ObjectReader> reader) : length_(length), reader_(std::move(reader))
    {
    }

    std::uint64_t length() const override { return length_; }
    Task<std::string_view> next() override { return reader_->next(); }

private:
    std::uint64_t length_;
    std::unique_ptr<ObjectReader> reader_;
};

void describe(http::Response& response, const FileName& name, const StoredObject::Description& object)
{
    const auto type = content_type_of(name.text());
    const bool is_text = type.starts_with("text/");
    response.with("Content-Type", is_text ? fmt::format("{}; charset=utf-8", type) : std::string(type))
        .with("Content-Disposition",
              content_disposition(may_be_shown(type, object.beginning) ? "inline" : "attachment", name.text()))
        .with("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
        .with("Accept-Ranges", "bytes");
}

}

const http::Operation upload_operation{
    .id = "upload_user_file_api_v1_users_upload_file_post",
    .tag = "users",
    .summary = "Upload User File",
    .request = &upload_form,
    .failures = {ErrorCode::invalid_multipart, ErrorCode::payload_too_large, ErrorCode::request_timeout},
};

const http::Operation download_operation{
    .id = "download_user_file_api_v1_users_download_file__file_name__get",
    .tag = "users",
    .summary = "Download User File",
    .failures = {ErrorCode::file_not_found, ErrorCode::range_not_satisfiable},
    .answer = http::Operation::Answer::file,
};

const http::Operation delete_operation{
    .id = "delete_user_file_api_v1_users_delete_file__object_name__delete",
    .tag = "users",
    .summary = "Delete User File",
    .failures = {ErrorCode::file_not_found},
};

http::ValidationError no_file_name()
{
    return {"value_error",
            fmt::format("Value error, the name of a file has 1 to {} bytes and is no path", FileName::bytes_max)};
}

Task<http::Response> post_file(Files& files, const http::Request& request)
{
    const auto boundary = http::form_boundary(request);
    if (!boundary) {
        co_return http::failure(boundary.error());
    }
    if (!*boundary) {
        co_return invalid_field(http::field_required(), nullptr);
    }
    http::FormReader form(*request.body_stream, **boundary);
    std::unique_ptr<Upload> upload;
    std::string object_name;
    while (true) {
        const auto part = co_await form.next_part();
        if (!part) {
            co_return http::failure(part.error());
        }
        if (!*part) {
            break;
        }
        const auto& head = **part;
        if (head.name != field) {
            continue;
        }
        if (upload) {
            co_return invalid_field({"value_error", "Value error, only one file at a time"}, nullptr);
        }
        if (!head.file_name) {
            co_return co_await not_a_file(form);
        }
        auto name = FileName::parse(*head.file_name);
        if (!name) {
            co_return invalid_field(no_file_name(), boost::json::string(*head.file_name));
        }
        auto key = key_of(request, std::move(*name));
        object_name = key.text();
        auto begun = co_await files.begin_upload(std::move(key), said_type(head), Deadline::after(time_to_begin));
        if (!begun) {
            co_return http::failure(begun.error());
        }
        upload = std::move(*begun);
        if (const auto copied = co_await copy_part(form, *upload); !copied) {
            co_return http::failure(copied.error());
        }
    }
    if (!upload) {
        co_return invalid_field(http::field_required(), nullptr);
    }
    co_await upload->publish();
    co_return uploaded(object_name);
}

Task<http::Response> get_file(Files& files, const http::Request& request)
{
    auto name = FileName::parse(request.path_parameters.at(0));
    if (!name) {
        co_return http::failure({ErrorCode::file_not_found});
    }
    // Once more where the file was replaced between finding and opening it.
    for (int attempts_left = 3; attempts_left > 0; --attempts_left) {
        const auto found = co_await files.find(key_of(request, *name), request.deadline);
        if (!found) {
            co_return http::failure(found.error());
        }
        auto& object = **found;
        const auto& description = object.description();
        const auto selected =
            http::select_content(request, {description.size, description.entity_tag, description.stored_at});
        http::Response response{.status = selected.status, .headers = {}, .body = {}, .source = nullptr};
        if (selected.status == 416) {
            response = http::failure({ErrorCode::range_not_satisfiable});
        } else if (selected.status != 304) {
            describe(response, *name, description);
            auto reader = co_await object.read(selected.offset, selected.length, request.deadline);
            if (!reader) {
                continue;
            }
            response.source = std::make_shared<FileSource>(selected.length, std::move(reader));
        }
        if (selected.status == 206 || selected.status == 416) {
            response.with("Content-Range", http::content_range(selected, description.size));
        }
        response.with("ETag", description.entity_tag).with("Last-Modified", to_http_date(description.stored_at));
        co_return response;
    }
    throw Unavailable("a file was replaced each time that it was about to be read");
}

Task<http::Response> delete_file(Files& files, const http::Request& request)
{
    auto name = FileName::parse(request.path_parameters.at(0));
    if (!name) {
        co_return http::failure({ErrorCode::file_not_found});
    }
    const auto key = key_of(request, std::move(*name));
    if (const auto removed = co_await files.remove(key, request.deadline); !removed) {
        co_return http::failure(removed.error());
    }
    co_return done("deleted", key.text());
}

}
