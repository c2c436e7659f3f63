#pragma once

#include "base/result.hpp"
#include "http/body_stream.hpp"
#include "http/multipart.hpp"
#include "http/request.hpp"
#include "runtime/task.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace watchword::http {

/// The boundary of a request whose `Content-Type` is `multipart/form-data`; nothing where it is another or none.
/// Errors: `invalid_multipart` where there is no boundary that RFC 2046 allows.
Result<std::optional<std::string>> form_boundary(const Request& request);

/// Reads a form part by part while it arrives; of a file only one piece is in memory. Lives as long as the handler.
class FormReader {
public:
    /// The body outlives the reader.
    FormReader(BodyReader& body, std::string_view boundary) : body_(body), form_(boundary) {}

    /// The next part, after whatever is left of the one before; nothing at the end of the whole body. Errors:
    /// `invalid_multipart`, also where the body ends before the form does, and those of BodyReader::next.
    Task<Result<std::optional<FormPart>>> next_part();

    /// The next piece of the part, never empty before its end; an empty one is the end. Valid until the next call.
    /// Errors as next_part.
    Task<Result<std::string_view>> next_piece();

private:
    /// Goes on to the next event; `nothing` is the end of the body.
    Task<Result<MultipartForm::Event>> advance();

    BodyReader& body_;
    MultipartForm form_;
    std::string_view unused_; ///< of the piece of the body that was read last
    std::string_view data_;
    bool next_part_has_begun_ = false;
};

}
