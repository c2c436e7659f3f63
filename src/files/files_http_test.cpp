#include "files/files_http.hpp"

#include "files/object_store_disk.hpp"
#include "tests/support/memory_account_store.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::files {
namespace {

using testing::HasSubstr;

/// A body that arrives byte by byte, or fails after the last.
class Bytes final : public http::BodyReader {
public:
    explicit Bytes(std::string text, std::optional<ErrorCode> failure = {}) : text_(std::move(text)), failure_(failure)
    {
    }

    Task<Result<std::string_view>> next() override
    {
        if (at_ == text_.size() && failure_) {
            co_return fail(*failure_);
        }
        const auto piece = std::string_view(text_).substr(at_, 1);
        at_ += piece.size();
        co_return piece;
    }

private:
    std::string text_;
    std::optional<ErrorCode> failure_;
    std::size_t at_ = 0;
};

const std::string png("\x89PNG\r\n\x1A\n\0\1\2\3", 12);

class FilesHttpTest : public testing::Test {
protected:
    tests::TemporaryFolder folder;
    WorkerPool workers{"files", 2};
    std::unique_ptr<ObjectStore> objects = make_disk_object_store(folder.path(), workers);
    tests::MemoryTables tables;
    tests::MemoryAccountStore accounts{tables};
    Files files{*objects, accounts, 1000};
    const accounts::AccountId jane = tables.add("jane@example.com", "jane@example.com", "hash", true);

    void SetUp() override { tables.users.at(jane).account.created_at = Instant{}; }

    http::Request request(std::string method, std::vector<std::string> path_parameters = {}) const
    {
        http::Request request;
        request.method = std::move(method);
        request.path_parameters = std::move(path_parameters);
        request.caller = http::Caller{jane, "sid"};
        return request;
    }

    http::Response post(Bytes body, const std::string& content_type = "multipart/form-data; boundary=b")
    {
        auto post = request("POST");
        post.headers.push_back({"Content-Type", content_type});
        post.body_stream = &body;
        return tests::run_task(post_file(files, post));
    }

    static std::string part(std::string_view disposition, std::string_view content)
    {
        return "--b\r\nContent-Disposition: form-data; " + std::string(disposition) + "\r\n\r\n" +
               std::string(content) + "\r\n";
    }

    static Bytes form(std::string_view name, std::string_view content = "hello")
    {
        return Bytes(part("name=\"file\"; filename=\"" + std::string(name) + '"', content) + "--b--\r\n");
    }

    http::Response get(const std::string& name, std::vector<http::Header> headers = {})
    {
        auto get = request("GET", {name});
        get.headers = std::move(headers);
        return tests::run_task(get_file(files, get));
    }

    static std::string header(const http::Response& response, std::string_view name)
    {
        for (const auto& header : response.headers) {
            if (header.name == name) {
                return header.value;
            }
        }
        return "(none)";
    }

    static std::string content(const http::Response& response)
    {
        std::string all;
        while (response.source && all.size() < response.source->length()) {
            all += tests::run_task(response.source->next());
        }
        return all;
    }

