#include "s3/answers.hpp"

#include "base/unavailable.hpp"

#include <gtest/gtest.h>

namespace watchword::s3 {
namespace {

TEST(Answers, RangesMakeSense)
{
    const auto range = read_content_range("bytes 10-19/1234");
    ASSERT_TRUE(range);
    EXPECT_EQ(range->offset, 10u);
    EXPECT_EQ(range->length, 10u);
    EXPECT_EQ(range->size, 1234u);
    for (const auto* wrong :
         {"", "bytes", "bytes 0-9/*", "bytes */10", "bytes 9-0/10", "bytes 0-10/10", "bytes 0-9/10x", "bytes -1-9/10",
          "bytes 0-9", "0-9/10", "bytes 0 - 9/10", "bytes 5/10-20"}) {
        EXPECT_FALSE(read_content_range(wrong)) << wrong;
    }
}

TEST(Answers, TimesAreTheEndOfWhatIsKnown)
{
    EXPECT_EQ(to_rfc3339(read_http_date("Wed, 25 Nov 2026 22:40:22 GMT")), "2026-11-25T22:40:22.999999Z");
    EXPECT_EQ(to_rfc3339(*read_listed_time("2026-11-25T22:40:22.000Z")), "2026-11-25T22:40:22.999999Z");
    EXPECT_EQ(to_rfc3339(*read_listed_time("2026-11-25T22:40:22Z")), "2026-11-25T22:40:22.999999Z");
    EXPECT_EQ(to_rfc3339(*read_listed_time("2026-11-25T22:40:22.123Z")), "2026-11-25T22:40:22.123999Z");
    EXPECT_THROW(read_http_date(""), Unavailable);
    EXPECT_THROW(read_http_date("yesterday"), Unavailable);
    for (const auto* wrong :
         {"", "2026-11-25", "2026-11-25T22:40:22", "2026-13-25T22:40:22Z", "2026-02-30T22:40:22Z",
          "2026-11-25T24:40:22Z", "2026-11-25T22:40:22+01:00", "2026-11-25T22:40:22.1Z", "xxxx-11-25T22:40:22.000Z"}) {
        EXPECT_FALSE(read_listed_time(wrong)) << wrong;
    }
}

TEST(Answers, ListingsAreReadWhole)
{
    const auto listing = [](const std::string& rest) {
        return "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><EncodingType>url</EncodingType>" +
               rest + "</ListBucketResult>";
    };
    const std::string contents =
        "<Contents><Key>user-files/7/a+b%2B%E8%A1%A8</Key><LastModified>2026-11-25T22:40:22.123Z"
        "</LastModified><ETag>x</ETag><Size>12</Size></Contents>";
    const auto page = read_key_page(listing("<IsTruncated>false</IsTruncated>" + contents));
    ASSERT_TRUE(page);
    ASSERT_EQ(page->keys.size(), 1u);
    EXPECT_EQ(page->keys[0].key, "user-files/7/a b+表");
    EXPECT_EQ(page->keys[0].size, 12u);
    EXPECT_EQ(page->next, "");
    EXPECT_EQ(
        read_key_page(listing("<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"))->next,
        "t");
    for (const std::string& wrong :
         {std::string("<html></html>"), std::string(""), listing(contents), listing("<IsTruncated>true</IsTruncated>"),
          listing("<IsTruncated>false</IsTruncated><Contents></Contents>"),
          listing(
              "<IsTruncated>false</IsTruncated><Contents><Key>a%4</Key><Size>1</Size><LastModified>2026-11-25T22:40:22Z"
              "</LastModified></Contents>"),
          std::string("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")}) {
        EXPECT_FALSE(read_key_page(wrong)) << wrong;
    }
}

TEST(Answers, TagsAreStrong)
{
    EXPECT_TRUE(is_entity_tag("\"d41d8cd98f00b204e9800998ecf8427e-3\""));
    for (const auto* wrong : {"", "\"\"", "x", "W/\"x\"", "\"x", "\"a b\"", "\"a\"b\"", "\"a,b\""}) {
        EXPECT_FALSE(is_entity_tag(wrong)) << wrong;
    }
}

}
}
