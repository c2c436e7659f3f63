#include "files/content_type.hpp"

#include <gtest/gtest.h>

namespace watchword::files {
namespace {

TEST(ContentType, FollowsTheEnding)
{
    EXPECT_EQ(content_type_of("hello.txt"), "text/plain");
    EXPECT_EQ(content_type_of("PIC.PNG"), "image/png");
    EXPECT_EQ(content_type_of("a.tar.gz"), "application/x-tar");
    EXPECT_EQ(content_type_of("a.tgz"), "application/x-tar");
    EXPECT_EQ(content_type_of("pic.svgz"), "image/svg+xml");
    EXPECT_EQ(content_type_of("pic.svg.gz"), "image/svg+xml");
    EXPECT_EQ(content_type_of("7.7z"), "application/x-7z-compressed");
    EXPECT_EQ(content_type_of("x.zip"), "application/zip");
    for (const auto* name : {"", "name", ".txt", "..txt", "name.", "a.gz", "a.nonsense", "txt"}) {
        EXPECT_EQ(content_type_of(name), "application/octet-stream") << name;
    }
}

TEST(ContentType, IsShownOnlyWhereTheBytesAreAPicture)
{
    const std::string png("\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16);
    const std::string webp("RIFF\x10\0\0\0WEBPVP8 ", 16);
    EXPECT_TRUE(may_be_shown("image/png", png));
    EXPECT_TRUE(may_be_shown("image/jpeg", "\xFF\xD8\xFF\xE0"));
    EXPECT_TRUE(may_be_shown("image/gif", "GIF87a.."));
    EXPECT_TRUE(may_be_shown("image/gif", "GIF89a.."));
    EXPECT_TRUE(may_be_shown("image/webp", webp));

    EXPECT_FALSE(may_be_shown("image/png", "<html><script>"));
    EXPECT_FALSE(may_be_shown("image/png", "\x89PNG"));
    EXPECT_FALSE(may_be_shown("image/png", ""));
    EXPECT_FALSE(may_be_shown("image/jpeg", png));
    EXPECT_FALSE(may_be_shown("image/webp", std::string("RIFF\x10\0\0\0WAVE", 12)));
    for (const auto* type : {"image/svg+xml", "text/html", "application/pdf", "text/javascript", "image/bmp",
                             "application/octet-stream"}) {
        EXPECT_FALSE(may_be_shown(type, png)) << type;
        EXPECT_FALSE(may_be_shown(type, "<svg onload=alert(1)>")) << type;
    }
}

TEST(ContentDisposition, IsOneHeaderWhateverTheName)
{
    EXPECT_EQ(content_disposition("attachment", "hello.txt"), R"(attachment; filename="hello.txt")");
    EXPECT_EQ(content_disposition("inline", "it's (1)!.png"), R"(inline; filename="it's (1)!.png")");
    EXPECT_EQ(content_disposition("attachment", "a\"b.txt"),
              R"(attachment; filename="a_b.txt"; filename*=UTF-8''a%22b.txt)");
    EXPECT_EQ(content_disposition("attachment", "a.txt; filename=evil.exe"),
              R"(attachment; filename="a.txt_ filename=evil.exe"; filename*=UTF-8''a.txt%3B%20filename%3Devil.exe)");
    EXPECT_EQ(content_disposition("attachment", "100%41.txt"),
              R"(attachment; filename="100_41.txt"; filename*=UTF-8''100%2541.txt)");
    EXPECT_EQ(content_disposition("attachment", "表.csv"),
              R"(attachment; filename="_.csv"; filename*=UTF-8''%E8%A1%A8.csv)");
}

}
}
