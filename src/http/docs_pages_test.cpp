#include "http/docs_pages.hpp"

#include "http/docs_files.hpp"
#include "tests/support/run_task.hpp"

#include <algorithm>
#include <regex>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

constexpr auto description = R"({"openapi":"3.1.0"})";

struct Received {
    unsigned status = 0;
    std::vector<Header> headers;
    std::string body;

    std::string header(std::string_view name) const
    {
        const auto has_name = [&](const Header& header) { return same_but_for_case(header.name, name); };
        const auto found = std::ranges::find_if(headers, has_name);
        return found == headers.end() ? "(none)" : found->value;
    }
};

Received get(std::string_view path, std::vector<Header> headers = {}, std::string_view method = "GET")
{
    static const Router router(docs_routes(description));
    const Match match = router.match(method, path);
    if (match.outcome != Match::Outcome::found) {
        return {};
    }
    Request request;
    request.headers = std::move(headers);
    Response response = tests::run_task(match.route->handler(request));
    std::string body = response.source ? std::string(tests::run_task(response.source->next())) : response.body;
    EXPECT_TRUE(!response.source || response.source->length() == body.size());
    return {response.status, std::move(response.headers), std::move(body)};
}

TEST(DocsPages, ServeTheDescription)
{
    const auto received = get("/openapi.json");
    EXPECT_EQ(received.status, 200u);
    EXPECT_EQ(received.header("Content-Type"), "application/json");
    EXPECT_EQ(received.body, description);
}

TEST(DocsPages, AnswerHeadToo)
{
    for (const char* path : {"/docs", "/redoc", "/openapi.json"}) {
        EXPECT_EQ(get(path, {}, "HEAD").status, 200u) << path;
    }
}

TEST(DocsPages, AllowNoScriptButTheirOwn)
{
    const auto page = get("/docs");
    EXPECT_EQ(page.status, 200u);
    EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
    const std::string policy = page.header("Content-Security-Policy");
    EXPECT_NE(policy.find("default-src 'none'; script-src 'self';"), policy.npos);
    EXPECT_EQ(policy.find("unsafe"), policy.npos);
    EXPECT_FALSE(std::regex_search(page.body, std::regex("<script>|<style|style=|onload=")));
}

TEST(DocsPages, StayBelowAPathPrefix)
{
    const std::string page = get("/docs").body;
    const std::regex address(R"re((src|href)="([^"]*)")re");
    int addresses = 0;
    for (auto found = std::sregex_iterator(page.begin(), page.end(), address); found != std::sregex_iterator();
         ++found) {
        const std::string target = (*found)[2];
        EXPECT_FALSE(target.starts_with('/') || target.find(':') != target.npos) << target;
        EXPECT_EQ(get("/" + target).status, 200u) << target;
        ++addresses;
    }
    EXPECT_GE(addresses, 1);
    for (const char* path : {"/docs/", "/redoc/"}) {
        EXPECT_EQ(get(path).status, 307u) << path;
        EXPECT_EQ(get(path).header("Location"), "../docs") << path;
    }
}

TEST(DocsPages, CompressOnlyForWhoeverTakesIt)
{
    const auto large = std::ranges::find_if(docs_files(), [](const DocsFile& file) { return !file.gzip.empty(); });
    if (large == docs_files().end()) {
        GTEST_SKIP() << "built without Swagger UI";
    }
    const std::string path = "/docs/" + std::string(large->name);
    for (const char* accepted : {"gzip", "br, GZIP;q=0.5", "deflate, gzip;q=1.0, *;q=0.5"}) {
        const auto received = get(path, {{"Accept-Encoding", accepted}});
        EXPECT_EQ(received.header("Content-Encoding"), "gzip") << accepted;
        EXPECT_EQ(received.header("Vary"), "Accept-Encoding");
        EXPECT_EQ(received.body, large->gzip);
    }
    for (const char* accepted : {"", "identity", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"}) {
        const auto received = get(path, {{"Accept-Encoding", accepted}});
        EXPECT_EQ(received.header("Content-Encoding"), "(none)") << accepted;
        EXPECT_EQ(received.header("Vary"), "Accept-Encoding");
        EXPECT_EQ(received.body, large->bytes);
    }
    EXPECT_EQ(large->gzip.substr(0, 2), "\x1F\x8B");
    EXPECT_LT(large->gzip.size(), large->bytes.size() / 2);
}

TEST(DocsPages, AskForNothingBeyondTheServer)
{
    for (const DocsFile& file : docs_files()) {
        if (file.name.starts_with("page") || file.name.empty()) {
            EXPECT_EQ(file.bytes.find("://"), file.bytes.npos) << file.name;
        }
    }
}

}
}
