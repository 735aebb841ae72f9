#include "tools/render/look_set.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <exception>
#include <mutex>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/base/random.h"
#include "ootd/base/threads.h"
#include "ootd/image/encode.h"
#include "tools/render/look_layers.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDescription = "ootd look set: rendered outfits with exact garment boxes";
constexpr std::array<std::string_view, 4> kCategories = {"outer", "bottom", "dress", "top"};  // ids from 1

void check(const LookSetOptions& o) {
  if (o.count < 1 || o.count > kMaxLooks)
    throw Error(Kind::kInput, "a look set of " + std::to_string(o.count) + " looks: count must be 1 to 1000000");
  if (o.places < 0 || o.places > kMaxLooks)
    throw Error(Kind::kInput, "a look set with " + std::to_string(o.places) + " places: 0 (none) to 1000000");
  if (o.jpeg_quality < 1 || o.jpeg_quality > 100)
    throw Error(Kind::kInput, "JPEG quality " + std::to_string(o.jpeg_quality) + ": must be 1 to 100");
  const bool shares = o.train >= 0 && o.val >= 0 && o.test >= 0 && std::abs(o.train + o.val + o.test - 1) < 1e-6;
  if (!shares)
    throw Error(Kind::kInput, "split shares " + std::to_string(o.train) + ", " + std::to_string(o.val) + ", " +
                                  std::to_string(o.test) + ": none may be negative and they must sum to 1");
  render::check_look_options(o.look);
}

std::string file_name(int i) {
  const std::string style(kStyles[static_cast<std::size_t>(i) % kStyles.size()]);
  std::string lower = style;
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  char digits[24];
  std::snprintf(digits, sizeof digits, "-%06d.jpg", i);
  return style + "/" + lower + digits;
}

// The `which`-th of some independent numbers that belong to look i.
std::uint64_t seed_of(std::uint64_t seed, int i, int which) {
  Random set(seed);
  Random look(set.next() ^ (static_cast<std::uint64_t>(i) * 0x9fb21c651e98df25));
  std::uint64_t value = look.next();
  for (int k = 0; k < which; ++k) value = look.next();
  return value;
}

// A golden-ratio sequence per style: each style gets its shares as exactly as its number of looks allows, at any count.
std::string split_of(const LookSetOptions& o, int i) {
  const int styles = static_cast<int>(kStyles.size());
  const double start = Random(o.seed + static_cast<std::uint64_t>(i % styles)).uniform();
  const int number = i / styles;  // within the style
  const double u = std::fmod(start + number * 0.6180339887498949, 1.0);
  return u < o.train ? "train" : u < o.train + o.val ? "val" : "test";
}

Json bbox(const Box& box) { return Json::array({box.x, box.y, box.w, box.h}); }

struct Entry {
  Json image;
  std::vector<Json> annotations;  // without ids
};

Entry write_look(const fs::path& folder, const LookSetOptions& o, int i) {
  const std::string name = file_name(i);
  std::uint64_t background = seed_of(o.seed, i, 1);
  int place = 0;
  if (o.places > 0) {
    place = static_cast<int>(Random(background).below(static_cast<std::uint64_t>(o.places)));
    background = seed_of(o.seed, -1 - place, 1);
  }
  const Look look =
      render_look(kStyles[static_cast<std::size_t>(i) % kStyles.size()], seed_of(o.seed, i, 0), background, o.look);
  // Not flushed to the disk one by one: annotations.json, which is, makes the set complete.
  write_file_atomically(folder / name, encode_jpeg(look.image, o.jpeg_quality), false);
  Entry entry;
  entry.image = {{"id", i + 1},
                 {"file_name", name},
                 {"width", look.image.width},
                 {"height", look.image.height},
                 {"person_bbox", bbox(look.person)},
                 {"style", look.style},
                 {"split", split_of(o, i)}};
  if (o.places > 0) entry.image["place"] = "place " + std::to_string(place + 1);
  for (const RenderedGarment& garment : look.garments) {
    const auto category = std::find(kCategories.begin(), kCategories.end(), garment.category);
    entry.annotations.push_back({{"image_id", i + 1},
                                 {"category_id", category - kCategories.begin() + 1},
                                 {"fine_category", garment.fine_category},
                                 {"bbox", bbox(garment.box)},
                                 {"area", garment.area},
                                 {"iscrowd", 0}});
  }
  return entry;
}

