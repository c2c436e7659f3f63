#include "http/body.hpp"

#include <chrono>
#include <ostream>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

struct NewUser {
    std::string email;
    std::optional<std::string> full_name;
    SecretText password;
};

const Body<NewUser> new_user = Body<NewUser>("UserCreate")
                                   .field("email", &NewUser::email)
                                   .field("full_name", &NewUser::full_name, Length{.max = 255})
                                   .matching(without_nul)
                                   .field("password", &NewUser::password, Length{6, 512});

struct Code {
    std::string code;
};

const Body<Code> code = Body<Code>("Code").field("code", &Code::code, Length{4, 10}).matching(ascii_digits);

struct RefreshRequest {
    std::string refresh_token;
};

const Body<RefreshRequest> refresh_request =
    Body<RefreshRequest>("RefreshTokenRequest")
        .field("refresh_token", &RefreshRequest::refresh_token, Length{.min = 10})
        .or_plain_string();

struct Answer {
    std::string token_type;
    std::optional<Instant> expires_at;
    std::int64_t id = 0;
    bool is_email_verified = false;
    Instant created_at{};
};

const Body<Answer> answer = Body<Answer>("Answer")
                                .field("token_type", &Answer::token_type)
                                .otherwise("bearer")
                                .field("expires_at", &Answer::expires_at)
                                .field("id", &Answer::id)
                                .field("is_email_verified", &Answer::is_email_verified)
                                .field("created_at", &Answer::created_at);

Request request(std::string body, std::string content_type = "application/json")
{
    Request request;
    request.headers = {{"Content-Type", std::move(content_type)}};
    request.body = std::move(body);
    return request;
}

/// The whole answer to a body that is refused: `422 {"detail":…}`; `accepted` where it is not.
template <class T>
std::string refusal(const Body<T>& declared, const Request& request)
{
    const auto result = declared.parse(request);
    return result ? "accepted" : std::to_string(result.error().status) + ' ' + result.error().body;
}

std::string refusal(std::string body, std::string content_type = "application/json")
{
    return refusal(new_user, request(std::move(body), std::move(content_type)));
}

std::string repeated(std::string_view text, std::size_t times)
{
    std::string result;
    for (std::size_t i = 0; i < times; ++i) {
        result += text;
    }
    return result;
}

constexpr auto missing_body =
    R"(422 {"detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]})";

std::string no_object(std::string_view input)
{
    return R"(422 {"detail":[{"type":"model_attributes_type","loc":["body"],)"
           R"("msg":"Input should be a valid dictionary or object to extract fields from","input":)" +
           std::string(input) + "}]}";
}

std::string no_json(std::size_t offset, std::string_view problem)
{
    return R"(422 {"detail":[{"type":"json_invalid","loc":["body",)" + std::to_string(offset) +
           R"(],"msg":"JSON decode error","input":{},"ctx":{"error":")" + std::string(problem) + R"("}}]})";
}

constexpr auto unreadable = R"(400 {"detail":"There was an error parsing the body"})";

TEST(Body, ReadsWhatIsDeclaredAndIgnoresTheRest)
{
    const auto user = new_user.parse(
        request(R"({"id":1,"email":"jane@example.com","password":"secret123","full_name":"Jane","x":[{}]})"));
    ASSERT_TRUE(user);
    EXPECT_EQ(user->email, "jane@example.com");
    EXPECT_EQ(user->full_name, "Jane");
    EXPECT_EQ(user->password.reveal(), "secret123");
}

TEST(Body, TakesAnOptionalMemberThatIsNullOrLeftOut)
{
    const auto null = new_user.parse(request(R"({"email":"a","full_name":null,"password":"secret123"})"));
    const auto absent = new_user.parse(request(R"({"email":"a","password":"secret123"})"));
    ASSERT_TRUE(null && absent);
    EXPECT_EQ(null->full_name, std::nullopt);
    EXPECT_EQ(absent->full_name, std::nullopt);
}

TEST(Body, TakesTheLastOfEqualKeys)
{
    const auto user = new_user.parse(request(R"({"email":1,"password":"secret123","email":"b"})"));
    ASSERT_TRUE(user);
    EXPECT_EQ(user->email, "b");
}

TEST(Body, TellsOfEveryWrongMemberInTheOrderOfDeclaration)
{
    EXPECT_EQ(refusal("{}"),
              R"(422 {"detail":[{"type":"missing","loc":["body","email"],"msg":"Field required","input":{}},)"
              R"({"type":"missing","loc":["body","password"],"msg":"Field required","input":{}}]})");
    EXPECT_EQ(
        refusal(R"({"password":null,"full_name":5,"email":1})"),
        R"(422 {"detail":[{"type":"string_type","loc":["body","email"],"msg":"Input should be a valid string","input":1},)"
        R"({"type":"string_type","loc":["body","full_name"],"msg":"Input should be a valid string","input":5},)"
        R"({"type":"string_type","loc":["body","password"],"msg":"Input should be a valid string","input":null}]})");
}

