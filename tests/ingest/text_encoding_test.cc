#include "ootd/ingest/text_encoding.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

using std::string_literals::operator""s;

TEST(TextEncoding, Utf8AndUtf16StayWhatTheySay) {
  EXPECT_EQ(utf8_text("a,\uC2A4\n"), "a,\uC2A4\n");
  EXPECT_EQ(utf8_text("\xEF\xBB\xBF"
                      "a"),
            "a");
  EXPECT_EQ(utf8_text("\xFF\xFE"
                      "a\0\xA4\xC2"s),
            "a\uC2A4");
  EXPECT_EQ(utf8_text("\xFE\xFF\0a\xC2\xA4"s), "a\uC2A4");
}

TEST(TextEncoding, CodePagesAreToldByTheirBytes) {
  EXPECT_EQ(utf8_text("style\n\xBD\xBA\xC6\xAE\xB8\xB4,\xC4\xB3\xC1\xD6\xBE\xF3\n"), "style\n스트릿,캐주얼\n");
  EXPECT_EQ(utf8_text("style\n\x83\x72\x83\x57\x83\x85\x83\x41\x83\x8B\n"), "style\nビジュアル\n");
  EXPECT_EQ(utf8_text("style\n\xBD\xD6\xCD\xB7,\xD0\xDD\xCF\xD0\n"), "style\n街头,休闲\n");
  EXPECT_EQ(utf8_text("Caf\xE9,Gr\xF6\xDF"
                      "e,na\xEFve \x93old\x94 \x80 5\n"),
            "Café,Größe,naïve “old” € 5\n");
}

TEST(TextEncoding, WhatCannotBeToldStaysForItsLine) {
  const std::string cyrillic = "\xCF\xF0\xE8\xE2\xE5\xF2\n";  // Windows-1251
  EXPECT_EQ(utf8_text(cyrillic), cyrillic);
  const std::string mixed = "\uC2A4\uD2B8\n\xFF\xFF\xFF\n";
  EXPECT_EQ(utf8_text(mixed), mixed);
}

}  // namespace
}  // namespace ootd
