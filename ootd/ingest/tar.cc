#include "ootd/ingest/tar.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/base/io.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

std::string problem_of(archive* archive) {
  const char* text = ::archive_error_string(archive);
  return text != nullptr ? text : "unknown problem";
}

}  // namespace

struct TarReader::Archive {
  std::unique_ptr<archive, decltype(&::archive_read_free)> handle{::archive_read_new(), ::archive_read_free};
};

TarReader::TarReader(const fs::path& path) : path_(path), archive_(std::make_unique<Archive>()) {
  archive* handle = archive_->handle.get();
  ::archive_read_support_filter_gzip(handle);
  ::archive_read_support_filter_bzip2(handle);
  ::archive_read_support_filter_xz(handle);
  ::archive_read_support_filter_zstd(handle);
  ::archive_read_support_format_tar(handle);
  if (!fs::exists(path)) throw Error(Kind::kNotFound, path.string() + ": no such file");
  constexpr std::size_t kBlock = 1u << 20;
  if (::archive_read_open_filename(handle, path.c_str(), kBlock) != ARCHIVE_OK)
    throw Error(Kind::kInput, path.string() + ": cannot be read as a tar archive: " + problem_of(handle));
}

TarReader::~TarReader() = default;

std::optional<TarReader::Entry> TarReader::next() {
  archive* handle = archive_->handle.get();
  while (true) {
    archive_entry* entry = nullptr;
    const int result = ::archive_read_next_header(handle, &entry);
    if (result == ARCHIVE_EOF) return std::nullopt;
    if (result < ARCHIVE_WARN)
      throw Error(Kind::kInput, path_.string() + ": the archive is damaged: " + problem_of(handle));
    if (::archive_entry_filetype(entry) != AE_IFREG) continue;
    const char* name = ::archive_entry_pathname(entry);
    if (name == nullptr) name = ::archive_entry_pathname_utf8(entry);
    return Entry{name != nullptr ? name : "(a name that cannot be read)",
                 static_cast<std::uint64_t>(std::max<std::int64_t>(0, ::archive_entry_size(entry)))};
  }
}

std::vector<std::byte> TarReader::read(std::size_t most) {
  constexpr std::size_t kPiece = 1u << 20;
  std::vector<std::byte> bytes;
  while (bytes.size() < most) {
    const std::size_t before = bytes.size();
    bytes.resize(before + std::min(kPiece, most - before));
    const auto got = ::archive_read_data(archive_->handle.get(), bytes.data() + before, bytes.size() - before);
    if (got < 0)
      throw Error(Kind::kInput, path_.string() + ": the archive is damaged: " + problem_of(archive_->handle.get()));
    bytes.resize(before + static_cast<std::size_t>(got));
    if (got == 0) break;
  }
  return bytes;
}

struct TarWriter::Archive {
  explicit Archive(const fs::path& path) : file(path) {}

  AtomicFile file;
  std::unique_ptr<archive, decltype(&::archive_write_free)> handle{::archive_write_new(), ::archive_write_free};
  std::uint64_t written = 0;
  std::optional<Error> problem;  // of the disk: an exception may not pass through libarchive

  static la_ssize_t write(archive* handle, void* self, const void* bytes, std::size_t size) {
    auto& target = *static_cast<Archive*>(self);
    try {
      target.file.write({static_cast<const std::byte*>(bytes), size});
    } catch (const Error& error) {
      target.problem = error;
      ::archive_set_error(handle, EIO, "cannot be written");
      return -1;
    }
    target.written += size;
    return static_cast<la_ssize_t>(size);
  }
  void check(la_ssize_t result) const {
    if (problem) throw *problem;
    if (result < ARCHIVE_WARN)
      throw Error(Kind::kUnavailable, "a tar archive cannot be written: " + problem_of(handle.get()));
  }
};

TarWriter::TarWriter(const fs::path& path) : archive_(std::make_unique<Archive>(path)) {
  archive* handle = archive_->handle.get();
  ::archive_write_set_format_ustar(handle);
  constexpr int kBlock = 1 << 20;
  ::archive_write_set_bytes_per_block(handle, kBlock);
  ::archive_write_set_bytes_in_last_block(handle, 1);  // no more zeros than the format asks for
  archive_->check(::archive_write_open(handle, archive_.get(), nullptr, Archive::write, nullptr));
}

TarWriter::~TarWriter() {
  // Freeing flushes: what is not committed need not reach the disk.
  ::archive_write_fail(archive_->handle.get());
}

void TarWriter::add(const std::string& name, std::span<const std::byte> bytes) {
  archive* handle = archive_->handle.get();
  const std::unique_ptr<archive_entry, decltype(&::archive_entry_free)> entry(::archive_entry_new(),
                                                                              ::archive_entry_free);
  ::archive_entry_set_pathname(entry.get(), name.c_str());
  ::archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  ::archive_entry_set_filetype(entry.get(), AE_IFREG);
  ::archive_entry_set_perm(entry.get(), 0644);
  ::archive_entry_set_mtime(entry.get(), 0, 0);
  archive_->check(::archive_write_header(handle, entry.get()));
  archive_->check(::archive_write_data(handle, bytes.data(), bytes.size()));
}

void TarWriter::commit() {
  archive_->check(::archive_write_close(archive_->handle.get()));
  archive_->file.commit();
}

std::uint64_t TarWriter::size() const {
  return static_cast<std::uint64_t>(::archive_filter_bytes(archive_->handle.get(), 0));
}

}  // namespace ootd
