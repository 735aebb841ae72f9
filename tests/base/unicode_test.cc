#include "ootd/base/unicode.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

TEST(LabelText, PiecesOfHangulAndAccentsAreComposed) {
  EXPECT_EQ(label_text("\u1109\u1173\u1110\u1173\u1105\u1175\u11BA"), "\uC2A4\uD2B8\uB9BF");
  EXPECT_EQ(label_text("Cafe\u0301"), "Caf\u00E9");
  EXPECT_EQ(label_text("Caf\u00E9"), "Caf\u00E9");
}

TEST(LabelText, WhiteSpaceOfEveryKindGoesFromTheEndsOnly) {
  EXPECT_EQ(label_text(" \t\u00A0\u3000Old  school\u200B\r\n"), "Old  school");
  EXPECT_EQ(label_text("\uFEFFstyle"), "style");
  EXPECT_EQ(label_text(" \u3000 "), "");
  EXPECT_EQ(label_text(""), "");
}

TEST(LabelText, BytesThatAreNoUtf8StayButForBlanksAtTheEnds) {
  EXPECT_EQ(label_text(" Ret\xFFro\n"), "Ret\xFFro");
  EXPECT_EQ(label_text("\xFF"), "\xFF");
}

}  // namespace
}  // namespace ootd
