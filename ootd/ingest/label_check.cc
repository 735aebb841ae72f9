#include "ootd/ingest/label_check.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/threads.h"
#include "ootd/base/words.h"
#include "ootd/image/decode.h"
#include "ootd/image/near_copy.h"
#include "ootd/image/photo_faults.h"
#include "ootd/ingest/photo_limits.h"

namespace ootd {
namespace {

constexpr Word<LabelFault> kFaults[] = {{"several-values", LabelFault::kSeveralValues},
                                        {"copy-elsewhere", LabelFault::kCopyElsewhere},
                                        {"small", LabelFault::kSmall},
                                        {"odd-shape", LabelFault::kOddShape},
                                        {"near-black", LabelFault::kNearBlack},
                                        {"text-heavy", LabelFault::kTextHeavy},
                                        {"no-clothes", LabelFault::kNoClothes},
                                        {"unreadable", LabelFault::kUnreadable}};

// Of one photo's pixels.
struct Look {
  std::optional<Fingerprint> print;
  double dark = 0, text = 0;
  std::string problem;
};

Look look_at(const std::filesystem::path& file, const DecodeLimits& limits) {
  constexpr int kEnoughForPrint = 384;  // print_share() looks at no more
  Look look;
  try {
    const auto bytes = read_file(file, limits.max_bytes);
    look.print = fingerprint(decode_for_hash(bytes, file.string(), limits));
    const Image image = decode_image(bytes, file.string(), limits, kEnoughForPrint, kEnoughForPrint);
    look.dark = dark_share(image);
    look.text = print_share(image);
  } catch (const Error& error) {
    look.problem = error.what();
  }
  return look;
}

std::vector<Look> look_at_all(const std::vector<std::filesystem::path>& files, const DecodeLimits& limits, int threads,
                              const std::function<void(std::int64_t, std::int64_t)>& progress) {
  std::vector<Look> looks(files.size());
  std::atomic<std::size_t> next = 0, done = 0;
  std::vector<std::thread> workers;
  for (int t = 0; t < thread_count(threads); ++t)
    workers.emplace_back([&] {
      for (std::size_t i = next++; i < files.size(); i = next++, ++done) looks[i] = look_at(files[i], limits);
    });
  while (done < files.size()) {
    if (progress) progress(static_cast<std::int64_t>(done), static_cast<std::int64_t>(files.size()));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  for (auto& worker : workers) worker.join();
  return looks;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

std::string text_of(const char* format, auto... values) {
  char text[160];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + value;
  return text.empty() ? "none" : text;
}

bool share_one(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::any_of(a, [&](const std::string& value) { return std::ranges::find(b, value) != b.end(); });
}

class LabelChecker {
 public:
  LabelChecker(const Catalog& catalog, const std::string& key, const LabelCheckOptions& options)
      : catalog_(catalog), options_(options), crops_(crops_in_use(catalog)) {
    for (LookKey after = {};;) {
      auto page = catalog.images_after(after, 10'000);
      if (page.empty()) break;
      after = page.back().key;
      for (auto& image : page) {
        auto& values = values_.emplace_back();
        for (const Label& label : image.labels)
          if (label.key == key) values.push_back(label.value);
        images_.push_back(std::move(image));
      }
    }
  }

  LabelCheck run(const std::function<void(std::int64_t, std::int64_t)>& progress) {
    count();
    check_sizes();
    check_crops();
    std::vector<std::filesystem::path> files;
    for (const auto& image : images_) files.push_back(catalog_.home() / image.file);
    const auto looks = look_at_all(files, photo_limits(catalog_), options_.threads, progress);
    check_pixels(looks);
    check_copies(looks);
    std::ranges::stable_sort(check_.findings, {}, &LabelFinding::fault);
    return std::move(check_);
  }

 private:
  void find(LabelFault fault, std::size_t i, std::string reason) {
    check_.findings.push_back({fault, images_[i].id, std::move(reason)});
  }

  void count() {
    std::map<std::string, std::int64_t> counts;
    for (std::size_t i = 0; i < images_.size(); ++i) {
      for (const auto& value : values_[i]) ++counts[value];
      check_.unlabelled += values_[i].empty();
      if (values_[i].size() > 1) find(LabelFault::kSeveralValues, i, joined(values_[i]));
    }
    check_.images = static_cast<std::int64_t>(images_.size());
    check_.counts.assign(counts.begin(), counts.end());
  }

  void check_sizes() {
    std::vector<double> sizes, shapes;
    for (const auto& image : images_) {
      sizes.push_back(std::sqrt(static_cast<double>(image.width) * image.height));
      shapes.push_back(static_cast<double>(image.width) / image.height);
    }
    const double size = median(sizes), shape = median(shapes);
    for (std::size_t i = 0; i < images_.size(); ++i) {
      const int width = images_[i].width, height = images_[i].height;
      if (std::min(width, height) < options_.smallest_side_px)
        find(LabelFault::kSmall, i,
             text_of("%d x %d: a side is under %d pixels", width, height, options_.smallest_side_px));
      else if (sizes[i] * options_.size_factor < size)
        find(LabelFault::kSmall, i, text_of("%d x %d; the median photo is %.0f pixels square", width, height, size));
      const double ratio = shapes[i] / shape;
      if (ratio > options_.shape_factor || ratio * options_.shape_factor < 1)
        find(LabelFault::kOddShape, i,
             text_of("%d x %d: width / height %.2f, the median is %.2f", width, height, shapes[i], shape));
    }
  }

  void check_crops() {
    for (std::size_t i = 0; i < images_.size(); ++i)
      if (const auto crop = catalog_.crop(images_[i].key, crops_); crop && crop->reason == "no_garment")
        find(LabelFault::kNoClothes, i, crop->origin + " found nobody in clothes");
  }

  void check_pixels(const std::vector<Look>& looks) {
    for (std::size_t i = 0; i < images_.size(); ++i) {
      if (!looks[i].print) find(LabelFault::kUnreadable, i, looks[i].problem);
      if (looks[i].dark >= kNearBlack)
        find(LabelFault::kNearBlack, i, text_of("%.0f %% is black", 100 * looks[i].dark));
      if (looks[i].text >= kTextHeavy)
        find(LabelFault::kTextHeavy, i, text_of("%.0f %% of it looks like print", 100 * looks[i].text));
    }
  }

  // Each copy against the first photo of another style, in the order of the catalog.
  void check_copies(const std::vector<Look>& looks) {
    CopyIndex index;
    std::vector<std::size_t> image_of;  // by number in the index
    for (std::size_t i = 0; i < images_.size(); ++i) {
      if (!looks[i].print || values_[i].empty() || looks[i].dark >= kNearBlack) continue;
      for (const std::size_t number : index.find(*looks[i].print)) {
        const std::size_t other = image_of[number];
        if (share_one(values_[i], values_[other])) continue;
        find(LabelFault::kCopyElsewhere, i,
             joined(values_[i]) + ", but its near copy " + images_[other].id + " is " + joined(values_[other]));
        break;
      }
      index.add(*looks[i].print);
      image_of.push_back(i);
    }
  }

  const Catalog& catalog_;
  const LabelCheckOptions& options_;
  const std::string crops_;
  std::vector<ImageRecord> images_;
  std::vector<std::vector<std::string>> values_;  // of the key, by image
  LabelCheck check_;
};

}  // namespace

std::string_view to_string(LabelFault fault) { return word_of(fault, kFaults); }

LabelCheck check_labels(const Catalog& catalog, const std::string& key, const LabelCheckOptions& options,
                        const std::function<void(std::int64_t, std::int64_t)>& progress) {
  return LabelChecker(catalog, key, options).run(progress);
}

}  // namespace ootd
