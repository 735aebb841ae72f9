#include "ootd/report/html.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ootd {
namespace {

TEST(Html, EscapesWhatWouldEndTextOrAnAttribute) {
  EXPECT_EQ(escape_html("<script>\"a\" & 'b'</script>"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;");
}

// RFC 4648, section 10.
TEST(Html, EncodesBase64) {
  const auto uri = [](std::string_view text) { return jpeg_uri(std::as_bytes(std::span(text))).substr(23); };
  EXPECT_EQ(uri(""), "");
  EXPECT_EQ(uri("f"), "Zg==");
  EXPECT_EQ(uri("fo"), "Zm8=");
  EXPECT_EQ(uri("foo"), "Zm9v");
  EXPECT_EQ(uri("foobar"), "Zm9vYmFy");
  EXPECT_EQ(uri("\xff\xfe\xfd"), "//79");
}

TEST(Html, PrintsNumbersForPeople) {
  EXPECT_EQ(fixed(0.125, 2), "0.12");
  EXPECT_EQ(fixed(-0.0, 1), "0.0");
  EXPECT_EQ(fixed(NAN, 2), "-");
  EXPECT_EQ(compact(0), "0");
  EXPECT_EQ(compact(0.25), "0.25");
  EXPECT_EQ(compact(1500), "1500");
  EXPECT_EQ(compact(0.001), "1e-3");
  EXPECT_EQ(compact(2.5e-4), "2.5e-4");
  EXPECT_EQ(compact(12000), "1.2e4");
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

}  // namespace
}  // namespace ootd
