#include "ootd/crawl/staging.h"

#include <gtest/gtest.h>

#include "ootd/base/io.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using Numbers = std::vector<std::int64_t>;

StagedAnswer answer(const std::string& body) {
  return {"https://shop.example/" + body.substr(0, 3), "image/jpeg", "\"v1\"", "", {.noai = true}, body};
}

// What a process would find that starts after this one was killed now.
Numbers found_after_a_kill(const fs::path& folder) {
  const testing::TempDir copy;
  fs::copy(folder, copy.path(), fs::copy_options::recursive);
  return Staging(copy.path()).numbers();
}

void append(const fs::path& file, const std::string& text) {
  const std::string whole = read_text(file) + text;
  write_file_atomically(file, std::as_bytes(std::span(whole)), false);
}

TEST(Staging, AnAnswerIsThereUntilItIsRemovedWhoeverReads) {
  const testing::TempDir dir;
  const std::string body("a{\n-\0\xFF", 6);
  {
    Staging staging(dir.path());
    staging.put(7, answer(body));
    staging.put(3, answer(""));
    staging.put(5, answer("five"));
    staging.remove(5);
    EXPECT_EQ(staging.numbers(), (Numbers{3, 7}));
  }
  Staging again(dir.path());
  EXPECT_EQ(again.numbers(), (Numbers{3, 7}));
  ASSERT_TRUE(again.get(7));
  EXPECT_EQ(again.get(7)->body, body);
  EXPECT_EQ(again.get(7)->final_url, answer(body).final_url);
  EXPECT_EQ(again.get(7)->etag, "\"v1\"");
  EXPECT_EQ(again.get(7)->opt_outs, OptOuts{.noai = true});
  EXPECT_EQ(again.get(3)->body, "");
  EXPECT_FALSE(again.get(5));
  again.put(9, answer("nine"));
  EXPECT_EQ(again.get(9)->body, "nine");
  for (const std::int64_t no : {3, 7, 9}) again.remove(no);
  EXPECT_EQ(again.numbers(), Numbers{});
}

TEST(Staging, LeavesAnEmptyFolderWhereNothingIsLeft) {
  const testing::TempDir dir;
  {
    Staging staging(dir.path());
    staging.put(1, answer("one"));
    staging.remove(1);
  }
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

TEST(Staging, WhatWasHalfWrittenIsNotThereAndNothingBehindItIsRead) {
  const testing::TempDir dir;
  {
    Staging(dir.path()).put(1, answer("one"));
  }
  const fs::path file = dir.path() / "0.answers";
  const std::string whole = read_text(file);
  for (const std::size_t cut : {whole.size() - 1, whole.size() / 2, std::size_t{1}}) {
    write_file_atomically(file, std::as_bytes(std::span(whole)), false);
    append(file, whole.substr(0, cut));
    Staging staging(dir.path());
    EXPECT_EQ(staging.numbers(), Numbers{1}) << cut;
    staging.put(2, answer("two"));  // in its place
    EXPECT_EQ(staging.get(2)->body, "two");
    EXPECT_EQ(found_after_a_kill(dir.path()), (Numbers{1, 2})) << cut;
    staging.remove(2);
  }
}

TEST(Staging, AnAnswerThatIsDamagedIsNotHandedOut) {
  const testing::TempDir dir;
  {
    Staging(dir.path()).put(1, answer("one"));
  }
  std::string bytes = read_text(dir.path() / "0.answers");
  bytes.back() = 'f';
  write_file_atomically(dir.path() / "0.answers", std::as_bytes(std::span(bytes)), false);
  EXPECT_FALSE(Staging(dir.path()).get(1));
}

// A file that is written anew holds the ends of older answers behind the new ones.
TEST(Staging, FilesAreUsedAgainAndWhatTheyHeldStaysGone) {
  const testing::TempDir dir;
  const std::string large(3u << 20, 'x');
  Staging staging(dir.path());
  for (std::int64_t no = 1; no <= 100; ++no) {
    staging.put(no, answer(no % 2 == 0 ? large : "small"));
    if (no > 4) staging.remove(no - 4);
    if (no % 10 == 0) {
      EXPECT_EQ(found_after_a_kill(dir.path()), (Numbers{no - 3, no - 2, no - 1, no}));
    }
    if (no % 25 == 0)
      for (std::int64_t old = no - 3; old <= no; ++old) staging.remove(old);
  }
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(dir.path())) bytes += entry.file_size();
  EXPECT_LT(bytes, 80u << 20) << "300 MiB went through";
}

}  // namespace
}  // namespace ootd
