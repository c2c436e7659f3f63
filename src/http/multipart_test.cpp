#include "http/multipart.hpp"

#include "http/header_parameters.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

struct Part {
    std::string name;
    std::optional<std::string> file_name;
    std::string content_type;
    std::string content;

    bool operator==(const Part&) const = default;
};

struct Form {
    enum class End { finished, unfinished, malformed } end;
    std::vector<Part> parts;

    bool operator==(const Form&) const = default;
};

/// Reads a body that comes in pieces of `piece` bytes.
Form read(std::string_view body, std::size_t piece = 1'000'000)
{
    MultipartForm form("b0undary");
    Form result{};
    while (!body.empty()) {
        auto arrived = body.substr(0, piece);
        body.remove_prefix(arrived.size());
        while (!arrived.empty()) {
            const auto step = form.step(arrived);
            EXPECT_LE(step.used, arrived.size());
            arrived.remove_prefix(step.used);
            if (step.event == MultipartForm::Event::malformed) {
                return {Form::End::malformed, {}};
            }
            if (step.event == MultipartForm::Event::part) {
                const auto& part = form.part();
                result.parts.push_back({part.name, part.file_name, part.content_type, ""});
            } else if (step.event == MultipartForm::Event::data) {
                EXPECT_FALSE(step.data.empty());
                result.parts.back().content += step.data;
            }
        }
    }
    result.end = form.is_finished() ? Form::End::finished : Form::End::unfinished;
    return result;
}

std::string file(std::string_view disposition, std::string_view content = "hello")
{
    return "--b0undary\r\nContent-Disposition: " + std::string(disposition) + "\r\n\r\n" + std::string(content) +
           "\r\n--b0undary--\r\n";
}

std::optional<std::string> file_name(std::string_view parameters)
{
    const auto form = read(file("form-data; name=\"file\"; " + std::string(parameters)));
    return form.parts.size() == 1 ? form.parts[0].file_name : std::nullopt;
}

const std::string two_parts = "--b0undary\r\n"
                              "Content-Disposition: form-data; name=\"note\"\r\n"
                              "\r\n"
                              "a\r\n--b0undar\r\r\n-\r\n\r\n"
                              "--b0undary\r\n"
                              "content-type: image/png\r\n"
                              "CONTENT-DISPOSITION: form-data; name=file; filename=\"pic.png\"\r\n"
                              "X-Other: x\r\n"
                              "\r\n"
                              "\r\n--b0undary--and what follows\r\n--b0undary\r\n";

TEST(MultipartForm, ReadsPartsHoweverTheyAreCut)
{
    const Form whole{Form::End::finished,
                     {{"note", std::nullopt, "", "a\r\n--b0undar\r\r\n-\r\n"}, {"file", "pic.png", "image/png", ""}}};
    for (std::size_t piece = 1; piece <= two_parts.size(); ++piece) {
        EXPECT_EQ(read(two_parts, piece), whole) << piece;
    }
}

TEST(MultipartForm, IsUnfinishedUntilTheLastBoundary)
{
    const auto end = two_parts.find("--b0undary--") + 12;
    for (std::size_t length = 0; length < end; ++length) {
        EXPECT_EQ(read(two_parts.substr(0, length)).end, Form::End::unfinished) << length;
    }
    EXPECT_EQ(read(two_parts.substr(0, end)).end, Form::End::finished);
}

