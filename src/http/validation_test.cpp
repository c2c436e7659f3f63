#include "http/validation.hpp"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

namespace watchword::http {
namespace {

TEST(ValidationErrors, AnswerInTheFormOfFastApi)
{
    ValidationErrors errors;
    EXPECT_TRUE(errors.empty());
    errors.add("email",
               {"value_error",
                "value is not a valid email address: An email address must have an @-sign.",
                {{"reason", "An email address must have an @-sign."}}},
               "plain");
    errors.add("password", field_required(), boost::json::object{{"email", "plain"}});
    EXPECT_FALSE(errors.empty());
    const Response response = errors.response();
    EXPECT_EQ(response.status, 422u);
    EXPECT_EQ(response.body,
              R"({"detail":[{"type":"value_error","loc":["body","email"],)"
              R"("msg":"value is not a valid email address: An email address must have an @-sign.",)"
              R"("input":"plain","ctx":{"reason":"An email address must have an @-sign."}},)"
              R"({"type":"missing","loc":["body","password"],"msg":"Field required","input":{"email":"plain"}}]})");
}

TEST(StringRule, SaysOneCharacterInTheSingular)
{
    const StringRule rule{.length = {1, 1}};
    EXPECT_EQ(rule.judge("")->message, "String should have at least 1 character");
    EXPECT_EQ(rule.judge("éé")->message, "String should have at most 1 character");
    EXPECT_EQ(rule.judge("é"), std::nullopt);
}

TEST(StringRule, LeavesOtherTypesToThoseWhoReadThem)
{
    const StringRule rule{.length = {4, 10}, .pattern = &ascii_digits};
    EXPECT_EQ(rule.judge(nullptr), std::nullopt);
    EXPECT_EQ(rule.judge(5), std::nullopt);
}

TEST(StringRule, TellsTheLengthBeforeTheCharacters)
{
    const StringRule rule{.length = {4, 10}, .pattern = &ascii_digits};
    EXPECT_EQ(rule.judge("abc")->type, "string_too_short");
    EXPECT_EQ(rule.judge("abcd")->type, "string_pattern_mismatch");
    EXPECT_EQ(rule.judge("1234"), std::nullopt);
}

TEST(StringRule, DescribesItselfInsideAnyOf)
{
    boost::json::object schema{
        {"anyOf", boost::json::array{boost::json::object{{"type", "string"}}, boost::json::object{{"type", "null"}}}}};
    StringRule{.length = {2, 3}, .pattern = &ascii_digits}.describe(schema);
    const boost::json::object string{{"type", "string"}, {"maxLength", 3}, {"minLength", 2}};
    EXPECT_EQ(schema["anyOf"].at(0), boost::json::value(string));
}

}
}
