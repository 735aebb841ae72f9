#include "ootd/train/event_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "ootd/base/io.h"
#include "ootd/train/run_log.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

std::uint32_t crc_of(const std::string& text) { return crc32c(std::as_bytes(std::span(text))); }

// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
TEST(EventFile, ComputesCrc32c) {
  EXPECT_EQ(crc_of(""), 0u);
  EXPECT_EQ(crc_of("123456789"), 0xE3069283u);
  EXPECT_EQ(crc_of(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc_of(std::string(32, '\xff')), 0x62A8AB43u);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising += c;
  EXPECT_EQ(crc_of(rising), 0x46DD794Eu);
}

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

// Written by tensorboard 2.21.0's RecordWriter around its Event message:
//   Event(wall_time=1700000000.5, step=300, summary=Summary(value=[Value(tag="loss", simple_value=0.25),
//         Value(tag="val/map", simple_value=0.875)]))
TEST(EventFile, WritesTheBytesThatTensorBoardWrites) {
  EXPECT_EQ(hex(scalar_record(1700000000.5, 300, {{"loss", 0.25}, {"val/map", 0.875}})),
            "2b00000000000000861bc34b0900002040fc54d94110ac022a1d0a0b0a046c6f7373150000803e0a0e0a0776616c2f6d6170"
            "150000603fb6800852");
}

struct Record {
  std::string event;
  bool sound = false;
};

// Length and CRCs as the format says.
std::vector<Record> read_records(const std::string& bytes) {
  std::vector<Record> records;
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint64_t length = 0;
    std::uint32_t length_crc = 0, event_crc = 0;
    EXPECT_LE(at + 12, bytes.size());
    std::memcpy(&length, bytes.data() + at, 8);
    std::memcpy(&length_crc, bytes.data() + at + 8, 4);
    EXPECT_LE(at + 16 + length, bytes.size());
    const std::string event = bytes.substr(at + 12, length);
    std::memcpy(&event_crc, bytes.data() + at + 12 + length, 4);
    records.push_back({event, length_crc == masked_crc32c(std::as_bytes(std::span(bytes).subspan(at, 8))) &&
                                  event_crc == masked_crc32c(std::as_bytes(std::span(event)))});
    at += 16 + length;
  }
  return records;
}

std::vector<fs::path> event_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("events.out.tfevents.")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

TEST(EventFile, CanBeReadAfterEveryFlush) {
  const testing::TempDir dir;
  EventFile file(dir.path(), 0);
  for (int step = 0; step < 3; ++step) {
    const auto records = read_records(read_text(file.path()));
    ASSERT_EQ(records.size(), 2u + static_cast<std::size_t>(step));
    for (const Record& record : records) EXPECT_TRUE(record.sound);
    EXPECT_NE(records[0].event.find("brain.Event:2"), std::string::npos);
    file.add(step, {{"loss", 1.0 / (step + 1)}});
    file.flush();
  }
}

TEST(RunLog, AResumedRunStartsASecondEventFileAfterTheFirst) {
  const testing::TempDir dir;
  {
    RunLog log(dir.path(), 0, {"map", "recall_at_1"});
    log.add(StepReport{.step = 0, .loss = 2});
    log.add_epoch(1, {0.5, 0.25}, true);
  }
  const auto first = event_files(dir.path());
  ASSERT_EQ(first.size(), 1u);
  const std::string before = read_text(first[0]);
  {
    RunLog log(dir.path(), 1, {"map", "recall_at_1"});
    log.add(StepReport{.step = 1, .loss = 1});
  }
  const auto both = event_files(dir.path());
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0], first[0]);
  EXPECT_EQ(read_text(both[0]), before);
  const auto records = read_records(read_text(both[1]));
  ASSERT_EQ(records.size(), 3u);  // version, start, a step
  for (const char* tag : {"loss", "learning_rate", "gradient_norm", "images_per_s"})
    EXPECT_NE(records[2].event.find(tag), std::string::npos) << tag;
  EXPECT_NE(read_records(before).back().event.find("val/recall_at_1"), std::string::npos);
}

}  // namespace
}  // namespace ootd
