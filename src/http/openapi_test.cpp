#include "http/openapi.hpp"

#include "http/body.hpp"

#include <optional>
#include <set>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace watchword::http {
namespace {

struct NewUser {
    std::string email;
    std::optional<std::string> full_name;
    SecretText password;
};

struct User {
    std::optional<std::string> full_name;
    std::int64_t id = 0;
    Instant created_at{};
    bool is_email_verified = false;
};

struct Token {
    std::string token_type;
    std::optional<Instant> expires_at;
    SecretText access_token;
};

const Body<NewUser> user_create = Body<NewUser>("UserCreate")
                                      .field("email", &NewUser::email)
                                      .field("full_name", &NewUser::full_name, Length{.max = 255})
                                      .field("password", &NewUser::password, Length{6, 512});

const Body<User> user_read = Body<User>("UserRead")
                                 .field("full_name", &User::full_name)
                                 .field("id", &User::id)
                                 .field("created_at", &User::created_at)
                                 .field("is_email_verified", &User::is_email_verified);

const Body<Token> token = Body<Token>("Token")
                              .field("token_type", &Token::token_type)
                              .otherwise("bearer")
                              .field("expires_at", &Token::expires_at)
                              .field("access_token", &Token::access_token);

const FileForm upload_form("Body_upload_user_file_api_v1_users_upload_file_post", "file");

const Operation create{.id = "create_user_api_v1_users_post",
                       .tag = "users",
                       .summary = "Create User",
                       .request = &user_create,
                       .response = &user_read,
                       .status = 201,
                       .failures = {ErrorCode::email_already_registered}};
const Operation read{
    .id = "read_users_me_api_v1_users_profile_get", .tag = "users", .summary = "Read Users Me", .response = &user_read};
const Operation refresh{.id = "refresh_access_token_api_v1_auth_refresh_token_post",
                        .tag = "auth",
                        .summary = "Refresh Access Token",
                        .description = "Refresh an access token using a refresh token.",
                        .response = &token};
const Operation upload{.id = "upload_user_file_api_v1_users_upload_file_post",
                       .tag = "users",
                       .summary = "Upload User File",
                       .request = &upload_form};
const Operation remove_file{.id = "delete_user_file_api_v1_users_delete_file__object_name__delete",
                            .tag = "users",
                            .summary = "Delete User File"};
const Operation logout{.id = "logout", .tag = "auth", .summary = "Logout", .status = 204};
const Operation root{.id = "read_root__get", .tag = "", .summary = "Read Root"};

class AnyGuard final : public Guard {
public:
    Task<Result<Caller>> admit(const Request&) override { co_return fail(ErrorCode::not_authenticated); }
};

class AnyLimit final : public Limit {
public:
    Task<Result<>> take(const Request&) override { co_return Result<>(); }
};

Route route(const char* method, const char* path, const Operation* description, Guard* guard, Limit* limit)
{
    return {
        .method = method, .path = path, .guard = guard, .limit = limit, .description = description, .handler = nullptr};
}

std::string document()
{
    static AnyGuard guard;
    static AnyLimit limit;
    const std::vector<Route> routes{
        route("POST", "/api/v1/users", &create, nullptr, &limit),
        route("GET", "/api/v1/users/profile", &read, &guard, nullptr),
        route("POST", "/api/v1/auth/refresh-token", &refresh, nullptr, &limit),
        route("POST", "/api/v1/users/upload-file", &upload, &guard, nullptr),
        route("DELETE", "/api/v1/users/delete-file/{object_name}", &remove_file, &guard, nullptr),
        route("POST", "/api/v1/auth/logout", &logout, &guard, nullptr),
        route("GET", "/", &root, nullptr, nullptr),
        route("HEAD", "/", nullptr, nullptr, nullptr),
        route("GET", "/healthz", nullptr, nullptr, nullptr),
    };
    return openapi(routes, {"Authorization service API", "1.2.3"});
}

/// The part at a JSON pointer (RFC 6901), as text.
std::string part(std::string_view pointer)
{
    static const boost::json::value whole = boost::json::parse(document());
    boost::json::error_code error;
    const auto* found = whole.find_pointer(pointer, error);
    return found ? boost::json::serialize(*found) : "(none)";
}

std::string schema(std::string_view name)
{
    return part("/components/schemas/" + std::string(name));
}

TEST(OpenApi, NamesVersionAndService)
{
    EXPECT_EQ(part("/openapi"), R"("3.1.0")");
    EXPECT_EQ(part("/info"), R"({"title":"Authorization service API","version":"1.2.3"})");
}

TEST(OpenApi, DescribesARouteWithABody)
{
    EXPECT_EQ(part("/paths/~1api~1v1~1users/post/operationId"), R"("create_user_api_v1_users_post")");
    EXPECT_EQ(part("/paths/~1api~1v1~1users/post/tags"), R"(["users"])");
    EXPECT_EQ(part("/paths/~1api~1v1~1users/post/summary"), R"("Create User")");
    EXPECT_EQ(part("/paths/~1api~1v1~1users/post/security"), "(none)");
    EXPECT_EQ(
        part("/paths/~1api~1v1~1users/post/requestBody"),
        R"({"content":{"application/json":{"schema":{"$ref":"#/components/schemas/UserCreate"}}},"required":true})");
    EXPECT_EQ(
        part("/paths/~1api~1v1~1users/post/responses/201"),
        R"({"description":"Successful Response","content":{"application/json":{"schema":{"$ref":"#/components/schemas/UserRead"}}}})");
    EXPECT_EQ(
        part("/paths/~1api~1v1~1users/post/responses/422"),
        R"({"description":"Validation Error","content":{"application/json":{"schema":{"$ref":"#/components/schemas/HTTPValidationError"}}}})");
}

TEST(OpenApi, DescribesFailuresThatFollowFromTheRoute)
{
    EXPECT_EQ(part("/paths/~1api~1v1~1users/post/responses/400/description"), R"("Email already registered")");
    EXPECT_EQ(part("/paths/~1api~1v1~1users/post/responses/429/headers/Retry-After/schema"), R"({"type":"integer"})");
    EXPECT_EQ(part("/paths/~1api~1v1~1users/post/responses/401"), "(none)");
    EXPECT_EQ(part("/paths/~1api~1v1~1users~1profile/get/responses/401/description"),
              R"("Not authenticated / Could not validate credentials")");
    EXPECT_EQ(part("/paths/~1api~1v1~1users~1profile/get/responses/422"), "(none)");
    EXPECT_EQ(part("/paths/~1/get/responses"),
              R"({"200":{"description":"Successful Response","content":{"application/json":{"schema":{}}}}})");
    EXPECT_EQ(
        schema("Failure"),
        R"({"properties":{"detail":{"type":"string","title":"Detail"}},"type":"object","required":["detail"],"title":"Failure"})");
}

TEST(OpenApi, AsksForATokenBehindAGuard)
{
    EXPECT_EQ(part("/paths/~1api~1v1~1users~1profile/get/security"), R"([{"HTTPBearer":[]}])");
    EXPECT_EQ(part("/components/securitySchemes"), R"({"HTTPBearer":{"type":"http","scheme":"bearer"}})");
}

TEST(OpenApi, DescribesPathParameters)
{
    const std::string operation = "/paths/~1api~1v1~1users~1delete-file~1{object_name}/delete";
    EXPECT_EQ(
        part(operation + "/parameters"),
        R"([{"name":"object_name","in":"path","required":true,"schema":{"type":"string","title":"Object Name"}}])");
    EXPECT_NE(part(operation + "/responses/422"), "(none)");
}

TEST(OpenApi, KeepsTheDescriptionOfAnOperation)
{
    EXPECT_EQ(part("/paths/~1api~1v1~1auth~1refresh-token/post/description"),
              R"("Refresh an access token using a refresh token.")");
    EXPECT_EQ(part("/paths/~1api~1v1~1users/post/description"), "(none)");
}

TEST(OpenApi, DescribesNoContentWithoutContent)
{
    EXPECT_EQ(part("/paths/~1api~1v1~1auth~1logout/post/responses/204"), R"({"description":"Successful Response"})");
}

TEST(OpenApi, LeavesOutRoutesWithoutADescription)
{
    EXPECT_EQ(part("/paths/~1healthz"), "(none)");
    EXPECT_EQ(part("/paths/~1/head"), "(none)");
}

TEST(OpenApi, DescribesMembersWithTitlesBoundsAndDefaults)
{
    EXPECT_EQ(schema("UserCreate"),
              R"({"properties":{"email":{"type":"string","title":"Email"},)"
              R"("full_name":{"anyOf":[{"type":"string","maxLength":255},{"type":"null"}],"title":"Full Name"},)"
              R"("password":{"type":"string","maxLength":512,"minLength":6,"title":"Password"}},)"
              R"("type":"object","required":["email","password"],"title":"UserCreate"})");
    EXPECT_EQ(schema("UserRead"),
              R"({"properties":{"full_name":{"anyOf":[{"type":"string"},{"type":"null"}],"title":"Full Name"},)"
              R"("id":{"type":"integer","title":"Id"},)"
              R"("created_at":{"type":"string","format":"date-time","title":"Created At"},)"
              R"("is_email_verified":{"type":"boolean","title":"Is Email Verified"}},)"
              R"("type":"object","required":["id","created_at","is_email_verified"],"title":"UserRead"})");
    EXPECT_EQ(schema("Token"),
              R"({"properties":{"token_type":{"type":"string","title":"Token Type","default":"bearer"},)"
              R"("expires_at":{"anyOf":[{"type":"string","format":"date-time"},{"type":"null"}],"title":"Expires At"},)"
              R"("access_token":{"type":"string","title":"Access Token"}},)"
              R"("type":"object","required":["access_token"],"title":"Token"})");
}

TEST(OpenApi, TellsEveryGeneratorThatAFileIsBytes)
{
    EXPECT_EQ(part("/paths/~1api~1v1~1users~1upload-file/post/requestBody/content"),
              R"({"multipart/form-data":{"schema":{"$ref":)"
              R"("#/components/schemas/Body_upload_user_file_api_v1_users_upload_file_post"}}})");
    EXPECT_EQ(
        schema("Body_upload_user_file_api_v1_users_upload_file_post"),
        R"({"properties":{"file":{"type":"string","contentMediaType":"application/octet-stream","format":"binary","title":"File"}},)"
        R"("type":"object","required":["file"],"title":"Body_upload_user_file_api_v1_users_upload_file_post"})");
}

TEST(OpenApi, DescribesValidationErrors)
{
    EXPECT_EQ(
        schema("HTTPValidationError"),
        R"({"properties":{"detail":{"items":{"$ref":"#/components/schemas/ValidationError"},"type":"array","title":"Detail"}},)"
        R"("type":"object","title":"HTTPValidationError"})");
    EXPECT_EQ(
        schema("ValidationError"),
        R"({"properties":{"loc":{"items":{"anyOf":[{"type":"string"},{"type":"integer"}]},"type":"array","title":"Location"},)"
        R"("msg":{"type":"string","title":"Message"},"type":{"type":"string","title":"Error Type"},)"
        R"("input":{"title":"Input"},"ctx":{"type":"object","title":"Context"}},)"
        R"("type":"object","required":["loc","msg","type"],"title":"ValidationError"})");
}

TEST(OpenApi, IsTheSameAtEveryStart)
{
    EXPECT_EQ(document(), document());
}

}
}