TEST(Body, CountsCodePoints)
{
    const auto with_password = [](const std::string& password) {
        return refusal(R"({"email":"a","password":")" + password + "\"}");
    };
    EXPECT_EQ(with_password("12345"),
              R"(422 {"detail":[{"type":"string_too_short","loc":["body","password"],)"
              R"("msg":"String should have at least 6 characters","input":"12345","ctx":{"min_length":6}}]})");
    EXPECT_EQ(with_password(repeated("\U0001F600", 5)).substr(0, 45),
              R"(422 {"detail":[{"type":"string_too_short","lo)");
    EXPECT_EQ(with_password(repeated("\U0001F600", 6)), "accepted");
    EXPECT_EQ(with_password(repeated("\\ud83d\\ude00", 512)), "accepted");
    EXPECT_EQ(with_password(repeated("é", 513)),
              R"(422 {"detail":[{"type":"string_too_long","loc":["body","password"],)"
              R"("msg":"String should have at most 512 characters","input":")" +
                  repeated("é", 513) + R"(","ctx":{"max_length":512}}]})");
}

TEST(Body, BoundsAnOptionalMemberToo)
{
    const auto with_name = [](const std::string& name) {
        return refusal(R"({"email":"a","password":"secret123","full_name":")" + name + "\"}");
    };
    EXPECT_EQ(with_name(repeated("ü", 255)), "accepted");
    EXPECT_EQ(with_name(repeated("ü", 256)).substr(0, 44), R"(422 {"detail":[{"type":"string_too_long","lo)");
    EXPECT_EQ(with_name("a\\u0000b"), R"(422 {"detail":[{"type":"string_pattern_mismatch","loc":["body","full_name"],)"
                                      R"("msg":"String should match pattern '^[^\\u0000]*$'","input":"a\u0000b",)"
                                      R"("ctx":{"pattern":"^[^\\u0000]*$"}}]})");
}

TEST(Body, KeepsCodesToAsciiDigits)
{
    EXPECT_EQ(refusal(code, request(R"({"code":"012345"})")), "accepted");
    for (const char* wrong : {"１２３４５６", "+12345", "12 345", "12345\\u0000", "12345\\n", "abcdef"}) {
        EXPECT_EQ(refusal(code, request(std::string(R"({"code":")") + wrong + "\"}")).substr(0, 50),
                  R"(422 {"detail":[{"type":"string_pattern_mismatch",")")
            << wrong;
    }
}

TEST(Body, AcceptsNulInAPassword)
{
    const auto user = new_user.parse(request(R"({"email":"a","password":"secret\u0000123"})"));
    ASSERT_TRUE(user);
    EXPECT_EQ(user->password.reveal(), std::string("secret\0"
                                                   "123",
                                                   10));
}

TEST(Body, RefusesWhatIsNoObject)
{
    EXPECT_EQ(refusal("[]"), no_object("[]"));
    EXPECT_EQ(refusal(R"("x")"), no_object(R"("x")"));
    EXPECT_EQ(refusal("null"), no_object("null"));
    EXPECT_EQ(refusal("42"), no_object("42"));
    EXPECT_EQ(refusal("123456789012345678901234567890"), no_object("123456789012345678901234567890"));
}

TEST(Body, TellsWhereATextStopsBeingJson)
{
    EXPECT_EQ(refusal("{"), no_json(1, "Expecting property name enclosed in double quotes"));
    EXPECT_EQ(refusal(R"({"email": })"), no_json(10, "Expecting value"));
    EXPECT_EQ(refusal("not json"), no_json(0, "Expecting value"));
    EXPECT_EQ(refusal("  \n "), no_json(4, "Expecting value"));
    EXPECT_EQ(refusal(R"({"é":1,})"), no_json(7, "Expecting property name enclosed in double quotes"));
}

TEST(Body, TellsThatThereIsNone)
{
    EXPECT_EQ(refusal(""), missing_body);
    EXPECT_EQ(refusal("", "text/plain"), missing_body);
    EXPECT_EQ(refusal(new_user, Request{}), missing_body);
}

