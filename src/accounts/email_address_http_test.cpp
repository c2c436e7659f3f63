#include "accounts/email_address_http.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace watchword::accounts {
namespace {

using Field = http::FieldType<EmailAddress>;

TEST(EmailAddressField, ReadsAnAddress)
{
    const auto address = Field::read("Jane <Jane@EXAMPLE.com>");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->text, "Jane@example.com");
    EXPECT_EQ(address->canonical, "jane@example.com");
}

TEST(EmailAddressField, TellsTheReasonInTheMessageAndInTheContext)
{
    const auto address = Field::read("a b@example.com");
    ASSERT_FALSE(address);
    EXPECT_EQ(address.error().type, "value_error");
    EXPECT_EQ(address.error().message, "value is not a valid email address: The email address contains invalid "
                                       "characters before the @-sign: SPACE.");
    EXPECT_EQ(boost::json::serialize(address.error().context),
              R"({"reason":"The email address contains invalid characters before the @-sign: SPACE."})");
}

TEST(EmailAddressField, RefusesWhatIsNoString)
{
    for (const boost::json::value& value : {boost::json::value(), boost::json::value(17), boost::json::value(true),
                                            boost::json::value(boost::json::array{"a@example.com"})}) {
        const auto address = Field::read(value);
        ASSERT_FALSE(address) << value;
        EXPECT_EQ(address.error().type, "string_type");
        EXPECT_EQ(address.error().message, "Input should be a valid string");
    }
}

TEST(EmailAddressField, WritesTheAddressAsStored)
{
    std::string out;
    Field::write(out, *EmailAddress::parse("J\u00F6rg@xn--bcher-kva.example"));
    EXPECT_EQ(out, "\"J\u00F6rg@b\u00FCcher.example\"");
}

TEST(EmailAddressField, IsAnEmailInTheDescription)
{
    EXPECT_EQ(boost::json::serialize(Field::schema()), R"({"type":"string","format":"email"})");
}

}
}
