#include "ootd/ingest/photo_finder.h"

#include <algorithm>
#include <tuple>

#include "ootd/base/unicode.h"
#include "ootd/ingest/annotations.h"
#include "ootd/ingest/folder_words.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// How file systems that know neither case nor forms of accents compare.
std::string plain_name(std::string_view name) { return encode_utf8(lower(decode_utf8(label_text(name)))); }

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part == ".." && !parts.empty())
      parts.pop_back();
    else if (!part.empty() && part != "." && part != "..")
      parts.push_back(plain_name(part));
  }
  return parts;
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// The name without ".." that a walk gives the file, too, unless a link to a folder makes that another file.
fs::path one_name(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  std::error_code ignored;
  return normal != path && fs::equivalent(normal, path, ignored) ? normal : path;
}

bool is_drive(std::string_view path) {
  return path.size() >= 3 && path[1] == ':' && (path[2] == '/' || path[2] == '\\');
}

void add_files(const fs::path& folder, int depth, std::vector<fs::path>& files) {
  constexpr int kMaxDepth = 6;
  std::error_code error;
  std::vector<fs::path> below;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    const fs::path& path = entry->path();
    if (entry->is_directory(ignored)) {
      if (depth < kMaxDepth && role_of(path.filename().native()).is_container) below.push_back(path);
    } else if (has_photo_extension(path)) {
      files.push_back(path);
    }
  }
  std::ranges::sort(below);
  for (const fs::path& next : below) add_files(next, depth + 1, files);
}

std::size_t shared_length(const fs::path& a, const fs::path& b) {
  std::size_t length = 0;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end() && *i == *j; ++i, ++j) ++length;
  return length;
}

// Label Studio puts eight random hex digits before the name of an upload.
std::string without_upload_prefix(const std::string& name) {
  constexpr std::size_t kDigits = 8;
  const bool prefixed =
      name.size() > kDigits + 1 && name.find_first_not_of("0123456789abcdef") == kDigits && name[kDigits] == '-';
  return prefixed ? name.substr(kDigits + 1) : name;
}

}  // namespace

void PhotoFinder::index() {
  for (const fs::path& folder : unread_) add_files(folder, 0, photos_);
  unread_.clear();
  for (; indexed_ < photos_.size(); ++indexed_) {
    by_name_.emplace(plain_name(photos_[indexed_].filename().native()), indexed_);
    by_stem_.emplace(plain_name(photos_[indexed_].stem().native()), indexed_);
  }
}

// The photos whose paths end like the name, over the most folders. A folder that the name has and the photo has not
// must be one that only holds things, or a photo of another style would answer to the name.
std::vector<std::size_t> PhotoFinder::best_fits(const fs::path& folder, const std::vector<std::string>& parts,
                                                bool from_elsewhere, std::string_view split, Key key) {
  index();
  std::vector<std::size_t> best;
  std::tuple<std::size_t, bool, std::size_t> best_rank;
  const auto [begin, end] = (key == Key::kName ? by_name_ : by_stem_).equal_range(parts.back());
  for (auto found = begin; found != end; ++found) {
    const fs::path& photo = photos_[found->second];
    const std::vector<std::string> own = parts_of(photo.native());
    std::size_t same = 1;
    while (same < parts.size() && same < own.size() && parts[parts.size() - 1 - same] == own[own.size() - 1 - same])
      ++same;
    std::string own_split;
    for (const std::string& part : own)
      if (const std::string one = role_of(part).split; !one.empty()) own_split = one;
    // On another machine the folders above are called otherwise; the photo's own may not be a style's.
    const bool any_above =
        same > 1 || photo.parent_path() == folder || (own.size() > 1 && role_of(own[own.size() - 2]).is_container);
    const bool fits =
        (from_elsewhere && any_above) ||
        std::all_of(parts.begin(), parts.end() - static_cast<std::ptrdiff_t>(same), [&](const std::string& part) {
          const FolderRole role = role_of(part);
          return role.is_container && (role.split.empty() || own_split.empty() || role.split == own_split);
        });
    if (!fits) continue;
    const std::tuple rank(same, !split.empty() && own_split == split, shared_length(photo, folder));
    if (!best.empty() && rank < best_rank) continue;
    if (!best.empty() && rank > best_rank) best.clear();
    best_rank = rank;
    best.push_back(found->second);
  }
  return best;
}

void PhotoFinder::locate(Listed& photo, const fs::path& folder, std::string_view given, std::string_view split) {
  std::string name = without_blanks(given);
  const std::string start = lower_case(name.substr(0, 8));
  if (start.starts_with("http://") || start.starts_with("https://")) {
    photo.reason = name + " is a url; fetch it first (ootd crawl) or give a path";
    return;
  }
  if (start.starts_with("file://")) name.erase(0, 7);
  if (name.empty()) photo.reason = "the name of the photo is empty";
  if (name.find('\0') != std::string::npos) photo.reason = "the name of the photo holds a zero byte";
  if (!photo.reason.empty()) return;
  photo.path = one_name(absolute_path(folder / name));
  if (is_there(photo.path)) return;
  std::string slashed = name;
  std::ranges::replace(slashed, '\\', '/');
  const bool drive = is_drive(name);
  if (slashed != name && !drive) {
    photo.path = one_name(absolute_path(folder / slashed));
    if (is_there(photo.path)) return;
  }
  std::vector<std::string> parts = parts_of(drive ? std::string_view(slashed).substr(2) : slashed);
  if (parts.empty()) return;
  const bool from_elsewhere = drive || slashed.starts_with('/') || slashed.starts_with("../");
  auto fits = best_fits(folder, parts, from_elsewhere, split, Key::kName);
  if (const std::string own = without_upload_prefix(parts.back()); fits.empty() && own != parts.back()) {
    parts.back() = own;
    fits = best_fits(folder, parts, from_elsewhere, split, Key::kName);
  }
  if (fits.size() == 1) photo.path = photos_[fits[0]];
  if (fits.size() > 1)
    photo.reason = "\"" + name + "\" may be " + photos_[fits[0]].string() + " or " + photos_[fits[1]].string() +
                   "; write the path from the file's folder";
}

bool PhotoFinder::locate_stem(Listed& photo, const fs::path& folder, std::string_view name) {
  std::string slashed = without_blanks(name);
  std::ranges::replace(slashed, '\\', '/');
  const std::vector<std::string> parts = parts_of(slashed);
  if (parts.empty()) return false;
  auto fits = best_fits(folder, parts, false, {}, Key::kName);
  if (fits.empty()) fits = best_fits(folder, parts, false, {}, Key::kStem);
  if (fits.empty()) return false;
  if (fits.size() > 1)
    photo.reason = "\"" + slashed + "\" may be " + photos_[fits[0]].string() + " or " + photos_[fits[1]].string();
  else
    photo.path = photos_[fits[0]];
  return true;
}

}  // namespace ootd
