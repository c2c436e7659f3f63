#pragma once

#include "files/files.hpp"
#include "http/operation.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/validation.hpp"
#include "runtime/task.hpp"

#include <cstdint>

namespace watchword::files {

extern const http::Operation upload_operation;
extern const http::Operation download_operation;
extern const http::Operation delete_operation;
extern const http::Operation list_operation;

/// What a form may be longer than the file in it: other fields, and what stands around them.
inline constexpr std::uint64_t form_bytes_around_file = 64 * 1024;

/// What is told of a text that is no FileName.
http::ValidationError no_file_name();

/// Keeps the file in the field `file` of a form under its own name, for the caller. For a route with
/// BodyKind::stream.
Task<http::Response> post_file(Files& files, const http::Request& request);

/// Sends a file of the caller, or a part of it.
Task<http::Response> get_file(Files& files, const http::Request& request);

/// Removes a file of the caller. A name that no file can have is not found; one that no file has is removed already.
Task<http::Response> delete_file(Files& files, const http::Request& request);

/// Lists the files of the caller, page by page: `after` is the last name of the page before, or empty. One that no file
/// can have is refused: a store need not be asked about it.
Task<http::Response> get_files(Files& files, const http::Request& request);

}
