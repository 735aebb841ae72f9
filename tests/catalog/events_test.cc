#include "ootd/catalog/events.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

TEST(EventKind, WordsAndKindsAreInverses) {
  for (const auto kind : {EventKind::kLike, EventKind::kSave, EventKind::kDislike, EventKind::kSkip, EventKind::kUndo,
                          EventKind::kShown, EventKind::kQuiz})
    EXPECT_EQ(parse_event_kind(to_string(kind)), kind);
  EXPECT_EQ(to_string(EventKind::kDislike), "dislike");
  EXPECT_EQ(parse_event_kind("Like"), std::nullopt);
  EXPECT_EQ(parse_event_kind(""), std::nullopt);
}

TEST(EventKind, SwipesAreLikeSaveDislikeAndSkip) {
  EXPECT_TRUE(is_swipe(EventKind::kLike) && is_swipe(EventKind::kSave) && is_swipe(EventKind::kDislike) &&
              is_swipe(EventKind::kSkip));
  EXPECT_FALSE(is_swipe(EventKind::kUndo) || is_swipe(EventKind::kShown) || is_swipe(EventKind::kQuiz));
}

}  // namespace
}  // namespace ootd
