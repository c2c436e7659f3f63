#include "http/json_writer.hpp"

#include <limits>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace watchword::http {
namespace {

std::string written(std::string_view text)
{
    std::string out;
    append_string(out, text);
    return out;
}

TEST(JsonWriter, EscapesWhatJsonWantsEscapedAndNothingElse)
{
    EXPECT_EQ(written("plain"), R"("plain")");
    EXPECT_EQ(written(""), R"("")");
    EXPECT_EQ(written("\"\\/\b\f\n\r\t"), R"("\"\\/\b\f\n\r\t")");
    EXPECT_EQ(written(std::string_view("\0\x1F\x7F", 3)), "\"\\u0000\\u001f\x7F\"");
    EXPECT_EQ(written("é\u2028\U0001F600<&>"), "\"é\u2028\U0001F600<&>\"");
}

TEST(JsonWriter, RepairsWhatIsNoUtf8)
{
    EXPECT_EQ(written("a\xFF\"é"), "\"a\uFFFD\\\"é\"");
    EXPECT_EQ(written("\xED\xA0\x80x\xED\xB0\x80"), "\"\uFFFDx\uFFFD\"");
    EXPECT_EQ(written("\xC3"), "\"\uFFFD\"");
    EXPECT_EQ(written("\xED\xA0"), "\"\uFFFD\uFFFD\"");
}

TEST(JsonWriter, WritesTheSmallestAndTheGreatestInteger)
{
    std::string out;
    append_integer(out, std::numeric_limits<std::int64_t>::min());
    append_integer(out, std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(out, "-92233720368547758089223372036854775807");
}

TEST(JsonWriter, WritesValuesAsPythonDoes)
{
    std::string out;
    append_value(out,
                 boost::json::parse(R"({"a":[1,1.0,1e16,1e-5,true,null,18446744073709551615],"b":{},"c":[],"d":"é"})"));
    EXPECT_EQ(out, R"({"a":[1,1.0,1e+16,1e-05,true,null,18446744073709551615],"b":{},"c":[],"d":"é"})");
}

}
}