Json annotations_of(const LookSetOptions& o, std::span<const Entry> entries) {
  Json categories = Json::array(), images = Json::array(), annotations = Json::array();
  for (std::size_t k = 0; k < kCategories.size(); ++k) categories.push_back({{"id", k + 1}, {"name", kCategories[k]}});
  for (const Entry& entry : entries) {
    images.push_back(entry.image);
    for (Json annotation : entry.annotations) {
      annotation["id"] = annotations.size() + 1;
      annotations.push_back(std::move(annotation));
    }
  }
  return {{"info",
           {{"description", kDescription},
            {"count", o.count},
            {"complete", !entries.empty()},
            {"seed", o.seed},
            {"background", o.look.background},
            {"jpeg_quality", o.jpeg_quality}}},
          {"categories", std::move(categories)},
          {"images", std::move(images)},
          {"annotations", std::move(annotations)}};
}

void save(const fs::path& folder, const Json& annotations) {
  const std::string text = dump_json(annotations, 1) + "\n";
  write_file_atomically(folder / "annotations.json", std::as_bytes(std::span(text)));
}

bool is_look_set(const fs::path& folder) {
  if (!fs::exists(folder / "annotations.json")) return false;
  try {
    const Json annotations = read_json(folder / "annotations.json");
    const auto info = annotations.find("info");
    return info != annotations.end() && info->is_object() && info->value("description", "") == kDescription;
  } catch (const std::exception&) {  // somebody else's annotations.json, in whatever shape
    return false;
  }
}

// Makes the folders. What an earlier set left and this one will not overwrite goes away.
void prepare(const fs::path& folder, const LookSetOptions& o) {
  if (fs::exists(folder) && !fs::is_directory(folder))
    throw Error(Kind::kInput, folder.string() + ": is a file; name a new or empty folder for the look set");
  if (fs::exists(folder) && !fs::is_empty(folder) && !is_look_set(folder))
    throw Error(Kind::kInput, folder.string() + ": holds files that are no look set; name a new or empty folder");
  fs::create_directories(folder);
  // First an empty list: it marks the folder as ours, should this run be interrupted.
  save(folder, annotations_of(o, {}));
  std::set<std::string> planned;
  for (int i = 0; i < o.count; ++i) planned.insert(file_name(i));
  for (const std::string_view style : kStyles) {
    const fs::path home = folder / style;
    fs::create_directories(home);
    std::vector<fs::path> stale;
    for (const auto& file : fs::directory_iterator(home)) {
      const std::string name = file.path().filename().string();
      const bool ours = name.find(".jpg") != std::string::npos && name.find('-') == style.size();
      if (ours && !planned.contains(std::string(style) + "/" + name)) stale.push_back(file.path());
    }
    for (const fs::path& path : stale) fs::remove(path);
  }
}

}  // namespace

void write_look_set(const fs::path& folder, const LookSetOptions& options, const LookSetProgress& progress) {
  check(options);
  try {
    prepare(folder, options);
  } catch (const fs::filesystem_error& error) {
    throw Error(Kind::kUnavailable, folder.string() + ": cannot prepare the folder: " + error.code().message());
  }
  std::vector<Entry> entries(static_cast<std::size_t>(options.count));
  std::atomic<int> next = 0;
  std::mutex mutex;  // guards done, failure and the call of progress
  int done = 0;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (int i = next++; i < options.count; i = next++) {
        entries[static_cast<std::size_t>(i)] = write_look(folder, options, i);
        const std::lock_guard lock(mutex);
        ++done;
        if (progress) progress(done, options.count);
      }
    } catch (...) {
      next = options.count;  // the others finish the look at hand
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::jthread> workers;
  for (int i = 1; i < std::min(thread_count(options.threads), options.count); ++i) workers.emplace_back(work);
  work();
  workers.clear();
  if (failure) std::rethrow_exception(failure);
  save(folder, annotations_of(options, entries));
}

}  // namespace ootd
