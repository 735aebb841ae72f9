#include "ootd/base/io.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>
#include <span>
#include <string_view>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/base/sha256.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

Kind kind_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return Kind::kInternal;
}

TEST(ReadFile, ReturnsWhatWasWritten) {
  const testing::TempDir dir;
  const auto path = dir.path() / "a.txt";
  write_file_atomically(path, bytes_of("hello"));
  EXPECT_EQ(read_text(path), "hello");
  EXPECT_EQ(MappedFile(path).bytes().size(), 5u);
  write_file_atomically(path, bytes_of(""));
  EXPECT_EQ(read_text(path), "");
  EXPECT_TRUE(MappedFile(path).bytes().empty());
}

TEST(ReadFile, SaysWhoseFaultItIs) {
  const testing::TempDir dir;
  EXPECT_EQ(kind_of([&] { read_file(dir.path() / "none"); }), Kind::kNotFound);
  EXPECT_EQ(kind_of([&] { read_file(dir.path()); }), Kind::kInput);
  write_file_atomically(dir.path() / "big", bytes_of("0123456789"));
  EXPECT_EQ(kind_of([&] { read_file(dir.path() / "big", 9); }), Kind::kInput);
}

TEST(ReadFile, RefusesANamedPipeInsteadOfWaitingForever) {
  const testing::TempDir dir;
  const auto pipe = dir.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(kind_of([&] { read_file(pipe); }), Kind::kInput);
}

TEST(WriteFileAtomically, LeavesNoTemporaryFileWhenItFails) {
  const testing::TempDir dir;
  std::filesystem::create_directory(dir.path() / "taken");
  write_file_atomically(dir.path() / "taken" / "x", bytes_of("x"));
  EXPECT_EQ(kind_of([&] { write_file_atomically(dir.path() / "taken", bytes_of("y")); }), Kind::kUnavailable);
  int entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir.path())) ++entries;
  EXPECT_EQ(entries, 1);
}

TEST(AtomicFile, IsSeenAsAWholeOrNotAtAll) {
  const testing::TempDir dir;
  const auto path = dir.path() / "a.txt";
  const auto names = [&] {
    return std::distance(std::filesystem::directory_iterator(dir.path()), std::filesystem::directory_iterator());
  };
  write_file_atomically(path, bytes_of("old"));
  {
    AtomicFile file(path);
    file.write(bytes_of("new, but never finished"));
    EXPECT_EQ(read_text(path), "old");
  }
  EXPECT_EQ(read_text(path), "old");
  EXPECT_EQ(names(), 1);
  AtomicFile file(path);
  file.write(bytes_of("new "));
  file.write(bytes_of("and whole"));
  file.commit();
  EXPECT_EQ(read_text(path), "new and whole");
  EXPECT_EQ(names(), 1);
}

TEST(Sha256, KnowsTheStandardsExample) {  // FIPS 180-4, "abc"
  EXPECT_EQ(sha256_hex(bytes_of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(GitBlob, IsWhatGitHashObjectPrints) {
  EXPECT_EQ(git_blob_hex(bytes_of("hello\n")), "ce013625030ba8dba906f756967f9e9ca394464a");
  EXPECT_EQ(git_blob_hex({}), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

TEST(Random, GivesTheSameNumbersEverywhere) {
  Random random(42);
  EXPECT_EQ(random.next(), 1546998764402558742u);  // xoshiro256** seeded by SplitMix64(42), as in the authors' C code
  Random other(7);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(other.below(3), 3u);
    const double u = other.uniform();
    EXPECT_TRUE(u >= 0 && u < 1);
  }
}

}  // namespace
}  // namespace ootd
