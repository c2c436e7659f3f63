#include "s3/xml.hpp"

#include <gtest/gtest.h>

namespace watchword::s3 {
namespace {

TEST(Xml, ReadsAnAnswer)
{
    const auto root = read_xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                               "<Result xmlns='http://s3.amazonaws.com/doc/2006-03-01/' >\r\n"
                               "  <Key a=\"b\">a&amp;b&lt;&#x1F600;&#65;</Key><Empty/><Key >two</Key >\n</Result>\n");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->name, "Result");
    ASSERT_EQ(root->children.size(), 3u);
    EXPECT_EQ(root->text_of("Key"), "a&b<😀A");
    EXPECT_EQ(root->children[2].text, "two");
    EXPECT_EQ(root->child("Empty")->text, "");
    EXPECT_EQ(root->child("None"), nullptr);
    EXPECT_EQ(root->text_of("None"), "");
}

TEST(Xml, RefusesEverythingElse)
{
    std::string deep, end;
    for (int i = 0; i < 17; ++i) {
        deep += "<a>";
        end += "</a>";
    }
    for (const std::string& document : {std::string(),
                                        std::string("text"),
                                        std::string("<a>"),
                                        std::string("<a></b>"),
                                        std::string("<a></a><b></b>"),
                                        std::string("<a></a>x"),
                                        std::string("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>"),
                                        std::string("<a>&x;</a>"),
                                        std::string("<a>&#xD800;</a>"),
                                        std::string("<a>&#0;</a>"),
                                        std::string("<a>&#x110000;</a>"),
                                        std::string("<a>&amp</a>"),
                                        std::string("<a><![CDATA[x]]></a>"),
                                        std::string("<a><!-- x --></a>"),
                                        std::string("<a b></a>"),
                                        std::string("<a b=c></a>"),
                                        std::string("<a b=\"<\"></a>"),
                                        std::string("<a b=\""),
                                        std::string("<>"),
                                        std::string("<a"),
                                        std::string("<a/"),
                                        std::string("\xFF<a/>"),
                                        std::string("<html><br></html>"),
                                        deep + end}) {
        EXPECT_FALSE(read_xml(document)) << document;
    }
    EXPECT_TRUE(read_xml(deep.substr(3) + end.substr(4)));
}

TEST(Xml, HoldsNoMoreElementsThanAnyAnswerHas)
{
    std::string inside;
    for (int i = 0; i < 99'999; ++i) {
        inside += "<a/>";
    }
    EXPECT_TRUE(read_xml("<a>" + inside + "</a>"));
    EXPECT_FALSE(read_xml("<a>" + inside + "<a/></a>"));
}

}
}
