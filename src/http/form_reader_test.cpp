#include "http/form_reader.hpp"

#include "tests/support/run_task.hpp"

#include <deque>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

/// A body that arrives in these pieces, and then ends or fails.
class Pieces final : public BodyReader {
public:
    explicit Pieces(std::deque<std::string> pieces, std::optional<ErrorCode> failure = std::nullopt)
        : pieces_(std::move(pieces)), failure_(failure)
    {
    }

    Task<Result<std::string_view>> next() override
    {
        if (pieces_.empty()) {
            if (failure_) {
                co_return fail(*failure_);
            }
            co_return std::string_view();
        }
        current_ = std::move(pieces_.front());
        pieces_.pop_front();
        co_return std::string_view(current_);
    }

    bool all_read() const { return pieces_.empty(); }

private:
    std::deque<std::string> pieces_;
    std::optional<ErrorCode> failure_;
    std::string current_;
};

const std::string first = "--b\r\nContent-Disposition: form-data; name=\"one\"\r\n\r\n";
const std::string second = "\r\n--b\r\nContent-Disposition: form-data; name=\"two\"; filename=\"f\"\r\n\r\n";

Task<Result<std::string>> names_and_contents(FormReader& form)
{
    std::string text;
    while (true) {
        const auto part = co_await form.next_part();
        if (!part) {
            co_return std::unexpected(part.error());
        }
        if (!*part) {
            co_return text;
        }
        text += (*part)->name + "=";
        while (true) {
            const auto piece = co_await form.next_piece();
            if (!piece) {
                co_return std::unexpected(piece.error());
            }
            if (piece->empty()) {
                break;
            }
            text += *piece;
        }
        text += ";";
    }
}

Result<std::string> read(Pieces body)
{
    FormReader form(body, "b");
    return tests::run_task(names_and_contents(form));
}

TEST(FormReader, ReadsPartAfterPart)
{
    EXPECT_EQ(read(Pieces({first, "abc", "de", second, "x", "\r\n--b--\r\n"})), "one=abcde;two=x;");
    EXPECT_EQ(read(Pieces({first + second + "\r\n--b--"})), "one=;two=;");
    EXPECT_EQ(read(Pieces({"--b--"})), "");
}

TEST(FormReader, SkipsWhatNobodyReads)
{
    Pieces body({first, "abc", second, "x", "\r\n--b--", "and more", "and more"});
    FormReader form(body, "b");
    EXPECT_EQ((*tests::run_task(form.next_part()))->name, "one");
    EXPECT_EQ((*tests::run_task(form.next_part()))->name, "two");
    EXPECT_EQ(*tests::run_task(form.next_part()), std::nullopt);
    EXPECT_TRUE(body.all_read());
}

TEST(FormReader, TellsWhatIsWrongWithTheBody)
{
    EXPECT_EQ(read(Pieces({})), fail(ErrorCode::invalid_multipart));
    EXPECT_EQ(read(Pieces({first, "abc"})), fail(ErrorCode::invalid_multipart));
    EXPECT_EQ(read(Pieces({first, "abc\r\n--bx"})), fail(ErrorCode::invalid_multipart));
    EXPECT_EQ(read(Pieces({first, "abc"}, ErrorCode::request_timeout)), fail(ErrorCode::request_timeout));
    EXPECT_EQ(read(Pieces({first + "\r\n--b--"}, ErrorCode::payload_too_large)), fail(ErrorCode::payload_too_large));
}

Result<std::optional<std::string>> boundary(const std::string& content_type)
{
    Request request;
    request.headers.push_back({"Content-Type", content_type});
    return form_boundary(request);
}

TEST(FormReader, FindsTheBoundary)
{
    EXPECT_EQ(*boundary("multipart/form-data; boundary=abc"), "abc");
    EXPECT_EQ(*boundary("Multipart/Form-Data;charset=utf-8;BOUNDARY=\"a b\""), "a b");
    for (const auto* other :
         {"", "application/json", "multipart/mixed; boundary=abc", "multipart/form-data2; boundary=a"}) {
        EXPECT_EQ(*boundary(other), std::nullopt) << other;
    }
    for (const std::string& bad : {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
                                   std::string("multipart/form-data; boundary=a; boundary=b"),
                                   std::string("multipart/form-data; boundary=a, multipart/form-data; boundary=b"),
                                   "multipart/form-data; boundary=" + std::string(200, 'x')}) {
        EXPECT_EQ(boundary(bad), fail(ErrorCode::invalid_multipart)) << bad;
    }
    EXPECT_EQ(*form_boundary(Request{}), std::nullopt);
}

}
}
