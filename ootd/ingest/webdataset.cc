#include "ootd/ingest/webdataset.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 512;
constexpr int kPage = 1000;

// POSIX.1-1988 (ustar): a header block, the bytes, zeros up to a whole block; two blocks of zeros at the end.
class Tar {
 public:
  explicit Tar(fs::path path) : file_(std::move(path)) {}

  void add(const std::string& name, std::span<const std::byte> bytes) {
    std::array<char, kBlock> header = {};
    const auto octal = [&](std::size_t at, int digits, std::uint64_t value) {
      std::snprintf(header.data() + at, static_cast<std::size_t>(digits) + 1, "%0*llo", digits,
                    static_cast<unsigned long long>(value));
    };
    std::memcpy(header.data(), name.data(), std::min<std::size_t>(name.size(), 100));
    octal(100, 7, 0644);
    octal(108, 7, 0);  // owner and group
    octal(116, 7, 0);
    octal(124, 11, bytes.size());
    octal(136, 11, 0);  // time: the same photos give the same shard
    std::memset(header.data() + 148, ' ', 8);
    header[156] = '0';
    std::memcpy(header.data() + 257,
                "ustar\0"
                "00",
                8);
    std::uint64_t sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    octal(148, 6, sum);
    file_.write(std::as_bytes(std::span(header)));
    file_.write(bytes);
    const std::array<std::byte, kBlock> zeros = {};
    file_.write(std::span(zeros).first((kBlock - bytes.size() % kBlock) % kBlock));
    size_ += kBlock + (bytes.size() + kBlock - 1) / kBlock * kBlock;
  }
  void commit() {
    const std::array<std::byte, 2 * kBlock> zeros = {};
    file_.write(zeros);
    file_.commit();
  }
  std::uint64_t size() const { return size_; }

 private:
  AtomicFile file_;
  std::uint64_t size_ = 0;
};

std::string shard_name(std::int64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "shard-%06lld.tar", static_cast<long long>(number));
  return name;
}

}  // namespace

WebDatasetReport export_webdataset(const Catalog& catalog, const fs::path& folder, const WebDatasetOptions& options,
                                   const std::function<void(std::int64_t photos)>& progress) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(Kind::kUnavailable, folder.string() + ": cannot make the folder: " + error.message());
  WebDatasetReport report;
  std::optional<Tar> tar;
  std::string shard;
  PhotoTable manifest(folder / "manifest", options.manifest);
  for (LookKey after = {};;) {
    const auto images = catalog.images_after(after, kPage);
    if (images.empty()) break;
    for (const ImageRecord& image : images) {
      after = image.key;
      std::vector<std::byte> bytes;
      try {
        bytes = read_file(catalog.home() / image.file);
      } catch (const Error& problem) {
        report.failures.push_back({"export", image.id, problem.what()});
        continue;
      }
      if (!tar) {
        shard = shard_name(report.shards++);
        tar.emplace(folder / shard);
      }
      Json labels = Json::object();
      for (const Label& label : image.labels) labels[label.key].push_back(label.value);
      const std::string extension = fs::path(image.file).extension();
      const std::string about = dump_json({{"id", image.id},
                                           {"source", image.source},
                                           {"width", image.width},
                                           {"height", image.height},
                                           {"labels", labels}});
      tar->add(image.id + extension, bytes);
      tar->add(image.id + ".json", std::as_bytes(std::span(about)));
      manifest.add(image, shard, image.id + extension, labels);
      ++report.photos;
      if (tar->size() >= options.shard_bytes) {
        tar->commit();
        tar.reset();
      }
    }
    if (progress) progress(report.photos);
  }
  if (tar) tar->commit();
  manifest.commit();
  // Of an earlier, larger export: programs read all shards that they find.
  for (std::int64_t old = report.shards; fs::remove(folder / shard_name(old), error); ++old) {
  }
  return report;
}

}  // namespace ootd
