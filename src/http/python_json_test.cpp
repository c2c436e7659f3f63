#include "http/python_json.hpp"

#include "http/json_writer.hpp"

#include <string>

#include <gtest/gtest.h>

namespace watchword::http::python_json {
namespace {

using namespace std::string_literals;

/// What `json.dumps(json.loads(bytes))` gives without blanks, `offset: problem`, or `unreadable`.
std::string outcome(std::string_view bytes)
{
    const auto value = read(bytes);
    if (value) {
        std::string text;
        append_value(text, *value);
        return text;
    }
    const auto* error = std::get_if<SyntaxError>(&value.error());
    return error ? std::to_string(error->offset) + ": " + std::string(error->problem) : "unreadable";
}

// Every expectation below is what CPython 3.11 gives.

TEST(PythonJson, ReadsEveryKindOfValue)
{
    EXPECT_EQ(outcome(" { \"a\" : [ null , true , false , -1 , 2.50 , \"x\" ] , \"b\" : { } } "),
              R"({"a":[null,true,false,-1,2.5,"x"],"b":{}})");
    EXPECT_EQ(outcome("[]"), "[]");
    EXPECT_EQ(outcome("[ ]"), "[]");
}

TEST(PythonJson, NamesTheProblemAndItsPlace)
{
    EXPECT_EQ(outcome(""), "0: Expecting value");
    EXPECT_EQ(outcome("nul"), "0: Expecting value");
    EXPECT_EQ(outcome("{"), "1: Expecting property name enclosed in double quotes");
    EXPECT_EQ(outcome("{'a':1}"), "1: Expecting property name enclosed in double quotes");
    EXPECT_EQ(outcome("{\"a\":1,}"), "7: Expecting property name enclosed in double quotes");
    EXPECT_EQ(outcome("{\"a\" 1}"), "5: Expecting ':' delimiter");
    EXPECT_EQ(outcome("{\"a\":}"), "5: Expecting value");
    EXPECT_EQ(outcome("{\"a\":1 \"b\"}"), "7: Expecting ',' delimiter");
    EXPECT_EQ(outcome("[1,]"), "3: Expecting value");
    EXPECT_EQ(outcome("[1"), "2: Expecting ',' delimiter");
    EXPECT_EQ(outcome("[1 2]"), "3: Expecting ',' delimiter");
    EXPECT_EQ(outcome("{} x"), "3: Extra data");
    EXPECT_EQ(outcome("\"abc"), "0: Unterminated string starting at");
    EXPECT_EQ(outcome("[\"abc\\"), "1: Unterminated string starting at");
    EXPECT_EQ(outcome("\"a\nb\""), "2: Invalid control character at");
    EXPECT_EQ(outcome("\"a\\x\""), "2: Invalid \\escape");
    EXPECT_EQ(outcome("\"a\\u12g4\""), "3: Invalid \\uXXXX escape");
    EXPECT_EQ(outcome("\"a\\u1234"), "3: Invalid \\uXXXX escape");
    EXPECT_EQ(outcome("\"\\ud800\\u12\"    "), "8: Invalid \\uXXXX escape");
}

TEST(PythonJson, CountsOffsetsInCodePoints)
{
    EXPECT_EQ(outcome("[\"é\U0001F600\",]"), "6: Expecting value");
    EXPECT_EQ(outcome("\xEF\xBB\xBF[1,]"), "3: Expecting value");
    EXPECT_EQ(outcome("\xFF\xFE[\0\x3D\xD8\0\xDE"s), "1: Expecting value");
}

TEST(PythonJson, ReadsNumbersAsFarAsTheyGo)
{
    EXPECT_EQ(outcome("-0"), "0");
    EXPECT_EQ(outcome("01"), "1: Extra data");
    EXPECT_EQ(outcome("1."), "1: Extra data");
    EXPECT_EQ(outcome("1.e5"), "1: Extra data");
    EXPECT_EQ(outcome("1e"), "1: Extra data");
    EXPECT_EQ(outcome("1e+"), "1: Extra data");
    EXPECT_EQ(outcome("-"), "0: Expecting value");
    EXPECT_EQ(outcome("+1"), "0: Expecting value");
    EXPECT_EQ(outcome("[1E5,1e-5,1e16,123456789.125]"), "[100000.0,1e-05,1e+16,123456789.125]");
}

TEST(PythonJson, KeepsIntegersOfAnySize)
{
    EXPECT_EQ(outcome("[9223372036854775807,-9223372036854775808,18446744073709551615]"),
              "[9223372036854775807,-9223372036854775808,18446744073709551615]");
    EXPECT_EQ(outcome("[18446744073709551616,-9223372036854775809]"), "[18446744073709551616,-9223372036854775809]");
    const auto number = read("18446744073709551616");
    ASSERT_TRUE(number);
    EXPECT_EQ(exact_number(*number), "18446744073709551616");
    EXPECT_EQ(exact_number("18446744073709551616"), std::nullopt);
}

TEST(PythonJson, CannotBeMadeToTakeAnObjectForANumber)
{
    for (const char* text : {R"({"\u00ff":"1"})", R"({"\ufffd":"1"})", R"({"":"1"})"}) {
        const auto object = read(text);
        ASSERT_TRUE(object);
        EXPECT_EQ(exact_number(*object), std::nullopt);
    }
    EXPECT_EQ(outcome("{\"\xFF\":\"1\"}"), "unreadable");
}

TEST(PythonJson, HasWordsForWhatIsNoNumber)
{
    EXPECT_EQ(outcome("[NaN,Infinity,-Infinity]"), "[null,null,null]");
    const auto value = read("NaN");
    ASSERT_TRUE(value);
    EXPECT_TRUE(value->is_double());
    EXPECT_EQ(outcome("-Infinit"), "0: Expecting value");
}

TEST(PythonJson, JoinsSurrogatesThatAreWrittenAsAPair)
{
    EXPECT_EQ(outcome(R"("\ud83d\ude00")"), "\"\U0001F600\"");
    EXPECT_EQ(outcome(R"("\ud83d\u0041")"), "\"\uFFFDA\"");
    EXPECT_EQ(outcome(R"("\ude00\ud83d")"), "\"\uFFFD\uFFFD\"");
    EXPECT_EQ(outcome("\"\xED\xA0\xBD\xED\xB8\x80\""), "\"\uFFFD\uFFFD\"");
}

TEST(PythonJson, ReadsEachUnicodeEncoding)
{
    const std::string expected = "[\"é\U0001F600\"]";
    EXPECT_EQ(outcome("[\"é\U0001F600\"]"), expected);
    EXPECT_EQ(outcome("\xEF\xBB\xBF[\"é\U0001F600\"]"), expected);
    EXPECT_EQ(outcome("[\0\"\0\xE9\0\x3D\xD8\0\xDE\"\0]\0"s), expected);
    EXPECT_EQ(outcome("\xFF\xFE[\0\"\0\xE9\0\x3D\xD8\0\xDE\"\0]\0"s), expected);
    EXPECT_EQ(outcome("\0[\0\"\0\xE9\xD8\x3D\xDE\0\0\"\0]"s), expected);
    EXPECT_EQ(outcome("\xFE\xFF\0[\0\"\0\xE9\xD8\x3D\xDE\0\0\"\0]"s), expected);
    EXPECT_EQ(outcome("[\0\0\0\"\0\0\0\xE9\0\0\0\0\xF6\1\0\"\0\0\0]\0\0\0"s), expected);
    EXPECT_EQ(outcome("\0\0\0[\0\0\0\"\0\0\0\xE9\0\1\xF6\0\0\0\0\"\0\0\0]"s), expected);
    EXPECT_EQ(outcome("1\0"s), "1");
    EXPECT_EQ(outcome("\0001"s), "1");
}

TEST(PythonJson, RefusesBytesThatAreNoText)
{
    EXPECT_EQ(outcome("\"\xFF\""), "unreadable");
    EXPECT_EQ(outcome("\"\xC0\x80\""), "unreadable");
    EXPECT_EQ(outcome("\"\xF4\x90\x80\x80\""), "unreadable");
    EXPECT_EQ(outcome("\"\xE2\x82\xED\xA0\x80\""), "unreadable");
    EXPECT_EQ(outcome("\xFF\xFE[\0]"s), "unreadable");
    EXPECT_EQ(outcome("[\0\0\0\0\0\x11\0]\0\0\0"s), "unreadable");
}

TEST(PythonJson, BoundsTheDepth)
{
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_EQ(outcome(nested(max_depth)), nested(max_depth));
    EXPECT_EQ(outcome(nested(max_depth + 1)), "unreadable");
    EXPECT_EQ(outcome(std::string(max_depth, '[')), std::to_string(max_depth) + ": Expecting value");
    EXPECT_EQ(outcome("[" + nested(max_depth - 1) + "," + nested(max_depth - 1) + "]").size(), 4 * max_depth - 1);
}

TEST(PythonJson, TakesTheLastOfEqualKeysInTheFirstPlace)
{
    EXPECT_EQ(outcome(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
}

}
}