    std::string list(const std::string& query = "")
    {
        auto get = request("GET");
        get.query = query;
        return tests::run_task(get_files(files, get)).body;
    }
};

TEST_F(FilesHttpTest, KeepsTheFileOfAForm)
{
    const auto response = post(Bytes(part("name=other", "x") + part("name=file; filename=hello.txt", "hello world\n") +
                                     part("name=more", "y") + "--b--"));
    EXPECT_EQ(response.status, 200u);
    EXPECT_EQ(response.body, R"({"message":"File user-files/1/hello.txt uploaded successfully.",)"
                             R"("object_name":"user-files/1/hello.txt"})");
    const auto download = get("hello.txt");
    EXPECT_EQ(download.status, 200u);
    EXPECT_EQ(content(download), "hello world\n");
    EXPECT_EQ(header(download, "Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(header(download, "Content-Disposition"), R"(attachment; filename="hello.txt")");
    EXPECT_THAT(header(download, "Content-Security-Policy"), HasSubstr("sandbox"));
}

TEST_F(FilesHttpTest, RefusesWhatIsNoFormWithOneFile)
{
    const std::string missing = R"({"detail":[{"type":"missing","loc":["body","file"],"msg":"Field required",)"
                                R"("input":null}]})";
    EXPECT_EQ(post(Bytes(""), "application/json").body, missing);
    EXPECT_EQ(post(Bytes("--b--")).body, missing);
    EXPECT_EQ(post(Bytes(part("name=other; filename=x", "x") + "--b--")).body, missing);
    const auto text = post(Bytes(part("name=file", "text") + "--b--"));
    EXPECT_EQ(text.status, 422u);
    EXPECT_THAT(text.body, HasSubstr("Expected UploadFile"));
    EXPECT_THAT(text.body, HasSubstr(R"("input":"text")"));
    EXPECT_EQ(post(Bytes(part("name=file; filename=a", "x") + part("name=file; filename=b", "x") + "--b--")).status,
              422u);
    EXPECT_EQ(post(Bytes("--b--"), "multipart/form-data").status, 400u);
    EXPECT_EQ(post(Bytes("nonsense")).body, R"({"detail":"Invalid multipart data."})");
    EXPECT_EQ(list(), R"({"files":[],"next":null})");
}

TEST_F(FilesHttpTest, KeepsNothingOfAnUploadThatEndsEarly)
{
    const auto whole = part("name=file; filename=a", "some content");
    for (std::size_t length = 0; length < whole.size() + 5; ++length) {
        EXPECT_EQ(post(Bytes((whole + "--b--").substr(0, length))).status, 400u) << length;
    }
    EXPECT_EQ(post(Bytes(whole, ErrorCode::request_timeout)).status, 408u);
    EXPECT_EQ(post(form("a", std::string(1001, 'x'))).status, 413u);
    EXPECT_EQ(list(), R"({"files":[],"next":null})");
    EXPECT_EQ(post(form("a", std::string(1000, 'x'))).status, 200u);
}

TEST_F(FilesHttpTest, RefusesNamesThatAreNone)
{
    for (const auto* name : {"", ".", "..", "../2/x", "a/b", "/etc/passwd", R"(..\\x)"}) {
        const auto response = post(form(name));
        EXPECT_EQ(response.status, 422u) << name;
        EXPECT_THAT(response.body, HasSubstr(R"("loc":["body","file"])"));
    }
    EXPECT_EQ(get("..").status, 404u);
    EXPECT_EQ(tests::run_task(delete_file(files, request("DELETE", {".."}))).status, 404u);
}

TEST_F(FilesHttpTest, ShowsPicturesAndSavesEverythingElse)
{
    const auto kind = [&](const std::string& name, const std::string& bytes) {
        EXPECT_EQ(post(form(name, bytes)).status, 200u);
        const auto disposition = header(get(name), "Content-Disposition");
        return disposition.substr(0, disposition.find(';'));
    };
    EXPECT_EQ(kind("pic.png", png), "inline");
    EXPECT_EQ(kind("fake.png", "<html><script>alert(1)</script>"), "attachment");
    EXPECT_EQ(kind("pic.svg", "<svg onload='alert(1)'/>"), "attachment");
    EXPECT_EQ(kind("page.html", png), "attachment");
}

TEST_F(FilesHttpTest, SendsPartsAndKnowsWhatTheClientHas)
{
    post(form("a.txt", "0123456789"));
    const auto part = get("a.txt", {{"Range", "bytes=2-4"}});
    EXPECT_EQ(part.status, 206u);
    EXPECT_EQ(content(part), "234");
    EXPECT_EQ(header(part, "Content-Range"), "bytes 2-4/10");
    const auto tag = header(part, "ETag");
    const auto known = get("a.txt", {{"If-None-Match", tag}});
    EXPECT_EQ(known.status, 304u);
    EXPECT_EQ(known.source, nullptr);
    EXPECT_EQ(header(known, "ETag"), tag);
    const auto beyond = get("a.txt", {{"Range", "bytes=10-"}});
    EXPECT_EQ(beyond.status, 416u);
    EXPECT_EQ(header(beyond, "Content-Range"), "bytes */10");
    EXPECT_EQ(content(get("a.txt", {{"Range", "bytes=2-4"}, {"If-Range", "\"other\""}})), "0123456789");
}

TEST_F(FilesHttpTest, RemovesAFileOnceOrMoreOften)
{
    post(form("a.txt"));
    for (int i = 0; i < 2; ++i) {
        const auto response = tests::run_task(delete_file(files, request("DELETE", {"a.txt"})));
        EXPECT_EQ(response.status, 200u);
        EXPECT_EQ(response.body, R"({"message":"File user-files/1/a.txt deleted successfully."})");
        EXPECT_EQ(get("a.txt").body, R"({"detail":"File not found"})");
    }
}

TEST_F(FilesHttpTest, ListsPageByPage)
{
    for (const auto* name : {"b.png", "a+b.txt", "c"}) {
        post(form(name));
    }
    EXPECT_THAT(list("limit=2"),
                HasSubstr(R"({"files":[{"name":"a+b.txt","size":5,"content_type":"text/plain","modified_at":"20)"));
    EXPECT_THAT(list("limit=2"), HasSubstr(R"(}],"next":"b.png"})"));
    EXPECT_THAT(list("limit=2&after=b.png"), HasSubstr(R"({"files":[{"name":"c",)"));
    EXPECT_THAT(list("limit=2&after=b.png"), HasSubstr(R"("next":null})"));
    for (const auto* wrong : {"limit=0", "limit=1001", "limit=x", "limit=", "limit=1x", "limit=-1"}) {
        EXPECT_THAT(list(wrong), HasSubstr(R"("loc":["query","limit"])")) << wrong;
    }
}

}
}
