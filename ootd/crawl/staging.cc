#include "ootd/crawl/staging.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/gzip.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".answers", kWhere[] = "a staged answer";
constexpr std::size_t kFullFile = 32u << 20;  // then the next one is begun
constexpr char kHere = '{', kGone = '-';      // as which a line begins

std::string line_of(std::int64_t no, const StagedAnswer& answer) {
  const Json head = {{"no", no},
                     {"url", answer.final_url},
                     {"content_type", answer.content_type},
                     {"etag", answer.etag},
                     {"last_modified", answer.last_modified},
                     {"noindex", answer.opt_outs.noindex},
                     {"noai", answer.opt_outs.noai},
                     {"noimageai", answer.opt_outs.noimageai},
                     {"bytes", answer.body.size()},
                     {"crc32", crc32_of(answer.body)}};
  return dump_json(head) + "\n";
}

struct Head {
  Json json;
  std::size_t size = 0;  // of the line
  std::size_t body_size = 0;
  std::int64_t no = 0;
  bool is_here = false;
};

// Nothing where no whole answer stands: what a process that was killed had half written, or what is left of older ones.
std::optional<Head> read_head(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || (text[0] != kHere && text[0] != kGone)) return std::nullopt;
  std::string line(text.substr(0, end));
  line[0] = kHere;
  try {
    Head head{parse_json(line, kWhere), end + 1, 0, 0, text[0] == kHere};
    head.no = json_field<std::int64_t>(head.json, "no", kWhere);
    head.body_size = json_field<std::size_t>(head.json, "bytes", kWhere);
    if (head.body_size > text.size() - head.size) return std::nullopt;
    return head;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// False with errno set.
bool write_at(int fd, std::size_t at, std::string_view first, std::string_view second) {
  while (!first.empty() || !second.empty()) {
    const std::array<iovec, 2> parts = {
        {{const_cast<char*>(first.data()), first.size()}, {const_cast<char*>(second.data()), second.size()}}};
    const ssize_t put = ::pwritev(fd, parts.data(), static_cast<int>(parts.size()), static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    at += static_cast<std::size_t>(put);
    const std::size_t of_first = std::min(static_cast<std::size_t>(put), first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(static_cast<std::size_t>(put) - of_first);
  }
  return true;
}

std::string read_at(int fd, std::size_t at, std::size_t size) {
  std::string text(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(fd, text.data() + done, size - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  text.resize(done);
  return text;
}

[[noreturn]] void fail(const fs::path& path, int problem) {
  throw Error(Kind::kUnavailable, path.string() + ": cannot write: " + std::generic_category().message(problem));
}

}  // namespace

Staging::Staging(fs::path folder) : folder_(std::move(folder)) {
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename();
    const char* last = name.data() + name.size();
    int number = 0;
    const auto [end, problem] = std::from_chars(name.data(), last, number);
    if (problem != std::errc() || std::string_view(end, last) != kSuffix) continue;
    next_name_ = std::max(next_name_, number + 1);
    read(open(entry.path()));
  }
}

Staging::~Staging() {
  for (const File& file : files_) {
    std::error_code ignored;
    if (file.answers == 0) fs::remove(file.path, ignored);
    ::close(file.fd);
  }
}

Staging::File& Staging::open(fs::path path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) fail(path, errno);
  return files_.emplace_back(File{std::move(path), fd, 0, 0});
}

// Answers were written one after the other, so behind what is not whole there is none.
void Staging::read(File& file) {
  const MappedFile mapped(file.path);
  const std::string_view text(reinterpret_cast<const char*>(mapped.bytes().data()), mapped.bytes().size());
  while (const auto head = read_head(text.substr(file.end))) {
    const std::size_t size = head->size + head->body_size;
    if (head->is_here && places_.try_emplace(head->no, Place{&file, file.end, size}).second) ++file.answers;
    file.end += size;
  }
}

Staging::Place Staging::reserve(std::int64_t no, std::size_t size) {
  const std::lock_guard lock(mutex_);
  auto file = std::ranges::find_if(files_, [](const File& each) { return each.end < kFullFile || each.answers == 0; });
  File& found = file == files_.end() ? open(folder_ / (std::to_string(next_name_++) + kSuffix)) : *file;
  if (found.answers == 0) found.end = 0;
  const Place place{&found, found.end, size};
  found.end += size;
  ++found.answers;
  places_[no] = place;
  return place;
}

void Staging::put(std::int64_t no, const StagedAnswer& answer) {
  const std::string line = line_of(no, answer);
  const Place place = reserve(no, line.size() + answer.body.size());
  if (write_at(place.file->fd, place.begin, line, answer.body)) return;
  const int problem = errno;
  const std::lock_guard lock(mutex_);
  places_.erase(no);
  --place.file->answers;
  place.file->end = place.begin;
  fail(place.file->path, problem);
}

std::optional<StagedAnswer> Staging::get(std::int64_t no) const {
  std::unique_lock lock(mutex_);
  const auto found = places_.find(no);
  if (found == places_.end()) return std::nullopt;
  const Place place = found->second;
  lock.unlock();
  std::string text = read_at(place.file->fd, place.begin, place.size);
  const auto head = read_head(text);
  if (!head || head->no != no) return std::nullopt;
  text.erase(0, head->size);
  try {
    const auto word = [&](const char* name) { return json_field<std::string>(head->json, name, kWhere); };
    const auto flag = [&](const char* name) { return json_field<bool>(head->json, name, kWhere); };
    if (crc32_of(text) != json_field<std::uint32_t>(head->json, "crc32", kWhere)) return std::nullopt;
    return StagedAnswer{word("url"),
                        word("content_type"),
                        word("etag"),
                        word("last_modified"),
                        {flag("noindex"), flag("noai"), flag("noimageai")},
                        std::move(text)};
  } catch (const Error&) {
    return std::nullopt;
  }
}

void Staging::remove(std::int64_t no) {
  std::unique_lock lock(mutex_);
  const auto found = places_.find(no);
  if (found == places_.end()) return;
  const Place place = found->second;
  places_.erase(found);
  lock.unlock();
  // Before the file may be written from its beginning again. Where it fails, the next run finds that the url has come
  // to its end.
  write_at(place.file->fd, place.begin, std::string_view(&kGone, 1), "");
  lock.lock();
  --place.file->answers;
}

std::vector<std::int64_t> Staging::numbers() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::int64_t> numbers;
  for (const auto& [no, place] : places_) numbers.push_back(no);
  return numbers;
}

}  // namespace ootd
