#include "ootd/crawl/first_bytes.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

using namespace std::string_literals;

TEST(FirstBytes, PagesAndTextsAreNoPictures) {
  for (const char* page : {"<!DOCTYPE html>", "\xef\xbb\xbf\n<HTML>", "<!-- x --><html>", "<body>"})
    EXPECT_EQ(kind_of_no_picture(page), "an HTML page") << page;
  EXPECT_EQ(kind_of_no_picture(" {\"error\": 1}"), "JSON");
  EXPECT_EQ(kind_of_no_picture("<?xml version='1.0'?><Error>"), "XML");
  EXPECT_EQ(kind_of_no_picture("<?xml version='1.0'?><svg>"), "an SVG drawing");
  EXPECT_EQ(kind_of_no_picture("%PDF-1.7"), "a PDF");
  EXPECT_EQ(kind_of_no_picture("\0\0\0\x18"s + "ftypmp42...."), "a video");
}

TEST(FirstBytes, PicturesAndWhatIsNotKnownAreLeftToTheDecoder) {
  for (const std::string& begin : {"\xff\xd8\xff"s, "\x89PNG\r\n"s, "GIF89a"s, "RIFF....WEBP"s,
                                   "\0\0\0\x1c"s + "ftypavif....", "\x1f\x8b"s, ""s, "   "s, "oh no"s})
    EXPECT_EQ(kind_of_no_picture(begin), "") << begin;
}

}  // namespace
}  // namespace ootd
