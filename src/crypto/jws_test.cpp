#include "crypto/jws.hpp"

#include "crypto/base64url.hpp"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace watchword::crypto {
namespace {

constexpr std::string_view secret = "0123456789abcdef0123456789abcdef0123456789";
constexpr std::string_view claims = R"({"sub":"1","type":"access","exp":1795648222})";
constexpr std::string_view usual_header = R"({"alg":"HS256","typ":"JWT"})";

SigningKey key_of(std::string_view text, Algorithm algorithm = Algorithm::HS256)
{
    return SigningKey(algorithm, SecretText(std::string(text)));
}

std::vector<SigningKey> keys()
{
    std::vector<SigningKey> keys;
    keys.push_back(key_of(secret));
    return keys;
}

bool accepted(std::string_view token)
{
    return verify(keys(), token).has_value();
}

/// A token with any header and payload, signed rightly with HS256 and our secret: only its content can be refused.
std::string forge(std::string_view header, std::string_view payload = claims)
{
    const std::string text = base64url::encode(header) + '.' + base64url::encode(payload);
    return text + '.' + base64url::encode(hmac(Digest::sha256, as_bytes(secret), text).bytes());
}

TEST(Jws, VerifiesTheExampleOfRfc7515)
{
    const auto key =
        base64url::decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    std::vector<SigningKey> keys;
    keys.push_back(key_of(*key));
    const auto verified =
        verify(keys, "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
                     ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
                     ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->at("iss"), "joe");
    EXPECT_EQ(verified->at("exp"), 1300819380);
}

// Made by python-jose 3.3.0: jwt.encode({"sub": "1", "type": "access", "exp": 1795648222}, SECRET, algorithm="HS256").
TEST(Jws, SignsLikeTheServiceThatItReplaces)
{
    EXPECT_EQ(sign(key_of(secret), claims),
              "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIiwidHlwZSI6ImFjY2VzcyIsImV4cCI6MTc5NTY0ODIyMn0."
              "IyCBrPmxmjIvRc3h58oOe2a1z4171NA-ifaam0gymDc");
}

TEST(Jws, VerifiesWhatItSignsWithEachAlgorithm)
{
    for (const Algorithm algorithm : {Algorithm::HS256, Algorithm::HS384, Algorithm::HS512}) {
        std::vector<SigningKey> keys;
        keys.push_back(key_of(secret, algorithm));
        const auto verified = verify(keys, sign(keys.front(), claims));
        ASSERT_TRUE(verified);
        EXPECT_EQ(verified->at("sub"), "1");
    }
}

TEST(Jws, RefusesEveryChangedBit)
{
    const std::string token = sign(key_of(secret), claims);
    ASSERT_TRUE(accepted(token));
    for (std::size_t bit = 0; bit < 8 * token.size(); ++bit) {
        std::string changed = token;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(accepted(changed)) << changed;
    }
}

TEST(Jws, RefusesEveryTruncationAndEveryAddition)
{
    const std::string token = sign(key_of(secret), claims);
    for (std::size_t size = 0; size < token.size(); ++size) {
        EXPECT_FALSE(accepted(std::string_view(token).substr(0, size)));
        EXPECT_FALSE(accepted(std::string_view(token).substr(size + 1)));
    }
    for (const char* added : {"A", "=", ".", " ", "\n", "\r\n"}) {
        EXPECT_FALSE(accepted(token + added));
        EXPECT_FALSE(accepted(added + token));
    }
}

TEST(Jws, RefusesOtherThanThreeParts)
{
    const std::string token = sign(key_of(secret), claims);
    EXPECT_FALSE(accepted(""));
    EXPECT_FALSE(accepted("."));
    EXPECT_FALSE(accepted(".."));
    EXPECT_FALSE(accepted("..."));
    EXPECT_FALSE(accepted(token.substr(0, token.rfind('.'))));
    EXPECT_FALSE(accepted(token.substr(0, token.rfind('.') + 1)));
    EXPECT_FALSE(accepted(token + ".e30"));
    EXPECT_FALSE(accepted("e30." + token));
    EXPECT_FALSE(accepted(R"({"protected":"eyJhbGciOiJIUzI1NiJ9","payload":"e30","signature":""})"));
}

TEST(Jws, RefusesTheOtherSpellingsOfBase64)
{
    const std::string token = forge(usual_header, R"({"a":"?????>>>>>"})");
    ASSERT_TRUE(accepted(token));
    std::string classic = token;
    std::ranges::replace(classic, '-', '+');
    std::ranges::replace(classic, '_', '/');
    ASSERT_NE(classic, token);
    EXPECT_FALSE(accepted(classic));
    EXPECT_FALSE(accepted(token + "="));
}

TEST(Jws, RefusesAlgorithmsThatAreNotTheKeys)
{
    for (const char* name : {"none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS384", "HS512", "RS256", "PS256",
                             "ES256", "EdDSA", "dir", "HS1", "HMACSHA256"}) {
        const std::string header = std::string(R"({"alg":")") + name + R"(","typ":"JWT"})";
        EXPECT_FALSE(accepted(forge(header))) << name;
        const std::string unsigned_token = base64url::encode(header) + '.' + base64url::encode(claims) + '.';
        EXPECT_FALSE(accepted(unsigned_token)) << name;
    }
    for (const char* header : {R"({"typ":"JWT"})", R"({"alg":null})", R"({"alg":256})", R"({"alg":["HS256"]})", "{}"}) {
        EXPECT_FALSE(accepted(forge(header))) << header;
    }
}

TEST(Jws, DoesNotUseAKeyWithTheAlgorithmOfAnother)
{
    std::vector<SigningKey> two;
    two.push_back(key_of("the first secret has its 32 bytes", Algorithm::HS256));
    two.push_back(key_of("the other secret has its 32 bytes", Algorithm::HS512));
    EXPECT_TRUE(verify(two, sign(two[0], claims)));
    EXPECT_TRUE(verify(two, sign(two[1], claims)));
    EXPECT_FALSE(verify(two, sign(key_of("the other secret has its 32 bytes", Algorithm::HS256), claims)));
    EXPECT_FALSE(verify(two, sign(key_of("the first secret has its 32 bytes", Algorithm::HS512), claims)));
    EXPECT_FALSE(verify(std::span(two).first(1), sign(two[1], claims)));
    EXPECT_FALSE(verify({}, sign(two[0], claims)));
}

TEST(Jws, RefusesHeadersThatChangeTheMeaning)
{
    for (const char* member : {R"("crit":["exp"])", R"("crit":[])", R"("b64":false)", R"("b64":true)", R"("zip":"DEF")",
                               R"("enc":"A256GCM")", R"("typ":"JOSE+JSON")", R"("typ":"at+jwt")", R"("typ":"JWTX")",
                               R"("typ":"")", R"("typ":7)", R"("typ":null)"}) {
        EXPECT_FALSE(accepted(forge(std::string(R"({"alg":"HS256",)") + member + "}"))) << member;
    }
}

TEST(Jws, IgnoresKeysThatTheHeaderOffers)
{
    for (const char* member :
         {R"("kid":"../../dev/null")", R"("kid":["a"])", R"("kid":1)", R"("jwk":{"kty":"oct","k":"c2VjcmV0"})",
          R"("jku":"http://127.0.0.1/keys")", R"("x5u":"http://127.0.0.1/cert")", R"("x5c":["MIIB"])", R"("typ":"jwt")",
          R"("typ":"Jwt")"}) {
        const std::string header = std::string(R"({"alg":"HS256",)") + member + "}";
        EXPECT_TRUE(accepted(forge(header))) << member;
        std::string foreign = forge(header);
        foreign.replace(foreign.rfind('.') + 1, std::string::npos,
                        base64url::encode(hmac(Digest::sha256, as_bytes("secret"),
                                               std::string_view(foreign).substr(0, foreign.rfind('.')))
                                              .bytes()));
        EXPECT_FALSE(accepted(foreign)) << member;
    }
}

TEST(Jws, RefusesHeadersThatAreNoUnambiguousObject)
{
    for (const char* header :
         {"", "null", "[]", "\"HS256\"", "{", R"({"alg":"HS256"} x)", R"({"alg":"HS256","alg":"HS256"})",
          R"({"alg":"none","alg":"HS256"})", R"({"alg":"HS256","a":{"b":1,"b":1}})", R"({"alg":"HS256","a":1,})",
          "{\"alg\":\"HS256\",\"a\":\"\xFF\"}", "\xEF\xBB\xBF{\"alg\":\"HS256\"}", R"({"alg":"HS256"/**/})"}) {
        EXPECT_FALSE(accepted(forge(header))) << header;
    }
    EXPECT_TRUE(accepted(forge(" { \"alg\" : \"HS256\" }\r\n")));
}

TEST(Jws, RefusesClaimsThatAreNoUnambiguousObject)
{
    const std::string deep = R"({"a":)" + std::string(32, '[') + std::string(32, ']') + "}";
    const std::string very_deep = R"({"a":)" + std::string(1000, '[') + std::string(1000, ']') + "}";
    for (const std::string& payload :
         {std::string(), std::string("null"), std::string("7"), std::string("[1]"), std::string("\"sub\""),
          std::string("{"), std::string("{}{}"), std::string(R"({"sub":"1","sub":"2"})"),
          std::string(R"({"sub":"1","sub":"1"})"), std::string(R"({"a":[{"b":1,"\u0062":1}]})"),
          std::string("{\"a\":\"\xFF\"}"), std::string("{\"\xC0\xAF\":1}"), std::string(R"({"a":"\ud800"})"),
          std::string("{\"a\":NaN}"), std::string("{\"a\":01}"), std::string("{'a':1}"), deep, very_deep}) {
        EXPECT_FALSE(accepted(forge(usual_header, payload))) << payload;
    }
    EXPECT_TRUE(accepted(forge(usual_header, "{}")));
    EXPECT_TRUE(accepted(forge(usual_header, R"({"a":{"b":1},"c":{"b":1},"d":[{"b":1},{"b":1}]})")));
}

TEST(Jws, RefusesTokensAboveTheirBound)
{
    const auto token_of_size = [](std::size_t size) {
        const std::size_t fixed = forge(usual_header, R"({"a":""})").size();
        const std::string token = forge(usual_header, R"({"a":")" + std::string((size - fixed) * 3 / 4, 'x') + R"("})");
        return token;
    };
    const std::string largest = token_of_size(largest_token);
    ASSERT_LE(largest.size(), largest_token);
    ASSERT_GT(largest.size(), largest_token - 4);
    EXPECT_TRUE(accepted(largest));
    EXPECT_FALSE(accepted(token_of_size(largest_token + 4)));
    EXPECT_FALSE(accepted(std::string(100'000, '.')));
}

TEST(Jws, RefusesSecretsThatAreTooShort)
{
    EXPECT_THROW(key_of(""), std::invalid_argument);
    EXPECT_THROW(key_of("15 bytes of it."), std::invalid_argument);
    EXPECT_NO_THROW(key_of("16 bytes of one."));
}

TEST(Jws, AlgorithmsAreNamedExactly)
{
    EXPECT_EQ(algorithm_named("HS256"), Algorithm::HS256);
    EXPECT_EQ(algorithm_named("HS384"), Algorithm::HS384);
    EXPECT_EQ(algorithm_named("HS512"), Algorithm::HS512);
    EXPECT_EQ(algorithm_named("hs256"), std::nullopt);
    EXPECT_EQ(algorithm_named("RS256"), std::nullopt);
    EXPECT_EQ(algorithm_named(""), std::nullopt);
}

}
}
