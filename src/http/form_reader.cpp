#include "http/form_reader.hpp"

#include "http/header_parameters.hpp"

namespace watchword::http {

using Event = MultipartForm::Event;

Result<std::optional<std::string>> form_boundary(const Request& request)
{
    const auto content_type = request.header("Content-Type").value_or("");
    if (!same_but_for_case(std::string_view(content_type).substr(0, content_type.find_first_of("; \t")),
                           "multipart/form-data")) {
        return std::nullopt;
    }
    const auto read = read_parameterized(content_type);
    const auto* boundary = read ? read->find("boundary") : nullptr;
    if (!boundary || !MultipartForm::is_boundary(*boundary)) {
        return fail(ErrorCode::invalid_multipart);
    }
    return *boundary;
}

Task<Result<std::optional<FormPart>>> FormReader::next_part()
{
    while (!next_part_has_begun_) {
        const auto event = co_await advance();
        if (!event) {
            co_return std::unexpected(event.error());
        }
        if (*event == Event::nothing) {
            co_return std::nullopt;
        }
        next_part_has_begun_ = *event == Event::part;
    }
    next_part_has_begun_ = false;
    co_return form_.part();
}

Task<Result<std::string_view>> FormReader::next_piece()
{
    if (next_part_has_begun_) {
        co_return std::string_view();
    }
    const auto event = co_await advance();
    if (!event) {
        co_return std::unexpected(event.error());
    }
    next_part_has_begun_ = *event == Event::part;
    co_return *event == Event::data ? data_ : std::string_view();
}

Task<Result<Event>> FormReader::advance()
{
    while (true) {
        if (unused_.empty()) {
            const auto piece = co_await body_.next();
            if (!piece) {
                co_return std::unexpected(piece.error());
            }
            if (piece->empty()) {
                if (form_.is_finished()) {
                    co_return Event::nothing;
                }
                co_return fail(ErrorCode::invalid_multipart);
            }
            unused_ = *piece;
        }
        const auto step = form_.step(unused_);
        unused_.remove_prefix(step.used);
        data_ = step.data;
        if (step.event == Event::malformed) {
            co_return fail(ErrorCode::invalid_multipart);
        }
        if (step.event != Event::nothing) {
            co_return step.event;
        }
    }
}

}