TEST(Body, RefusesBytesThatAreNoTextAndDepthWithoutEnd)
{
    EXPECT_EQ(refusal("{\"email\": \"\xFF\xFE@example.com\"}"), unreadable);
    EXPECT_EQ(refusal(std::string(100'000, '[')), unreadable);
    EXPECT_EQ(refusal(repeated("{\"a\":", 100'000)), unreadable);
}

TEST(Body, AcceptsDepthInWhatItIgnores)
{
    const std::string deep = std::string(800, '[') + std::string(800, ']');
    EXPECT_EQ(refusal(R"({"email":"a","password":"secret123","x":)" + deep + "}"), "accepted");
    EXPECT_EQ(
        refusal(R"({"email":"a","password":)" + deep + "}"),
        R"(422 {"detail":[{"type":"string_type","loc":["body","password"],"msg":"Input should be a valid string","input":)" +
            deep + "}]}");
}

TEST(Body, RefusesLoneSurrogatesInWhatItReadsOnly)
{
    EXPECT_EQ(
        refusal(R"({"email":"\ud800","password":"secret123"})"),
        R"(422 {"detail":[{"type":"string_unicode","loc":["body","email"],"msg":"Input should be a valid string, )"
        R"(unable to parse raw data as a unicode string","input":"�"}]})");
    EXPECT_EQ(refusal(R"({"email":"a","password":"secret123","\udc00":"\ud800"})"), "accepted");
}

TEST(Body, GivesNumbersBackAsTheyWere)
{
    EXPECT_EQ(
        refusal(R"({"email":123456789012345678901234567890,"full_name":0.1,"password":-1e999})"),
        R"(422 {"detail":[{"type":"string_type","loc":["body","email"],"msg":"Input should be a valid string","input":123456789012345678901234567890},)"
        R"({"type":"string_type","loc":["body","full_name"],"msg":"Input should be a valid string","input":0.1},)"
        R"({"type":"string_type","loc":["body","password"],"msg":"Input should be a valid string","input":-1e999}]})");
}

TEST(Body, ReadsNotANumberAsANumber)
{
    EXPECT_EQ(refusal(R"({"email":"a","password":"secret123","x":[NaN,Infinity]})"), "accepted");
    EXPECT_EQ(
        refusal(R"({"email":"a","password":"secret123","full_name":NaN})"),
        R"(422 {"detail":[{"type":"string_type","loc":["body","full_name"],"msg":"Input should be a valid string","input":null}]})");
}

TEST(Body, IsJsonOnlyWhereTheContentTypeSaysSo)
{
    const std::string body = R"({"email":"a","password":"secret123"})";
    for (const char* type : {"application/json", "APPLICATION/JSON ; charset=UTF-8", "application/problem+json",
                             "application/json;charset=\"utf-8\"", "application/json; x=y"}) {
        EXPECT_EQ(refusal(body, type), "accepted") << type;
    }
    for (const char* type : {"", "text/plain", "text/json", "application/x-www-form-urlencoded",
                             "multipart/form-data; boundary=x", "json", "application/json/x", "application/jsonp",
                             "application/json, text/plain", "application/json; charset=utf-16"}) {
        EXPECT_EQ(refusal(body, type), no_object(R"("{\"email\":\"a\",\"password\":\"secret123\"}")")) << type;
    }
}

TEST(Body, ReadsAPlainStringWhereThatIsDeclared)
{
    const auto parsed = [](const Request& request) {
        const auto result = refresh_request.parse(request);
        return result ? result->refresh_token : result.error().body;
    };
    EXPECT_EQ(parsed(request(R"({"refresh_token":"aaa.bbb.ccc"})")), "aaa.bbb.ccc");
    EXPECT_EQ(parsed(request(R"("aaa.bbb.ccc")")), "aaa.bbb.ccc");
    EXPECT_EQ(parsed(request("aaa.bbb.ccc", "text/plain")), "aaa.bbb.ccc");
    EXPECT_EQ(parsed(request("short", "text/plain")),
              R"({"detail":[{"type":"string_too_short","loc":["body","refresh_token"],)"
              R"("msg":"String should have at least 10 characters","input":"short","ctx":{"min_length":10}}]})");
    EXPECT_EQ(refusal(refresh_request, request("5")), no_object("5"));
}

TEST(Body, WritesMembersInTheOrderOfDeclaration)
{
    const Answer value{.token_type = "bearer",
                       .expires_at = {},
                       .id = -7,
                       .is_email_verified = true,
                       .created_at = from_microseconds(1'795'646'422'181'424)};
    const Response response = json(201, answer, value);
    EXPECT_EQ(response.status, 201u);
    EXPECT_EQ(response.body, R"({"token_type":"bearer","expires_at":null,"id":-7,"is_email_verified":true,)"
                             R"("created_at":"2026-11-25T22:40:22.181424Z"})");
}

TEST(Body, FillsInWhatIsLeftOut)
{
    const auto value = answer.parse(request(R"({"id":1,"is_email_verified":false,"created_at":""})"));
    ASSERT_TRUE(value);
    EXPECT_EQ(value->token_type, "bearer");
}

TEST(Body, AnswersTheWorstBodiesInTimeInProportionToTheirLength)
{
    constexpr std::size_t size = 64 * 1024;
    std::string many_keys = "{";
    for (int i = 0; many_keys.size() < size; ++i) {
        many_keys += '"' + std::to_string(i) + "\":0,";
    }
    const std::string worst[] = {std::string(100'000, '['),
                                 repeated("{\"\":", size / 4),
                                 many_keys,
                                 "\"" + repeated("\\u0000", size / 6),
                                 "\"" + std::string(size, '\xFF'),
                                 repeated("\xED\xA0\x80", size / 3),
                                 "{\"email\":" + std::string(size, '1'),
                                 "[0." + std::string(size, '1'),
                                 "[" + repeated("[],", size / 3)};
    const auto start = std::chrono::steady_clock::now();
    for (const auto& body : worst) {
        EXPECT_NE(refusal(body), "accepted");
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2)); // loaded machines, sanitizers
}

}
}
