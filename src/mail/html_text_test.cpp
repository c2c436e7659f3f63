#include "mail/html_text.hpp"

#include <gtest/gtest.h>

namespace watchword::mail {
namespace {

TEST(HtmlText, ShowsEveryTextAsItIs)
{
    EXPECT_EQ(to_html_text("Bücher & Söhne"), "Bücher &amp; Söhne");
    EXPECT_EQ(to_html_text(R"(<a href="http://evil.example">x</a>)"),
              "&lt;a href=&quot;http://evil.example&quot;&gt;x&lt;/a&gt;");
    EXPECT_EQ(to_html_text("' &lt;"), "&#39; &amp;lt;");
    EXPECT_EQ(to_html_text(""), "");
}

}
}
