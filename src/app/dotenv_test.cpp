#include "app/dotenv.hpp"

#include <gtest/gtest.h>

namespace watchword {
namespace {

const Environment environment{{"HOME", "/home/jane"}, {"EMPTY", ""}};

using Values = std::vector<std::pair<std::string, std::optional<std::string>>>;

Values read(std::string_view text)
{
    Values values;
    for (auto& variable : parse_dotenv(text, environment).value().variables) {
        values.emplace_back(std::move(variable.name), std::move(variable.value));
    }
    return values;
}

std::optional<std::string> value_of(std::string_view text)
{
    return read("V=" + std::string(text) + "\n").at(0).second;
}

// Each expectation of this file is what python-dotenv 1.2.4 gives.

TEST(Dotenv, ReadsValuesAsTheOldLoaderDid)
{
    struct Case {
        std::string_view written, value;
    };
    const Case cases[] = {
        {"abc#def", "abc#def"},
        {"abc #def", "abc"},
        {"abc\t# def", "abc"},
        {"# all of it a comment?", "# all of it a comment?"},
        {" # a comment", ""},
        {"\"abc#def\"", "abc#def"},
        {"'pa$w0rd'", "pa$w0rd"},
        {"pa$w0rd", "pa$w0rd"},
        {R"("p\"q")", "p\"q"},
        {"a=b==", "a=b=="},
        {"  x  ", "x"},
        {"\xc2\xa0x\xe3\x80\x80", "x"},
        {"p@ss'word", "p@ss'word"},
        {"", ""},
        {"''", ""},
        {"\"\"", ""},
        {"'  x  '", "  x  "},
        {R"("a\nb\tc\\d\qe")", "a\nb\tc\\d\\qe"},
        {R"('a\nb\'c\\d')", "a\\nb'c\\d"},
        {R"(a\nb)", "a\\nb"},
        {"\"two\nlines\"", "two\nlines"},
        {"\"two\r\nlines\"", "two\nlines"},
        {"'x' # comment", "x"},
        {"'x'#comment", "x"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(value_of(each.written), each.value) << each.written;
    }
}

TEST(Dotenv, ReplacesVariablesAsTheOldLoaderDid)
{
    struct Case {
        std::string_view written, value;
    };
    const Case cases[] = {
        {"${HOME}/x", "/home/jane/x"},
        {"'${HOME}/x'", "/home/jane/x"}, // in single quotes too
        {"$HOME", "$HOME"},
        {"${home}", ""},
        {"${NOBODY}", ""},
        {"${NOBODY:-default}", "default"},
        {"${EMPTY:-default}", ""}, // set, though empty
        {"${NOBODY:default}", "${NOBODY:default}"},
        {"${NOBODY:-${HOME}}", "${HOME}"}, // defaults are not looked into
        {"${HOME", "${HOME"},
        {R"(\${HOME})", R"(\/home/jane)"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(value_of(each.written), each.value) << each.written;
    }
}

TEST(Dotenv, ReplacesVariablesByWhatTheFileSaidBefore)
{
    const Values expected{{"A", "1"}, {"B", "1-"}, {"HOME", "h"}, {"D", "h"}};
    EXPECT_EQ(read("A=1\nB=${A}-${C}\nC=2\nHOME=h\nD=${HOME}\n").front(), expected.front());
    EXPECT_EQ(read("A=1\nB=${A}-${D}\nHOME=h\nD=${HOME}\n"), expected);
}

TEST(Dotenv, KnowsExportCommentsAndBlanksAroundEqualSigns)
{
    const Values expected{{"A", "1"}, {"B", "2"}, {"export", "3"}, {"quoted name", "4"}, {"C", std::nullopt}};
    EXPECT_EQ(read("# comment\n\nexport A=1\n  B = 2\nexport=3\n'quoted name'=4\nC\n#D=5\n"), expected);
}

TEST(Dotenv, AcceptsByteOrderMarkAndForeignLineEnds)
{
    EXPECT_EQ(read("\xef\xbb\xbf"
                   "A=1\r\nB=2\rC=3"),
              (Values{{"A", "1"}, {"B", "2"}, {"C", "3"}}));
}

TEST(Dotenv, KeepsTheLastValueOfAName)
{
    EXPECT_EQ(read("A=1\nB=2\nA=3\n"), (Values{{"A", "3"}, {"B", "2"}}));
}

TEST(Dotenv, SkipsLinesThatItCannotReadAndTellsWhich)
{
    const auto dotenv = parse_dotenv("A=1\n=2\n\nB='unfinished\nC=\"x\" y\nD=4\n", environment).value();
    EXPECT_EQ(dotenv.invalid_lines, (std::vector<std::size_t>{2, 4, 5}));
    EXPECT_EQ(dotenv.variables, (std::vector<DotenvVariable>{{"A", "1", 1}, {"D", "4", 6}}));
}

TEST(Dotenv, TellsOnWhichLineAValueStands)
{
    const auto dotenv = parse_dotenv("A='1\n2'\n\n  B=3\nA=4", environment).value();
    EXPECT_EQ(dotenv.variables, (std::vector<DotenvVariable>{{"A", "4", 5}, {"B", "3", 4}}));
}

TEST(Dotenv, RefusesAFileThatIsNotUtf8)
{
    EXPECT_EQ(parse_dotenv("A=1\nB=\xff\n", environment).error(), "line 2 is not UTF-8");
}

}
}
