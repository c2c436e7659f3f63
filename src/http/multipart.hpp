#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace watchword::http {

/// What stands in front of the content of one part of a form (RFC 7578 §4).
struct FormPart {
    std::string name;                     ///< of the form's field; valid UTF-8
    std::optional<std::string> file_name; ///< set: the part is a file. As sent, valid UTF-8, not judged in any way
    std::string content_type;             ///< as sent; empty where the part names none
};

/// Takes a `multipart/form-data` body (RFC 2046 §5.1, RFC 7578) apart, strictly and in bounded work and memory. It
/// reads bytes as they come and knows no sockets; how they are cut makes no difference.
///
/// Refused as malformed, beyond what the grammar refuses: text before the first part, blanks behind a boundary, folded
/// header lines, a part without `Content-Disposition: form-data` and a name, a parameter that occurs twice, and what
/// exceeds the limits below. Text behind the last boundary is ignored, as RFC 2046 wants it. `filename*` is ignored
/// (RFC 7578 §4.2: it must not be used here). Names that are not UTF-8 are read as Latin-1, and of a name that is a
/// path of Windows the last part is taken, both as the service that this one replaces did.
class MultipartForm {
public:
    static constexpr std::size_t boundary_bytes_max = 70;        ///< RFC 2046 §5.1.1
    static constexpr std::size_t parts_max = 1000;               ///< as the replaced service had it
    static constexpr std::size_t part_head_bytes_max = 8 * 1024; ///< as for the head of a request

    /// Whether RFC 2046 allows it as a boundary.
    static bool is_boundary(std::string_view text);

    /// The boundary is one.
    explicit MultipartForm(std::string_view boundary);

    enum class Event {
        nothing,   ///< more bytes are needed
        part,      ///< another part begins: see `part`
        data,      ///< a piece of the content of the part
        malformed, ///< 400; every further step says so again
    };

    struct Step {
        Event event;
        std::size_t used;      ///< how many bytes are done with
        std::string_view data; ///< with Event::data; in `bytes`, or in this object until the next step
    };

    /// Uses bytes up to the next event, or all of them.
    Step step(std::string_view bytes);

    /// The part that began last.
    const FormPart& part() const { return part_; }

    /// Whether the last boundary was seen. A body that ends before that was cut off.
    bool is_finished() const { return expect_ == Expect::epilogue; }

private:
    enum class Expect { first_delimiter, delimiter_end, head, content, epilogue, nothing };

    Step step_first_delimiter(std::string_view bytes);
    Step step_delimiter_end(std::string_view bytes);
    Step step_head(std::string_view bytes);
    Step step_content(std::string_view bytes);
    Step malformed();
    std::size_t match_delimiter(std::string_view bytes);

    Expect expect_ = Expect::first_delimiter;
    std::string delimiter_;     ///< CR, LF, two dashes and the boundary
    std::size_t matched_ = 0;   ///< how many bytes of the delimiter the input ended with
    std::string delimiter_end_; ///< what came behind the delimiter
    std::string head_;          ///< of the part that begins
    std::size_t parts_ = 0;
    FormPart part_;
};

}