TEST(MultipartForm, GivesEveryByteOfTheContent)
{
    std::string content;
    for (int i = 0; i < 100'000; ++i) {
        content += static_cast<char>(i * 7919 >> 3);
    }
    for (const std::size_t piece : {1u, 7u, 1000u, 65'536u}) {
        EXPECT_EQ(read(file("form-data; name=\"file\"", content), piece).parts.at(0).content, content);
    }
}

TEST(MultipartForm, MayBeginWithALineEnd)
{
    EXPECT_EQ(read("\r\n" + two_parts).end, Form::End::finished);
    EXPECT_EQ(read("--b0undary--").end, Form::End::finished);
}

TEST(MultipartForm, RefusesWhatIsNoForm)
{
    const std::string good = "Content-Disposition: form-data; name=\"a\"\r\n";
    const auto with_head = [](const std::string& head) { return "--b0undary\r\n" + head + "\r\nx\r\n--b0undary--"; };
    ASSERT_EQ(read(with_head(good)).end, Form::End::finished);
    const std::vector<std::string> bodies{
        "x",
        "\n--b0undary\r\n",
        "preamble\r\n" + two_parts,
        "--b0undarx\r\n",
        "--b0undary \r\n" + good,
        "--b0undary\n" + good,
        "--b0undary-\r\n",
        "--b0undary\r\n" + good + "\r\nx\r\n--b0undaryx",
        with_head(""),
        with_head("Content-Type: text/plain\r\n"),
        with_head(good + good),
        with_head(good + "Content-Type: a/b\r\nContent-Type: a/b\r\n"),
        with_head("Content-Disposition: form-data\r\n"),
        with_head("Content-Disposition: attachment; name=\"a\"\r\n"),
        with_head("Content-Disposition: form-data; name=\"a\"; name=\"b\"\r\n"),
        with_head("Content-Disposition: form-data; name=\"a\"; filename=\"b\"; filename=\"c\"\r\n"),
        with_head("Content-Disposition: form-data; name=\"a\"; FileName=b; filename=c\r\n"),
        with_head("Content-Disposition: form-data; name=\"a\r\n"),
        with_head("Content-Disposition: form-data; name=\"a\"x\r\n"),
        with_head("Content-Disposition: form-data; name\r\n"),
        with_head("Content-Disposition : form-data; name=\"a\"\r\n"),
        with_head("Content-Disposition: form-data;\r\n name=\"a\"\r\n"),
        with_head("Content-Disposition: form-data; name=\"a\rb\"\r\n"),
        with_head("Content-Disposition: form-data; name=\"a\nb\"\r\n"),
        with_head(good + "no colon\r\n"),
        with_head(good + ": no name\r\n"),
        with_head("Content-Disposition: form-data; name=\"a" + std::string(1, '\0') + "b\"\r\n"),
    };
    for (const auto& body : bodies) {
        EXPECT_EQ(read(body).end, Form::End::malformed) << body;
        EXPECT_EQ(read(body, 1).end, Form::End::malformed) << body;
    }
}

TEST(MultipartForm, BoundsPartsAndTheirHeads)
{
    const std::string part = "--b0undary\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
    std::string parts;
    for (std::size_t i = 0; i < MultipartForm::parts_max; ++i) {
        parts += part;
    }
    EXPECT_EQ(read(parts + "--b0undary--").parts.size(), MultipartForm::parts_max);
    EXPECT_EQ(read(parts + part).end, Form::End::malformed);

    const auto long_name = [](std::size_t size) { return file("form-data; name=\"" + std::string(size, 'n') + '"'); };
    EXPECT_EQ(read(long_name(8000)).end, Form::End::finished);
    EXPECT_EQ(read(long_name(8200)).end, Form::End::malformed);
    EXPECT_EQ(read("--b0undary\r\n" + std::string(9000, 'n')).end, Form::End::malformed);
}

TEST(MultipartForm, TakesNamesOfFilesAsClientsSendThem)
{
    EXPECT_EQ(file_name("filename=\"안내서.pdf\""), "안내서.pdf");
    EXPECT_EQ(file_name("filename=\"x.pdf\"; filename*=UTF-8''%EC%95%88.pdf"), "x.pdf");
    EXPECT_EQ(file_name("filename*=UTF-8''%EC%95%88.pdf"), std::nullopt);
    EXPECT_EQ(file_name("filename=\"5%22 x 7%22.jpg\""), "5%22 x 7%22.jpg");
    EXPECT_EQ(file_name(R"(filename="C:\fakepath\a.txt")"), "a.txt");
    EXPECT_EQ(file_name(R"(filename="\\\\server\\share\\a.txt")"), "a.txt");
    EXPECT_EQ(file_name(R"(filename="a\"b.txt")"), "a\"b.txt");
    EXPECT_EQ(file_name(R"(filename="a\b\\c.txt")"), R"(a\b\c.txt)");
    EXPECT_EQ(file_name("filename=plain.txt"), "plain.txt");
    EXPECT_EQ(file_name("filename=two words.txt ; x=y;"), "two words.txt");
    EXPECT_EQ(file_name("filename=\"a;b=c.txt\""), "a;b=c.txt");
    EXPECT_EQ(file_name("filename=\"caf\xE9.txt\""), "café.txt"); // Latin-1
    EXPECT_EQ(file_name("filename=\"\""), "");
    EXPECT_EQ(file_name("filename="), "");
    EXPECT_EQ(file_name("x=y"), std::nullopt);
}

TEST(MultipartForm, KnowsWhatABoundaryIs)
{
    for (const auto* good : {"a", "----WebKitFormBoundary7MA4YWxkTrZu0gW", "a b", "'()+_,-./:=?"}) {
        EXPECT_TRUE(MultipartForm::is_boundary(good)) << good;
    }
    EXPECT_TRUE(MultipartForm::is_boundary(std::string(70, 'x')));
    for (const auto* bad : {"", "a ", "a\"b", "a;b", "a\r\nb", "ä", "a*b"}) {
        EXPECT_FALSE(MultipartForm::is_boundary(bad)) << bad;
    }
    EXPECT_FALSE(MultipartForm::is_boundary(std::string(71, 'x')));
}

TEST(HeaderParameters, AreReadInTheirOrder)
{
    const auto read = read_parameterized(" Multipart/Form-Data ;; Boundary=\"a b\" ; charset = x");
    EXPECT_FALSE(read); // a blank before `=`
    const auto fine = read_parameterized(" Multipart/Form-Data ;; Boundary=\"a b\" ; charset=x ;");
    ASSERT_TRUE(fine);
    EXPECT_EQ(fine->value, "multipart/form-data");
    EXPECT_EQ(*fine->find("boundary"), "a b");
    EXPECT_EQ(*fine->find("charset"), "x");
    EXPECT_EQ(fine->find("Charset"), nullptr);
}

}
}
