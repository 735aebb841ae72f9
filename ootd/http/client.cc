#include "ootd/http/client.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/sha256.h"
#include "ootd/http/exchange.h"
#include "ootd/http/part_file.h"

namespace ootd {
namespace {

// "bytes 5-9/10" or "bytes */10"
struct ContentRange {
  std::optional<std::uint64_t> first, total;
};

ContentRange parse_content_range(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem != std::errc() || end == digits.data()) return std::nullopt;
    return value;
  };
  ContentRange range;
  const auto slash = text.find('/');
  if (!text.starts_with("bytes ") || slash == std::string_view::npos) return range;
  range.first = number(text.substr(6, slash - 6));
  range.total = number(text.substr(slash + 1));
  return range;
}

bool has_digest(const Download& file) { return !file.sha256.empty() || !file.git_blob.empty(); }

// What If-Range may carry: a strong ETag; a date only where the digest would find the change that a date can miss.
std::string validator_of(const Head& head, const Download& file) {
  if (head.encoded()) return "";  // offsets count packed bytes, and ours are unpacked
  if (!head.etag.empty()) return head.etag.starts_with("W/") ? "" : head.etag;
  return has_digest(file) ? head.last_modified : "";
}

[[noreturn]] void refuse(const Download& file, PartFile& part, const std::string& what) {
  part.remove();
  throw Error(Kind::kUnavailable, file.request.url + ": " + what + "; nothing of it was kept");
}

void check_total(const Download& file, PartFile& part, std::uint64_t total) {
  if (file.size && total != *file.size)
    refuse(file, part, "has " + std::to_string(total) + " bytes, expected " + std::to_string(*file.size));
  if (total > file.max_bytes)
    refuse(file, part,
           "has " + std::to_string(total) + " bytes, more than the limit of " + std::to_string(file.max_bytes));
}

// One request that brings the rest of the part, or what is wrong.
std::optional<Setback> fetch_rest(const Download& file, Exchange& exchange, PartFile& part, const OnBytes& on_bytes) {
  const std::uint64_t from = part.size();
  std::vector<std::string> extra;
  if (from > 0) extra = {"Range: bytes=" + std::to_string(from) + "-", "If-Range: " + part.validator()};
  std::uint64_t total = 0;
  bool was_complete = false;
  const auto on_head = [&](const Head& head) -> std::optional<Setback> {
    const ContentRange range = parse_content_range(head.content_range);
    if (head.status == 416 && from > 0) {  // nothing after `from`: it is all there, or it is something else
      was_complete = range.total == from;
      if (!was_complete) part.restart("");
      return Setback{"the server has no bytes after " + std::to_string(from), {}};
    }
    if (auto setback = judge_status(head, file.request)) return setback;
    if (head.status == 206) {
      const bool same = head.etag.empty() || part.validator() == head.etag || part.validator() == head.last_modified;
      if (from == 0 || range.first != from || !same || head.encoded()) {
        part.restart("");
        return Setback{"the server sent another part than the one asked for", {}};
      }
      total = range.total.value_or(0);
    } else {
      part.restart(validator_of(head, file));  // it ignores ranges, or has another version now
      if (!head.encoded()) total = head.content_length.value_or(0);
    }
    if (total > 0 || (head.content_length && !head.encoded())) check_total(file, part, total);
    if (on_bytes) on_bytes(part.size(), total);
    return std::nullopt;
  };
  const auto on_body = [&](std::span<const std::byte> bytes) {
    part.append(bytes);
    if (part.size() > file.size.value_or(file.max_bytes)) check_total(file, part, part.size());
    if (on_bytes) on_bytes(part.size(), total);
  };
  auto setback = exchange.run(file.request, extra, on_head, on_body);
  if (was_complete) return std::nullopt;
  if (!setback && total > 0 && part.size() < total)
    return Setback{
        "the connection ended after " + std::to_string(part.size()) + " of " + std::to_string(total) + " bytes", {}};
  // A try that cannot be continued is of no use to the next one.
  if (setback && part.validator().empty() && part.size() > 0) part.restart("");
  return setback;
}

std::optional<std::string> mismatch(const Download& file, const PartFile& part) {
  if (file.size && part.size() != *file.size)
    return "has " + std::to_string(part.size()) + " bytes, expected " + std::to_string(*file.size);
  return digest_mismatch(file, part.path());
}

}  // namespace

std::optional<std::string> digest_mismatch(const Download& file, const std::filesystem::path& path) {
  if (!has_digest(file)) return std::nullopt;
  const MappedFile mapped(path);
  const auto compare = [](const char* kind, const std::string& actual,
                          const std::string& expected) -> std::optional<std::string> {
    if (expected.empty() || actual.starts_with(expected)) return std::nullopt;
    return std::string(kind) + " is " + actual + ", expected " + expected;
  };
  std::optional<std::string> problem;
  if (!file.sha256.empty()) problem = compare("sha256", sha256_hex(mapped.bytes()), file.sha256);
  if (!problem && !file.git_blob.empty()) problem = compare("git hash", git_blob_hex(mapped.bytes()), file.git_blob);
  return problem;
}

void download(const Download& file, const Patience& patience, const OnBytes& on_bytes) {
  // Bytes of another process may have holes after a power cut; only a digest finds them.
  PartFile part(file.dest, file.request.url, has_digest(file));
  if (part.size() > file.size.value_or(file.max_bytes)) part.restart("");
  bool inherited = part.size() > 0;
  Exchange exchange(patience);
  Retries retries(file.request.url, patience);
  for (;;) {
    const bool complete = file.size && part.size() == *file.size && part.size() > 0;
    if (!complete) {
      if (const auto setback = fetch_rest(file, exchange, part, on_bytes)) {
        retries.wait(*setback, part.size());
        continue;
      }
    }
    const auto problem = mismatch(file, part);
    if (!problem) break;
    if (!inherited) refuse(file, part, *problem);
    inherited = false;  // the old bytes may be to blame: once more from the start
    part.restart("");
  }
  part.commit();
}

std::string fetch_text(const FetchRequest& request, std::uint64_t max_bytes, const Patience& patience) {
  Exchange exchange(patience);
  Retries retries(request.url, patience);
  for (;;) {
    std::string text;
    const auto on_head = [&](const Head& head) { return judge_status(head, request); };
    const auto on_body = [&](std::span<const std::byte> bytes) {
      if (text.size() + bytes.size() > max_bytes)
        throw Error(Kind::kUnavailable, request.url + ": more than " + std::to_string(max_bytes) + " bytes");
      text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    const auto setback = exchange.run(request, {}, on_head, on_body);
    if (!setback) return text;
    retries.wait(*setback, 0);
  }
}

}  // namespace ootd
