#include "s3/signature.hpp"

#include "crypto/hmac.hpp"

#include <gtest/gtest.h>

namespace watchword::s3 {
namespace {

using namespace std::chrono;

// The examples of Amazon's documentation, "Signature Calculations for the Authorization Header".
const Credentials example{"AKIAIOSFODNN7EXAMPLE", SecretText("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
constexpr Instant day = sys_days{year{2013} / 5 / 24};

std::string sha256_of(std::string_view text)
{
    return hexadecimal(crypto::as_text(crypto::sha256(text)));
}

std::string authorization(SignedRequest request)
{
    request.headers.emplace_back("Host", "examplebucket.s3.amazonaws.com");
    sign(request, example, "us-east-1", day);
    EXPECT_EQ(request.headers.back().first, "Authorization");
    return request.headers.back().second;
}

TEST(Signature, IsThatOfAmazonsExampleForGet)
{
    EXPECT_EQ(authorization({"GET", "/test.txt", {}, {{"Range", "bytes=0-9"}}, sha256_of("")}),
              "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
              "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
              "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Signature, IsThatOfAmazonsExampleForPut)
{
    const auto value =
        authorization({"PUT",
                       encoded("/test$file.text", Slashes::kept),
                       {},
                       {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                       sha256_of("Welcome to Amazon S3.")});
    EXPECT_TRUE(value.ends_with("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")) << value;
}

TEST(Signature, IsThatOfAmazonsExamplesWithAQuery)
{
    const auto lifecycle = authorization({"GET", "/", {{"lifecycle", ""}}, {}, sha256_of("")});
    EXPECT_TRUE(lifecycle.ends_with("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
    const auto list = authorization({"GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, sha256_of("")});
    EXPECT_TRUE(list.ends_with("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(Signature, EncodesOnceAndEverythingThatIsReserved)
{
    EXPECT_EQ(encoded("/a b+c%2B~é/", Slashes::kept), "/a%20b%2Bc%252B~%C3%A9/");
    EXPECT_EQ(encoded("a/b", Slashes::encoded), "a%2Fb");
    EXPECT_EQ(encoded_query({{"b", "2"}, {"a", "x y"}, {"a", "w"}}), "a=w&a=x%20y&b=2");
}

}
}
