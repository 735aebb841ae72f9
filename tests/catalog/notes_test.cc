// The contracts of SettingStore and FailureLog.
#include "tests/catalog/contract.h"

namespace ootd {
namespace {

class NotesTest : public testing::Contract {};
OOTD_OVER_EVERY_BACKEND(NotesTest);

TEST_P(NotesTest, ASettingIsItsLatestValueAcrossReopening) {
  EXPECT_EQ(catalog_.setting("detector"), std::nullopt);
  catalog_.set_setting("detector", "d1");
  catalog_.set_setting("detector", "d2");
  catalog_.set_setting("empty", "");
  const auto again = open_again();
  EXPECT_EQ(again->setting("detector"), "d2");
  EXPECT_EQ(again->setting("empty"), "") << "an empty value is one";
}

TEST_P(NotesTest, FailuresStayUntilClearedTheLatestReasonOfEach) {
  catalog_.put_failure({"import", "b", "first"});
  catalog_.put_failure({"import", "b", "second"});
  catalog_.put_failure({"import", "a", "r"});
  catalog_.put_failure({"embed", "b", "r"});
  const auto failures = open_again()->failures("import");
  ASSERT_EQ(failures.size(), 2u);
  EXPECT_EQ(failures[0].item, "a") << "by item";
  EXPECT_EQ(failures[1].stage, "import");
  EXPECT_EQ(failures[1].item, "b");
  EXPECT_EQ(failures[1].reason, "second");
  catalog_.clear_failure("import", "b");
  catalog_.clear_failure("import", "unknown");
  EXPECT_EQ(catalog_.failures("import").size(), 1u);
  EXPECT_EQ(catalog_.failures("embed").size(), 1u);
}

}  // namespace
}  // namespace ootd
