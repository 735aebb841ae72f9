#include "ootd/ingest/import.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <future>
#include <map>
#include <new>
#include <set>
#include <thread>
#include <unordered_set>
#include <utility>

#include "ootd/base/channel.h"
#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/base/threads.h"
#include "ootd/ingest/annotations.h"
#include "ootd/ingest/boxes.h"
#include "ootd/ingest/copy_finder.h"
#include "ootd/ingest/listing.h"
#include "ootd/ingest/photo_store.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr char kStage[] = "import";

// What a worker found out about one listed photo; listed.reason is set where it cannot be imported.
struct Outcome {
  Listed listed;
  ImageRecord image;
  std::optional<CopyFinder::Parts> parts{};  // of a photo that the catalog had not
  bool kept_out = false;
  std::int64_t mtime_ns = 0;
  bool remember = false;  // this path, size and time are to be noted
  bool copied = false;    // the copy was written just now and may not be on the disk yet
  Tallies boxes;          // what became of the listed ones
};

// "a.jpg: is empty" under the item "a.jpg" need not say the name twice.
std::string without_prefix(const std::string& reason, const std::string& item) {
  const std::string prefix = item + ": ";
  return reason.starts_with(prefix) ? reason.substr(prefix.size()) : reason;
}

// Whether a photo that lay here has been moved away: a disk that is not there now takes its folders with it.
bool is_moved_away(const std::string& source) {
  const fs::path path(source);
  if (!path.is_absolute()) return false;
  std::error_code error;
  for (fs::path above = path.parent_path(); above != above.root_path(); above = above.parent_path())
    if (fs::is_regular_file(above, error)) return false;  // in an archive, which is here
  if (fs::symlink_status(path, error).type() != fs::file_type::not_found) return false;
  const fs::path folder = path.parent_path();
  return fs::exists(folder, error) || fs::exists(folder.parent_path(), error);
}

// One listing thread -> workers that read, check and copy -> the calling thread, which commits in listing order.
class Import {
 public:
  Import(Catalog& catalog, const ImportOptions& options, const Progress& progress)
      : catalog_(catalog), options_(options), progress_(progress) {
    for (const Failure& failure : catalog.failures(kStage)) failed_before_.insert(failure.item);
  }

  ImportReport run(std::span<const fs::path> paths);

 private:
  Outcome examine(Listed listed) const;
  void read_and_copy(Outcome& outcome, std::int64_t bytes) const;
  void put_boxes(Outcome& outcome, std::span<const std::byte> content) const;
  void commit(std::vector<Outcome>& batch);
  void store(const Outcome& outcome);
  void store_words(const Listed& listed, const Catalog::Added& added, const std::vector<Label>& labels_before);
  void count_relabelled();
  void clear_mended(const std::vector<std::string>& readable);
  void show_progress(bool last);

  Catalog& catalog_;
  const ImportOptions& options_;
  const Progress& progress_;
  std::set<std::string> failed_before_;
  std::atomic<std::int64_t> listed_ = 0;
  // Of the calling thread.
  std::optional<CopyFinder> copies_;              // from the first new photo on: it reads every fingerprint there is
  std::unordered_set<std::uint64_t> spoken_of_;   // hashes of the sources
  std::map<LookKey, std::vector<Label>> before_;  // labels of this batch's photos that lost some, which may come back
  ImportReport report_;
  std::map<LookKey, std::vector<Garment>> drawn_;  // boxes of this run: several files may name a photo
  std::int64_t done_ = 0;
  Clock::time_point shown_;
};

ImportReport Import::run(std::span<const fs::path> paths) {
  using Task = std::packaged_task<Outcome()>;
  const int threads = thread_count(options_.threads);
  const auto batch_size = static_cast<std::size_t>(options_.photos_per_commit);
  // The futures wait here in listing order; so many photos may be ahead of the one that is waited for.
  Channel<std::future<Outcome>> results(std::max<std::size_t>(2 * batch_size, 4 * threads));
  Channel<Task> tasks(2 * threads);
  struct Closing {
    Channel<std::future<Outcome>>& results;
    Channel<Task>& tasks;
    ~Closing() {
      results.close();
      tasks.close();
    }
  };

  auto listing = std::async(std::launch::async, [&] {
    const Closing at_end{results, tasks};
    return list_photos(paths, options_.label_key, catalog_.home(), [&](Listed listed) {
      Task task([this, listed = std::move(listed)]() mutable { return examine(std::move(listed)); });
      auto result = task.get_future();
      ++listed_;
      if (!results.push(std::move(result))) throw Stopped("the import has ended");  // no need to list the rest
      tasks.push(std::move(task));
    });
  });
  std::vector<std::jthread> workers;
  const Closing at_end{results, tasks};  // an exception below must end the threads before they are joined
  for (int i = 0; i < threads; ++i)
    workers.emplace_back([&] {
      while (auto task = tasks.pop()) (*task)();
    });

  std::vector<Outcome> batch;
  while (auto result = results.pop()) {
    batch.push_back(result->get());
    ++done_;
    show_progress(false);
    if (batch.size() >= batch_size) commit(batch);
    if (progress_.stop.stop_requested()) break;
  }
  commit(batch);
  show_progress(true);
  progress_.check();
  const Listing whole = listing.get();
  const Tallies fitted = std::exchange(report_.notes, whole.notes).boxes;
  add_to(report_.notes.boxes, fitted);
  clear_mended(whole.readable);
  return std::move(report_);
}

Outcome Import::examine(Listed listed) const {
  Outcome outcome;
  outcome.listed = std::move(listed);
  std::string& reason = outcome.listed.reason;
  if (!reason.empty()) return outcome;
  if (outcome.listed.bytes) {
    read_and_copy(outcome, -1);  // an archive is read from front to back: it cannot be skipped unread
    return outcome;
  }
  const fs::path& path = outcome.listed.path;
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) {
    reason = path.string() + ": cannot open: " + std::generic_category().message(errno);
    return outcome;
  }
  // Taken before the bytes are read: if the file changes meanwhile, the next import sees another time and reads again.
  outcome.mtime_ns = status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec;
  if (const auto id = catalog_.find_source(path.native(), status.st_size, outcome.mtime_ns)) {
    if (auto image = catalog_.find_image(*id); image && copy_is_whole(catalog_.home(), *image)) {
      outcome.image = std::move(*image);
      try {
        put_boxes(outcome, {});
      } catch (const Error& error) {
        if (error.kind() == Kind::kUnavailable) throw;
        reason = error.what();
      }
      return outcome;
    }
  }
  read_and_copy(outcome, status.st_size);
  return outcome;
}

void Import::read_and_copy(Outcome& outcome, std::int64_t bytes) const {
  const fs::path& path = outcome.listed.path;
  ImageRecord& image = outcome.image;
  const auto held = std::move(outcome.listed.bytes);  // of an archive; let go here, however it goes
  std::vector<std::byte> read;
  std::span<const std::byte> content;
  bool is_known = false;
  try {
    if (!held) read = read_file(path, options_.limits.max_bytes);
    content = held ? *held : read;
    ImageId id = photo_id(content);
    if (auto known = catalog_.find_image(id)) {
      image = std::move(*known);
      is_known = true;
    } else {
      if (!options_.restore_removed && catalog_.is_kept_out(id)) {
        outcome.kept_out = true;
        return;
      }
      ExaminedPhoto photo = examine_photo(std::move(id), content, path.native(), options_.limits);
      image = std::move(photo.image);
      outcome.parts = CopyFinder::examine(photo.preview);
    }
    put_boxes(outcome, content);
  } catch (const Error& error) {
    if (error.kind() == Kind::kUnavailable) throw;  // the catalog's, not the photo's
    outcome.listed.reason = error.what();
    return;
  } catch (const std::bad_alloc&) {
    outcome.listed.reason = "needs more memory than there is";
    return;
  }
  // A file that grew or shrank meanwhile is imported as it was read, but not remembered under its old size.
  outcome.remember = static_cast<std::int64_t>(content.size()) == bytes;
  // The copy of an image that is not in the catalog may be left from before a power cut, with any content: write it
  // anew.
  if (is_known && copy_is_whole(catalog_.home(), image)) return;
  put_copy(catalog_.home(), image, content);
  outcome.copied = true;
}

// content: the photo's bytes, or nothing if they were not read. How it lies in its file decides only for boxes that
// were measured on a bitmap of other sides.
void Import::put_boxes(Outcome& outcome, std::span<const std::byte> content) const {
  Listed& listed = outcome.listed;
  if (listed.garments.empty()) return;
  ImageHeader header{.width = outcome.image.width, .height = outcome.image.height, .format = outcome.image.format};
  const Frame& frame = listed.frame;
  if (frame.unit == Frame::Unit::kBitmap && (frame.width != header.width || frame.height != header.height)) {
    std::vector<std::byte> read;
    if (content.empty()) {
      read = read_file(catalog_.home() / outcome.image.file);
      content = read;
    }
    header = read_image_header(content, listed.path.native(), options_.limits);
  }
  fit_boxes(listed, header, outcome.boxes);
}

void Import::commit(std::vector<Outcome>& batch) {
  if (batch.empty()) return;
  if (std::ranges::any_of(batch, &Outcome::copied)) sync_copies(catalog_.home());
  const auto is_new = [](const Outcome& outcome) { return outcome.parts.has_value(); };
  if (!copies_ && std::ranges::any_of(batch, is_new)) copies_.emplace(catalog_);
  Catalog::Batch transaction(catalog_);
  for (const Outcome& outcome : batch) store(outcome);
  count_relabelled();
  transaction.commit();
  batch.clear();
}

void Import::store(const Outcome& outcome) {
  const Listed& listed = outcome.listed;
  if (!listed.reason.empty()) {
    Failure failure{kStage, listed.where, without_prefix(listed.reason, listed.where)};
    catalog_.put_failure(failure);
    report_.failures.push_back(std::move(failure));
    ++report_.failed;
    return;
  }
  if (failed_before_.contains(listed.where)) catalog_.clear_failure(kStage, listed.where);
  if (outcome.kept_out) {
    ++report_.kept_out;
    return;
  }
  ImageRecord image = outcome.image;
  image.labels.clear();
  const Catalog::Added added = catalog_.add_image(image);
  if (!listed.again) ++(added.is_new ? report_.added : report_.skipped);
  add_to(report_.notes.boxes, outcome.boxes);
  if (added.is_new) {
    catalog_.let_in(image.id);
    if (outcome.parts && copies_->add(added.key, *outcome.parts)) ++report_.copies;
  }
  if (outcome.remember) catalog_.remember_source(listed.path.native(), image.bytes, outcome.mtime_ns, image.id);
  store_words(listed, added, outcome.image.labels);
}

void Import::store_words(const Listed& listed, const Catalog::Added& added, const std::vector<Label>& labels_before) {
  const Claim claim{listed.path.native(), listed.by, listed.labels};
  const bool goes_on = !spoken_of_.insert(hash_text(claim.source)).second;
  std::int64_t lost = catalog_.put_claim(added.key, claim, goes_on);
  // Apart, so that the next import need not say them again.
  if (!options_.extra_labels.empty())
    catalog_.put_claim(added.key, {claim.source, "--label", options_.extra_labels}, /*goes_on=*/true);
  if (!added.is_new && !goes_on)
    for (const std::string& other : catalog_.sources(added.key))
      if (other != claim.source && is_moved_away(other)) lost += catalog_.drop_source(added.key, other);
  if (lost > 0) before_.try_emplace(added.key, labels_before);

  if (listed.garments.empty() && !listed.says_boxes) return;
  auto [drawn, is_first] = drawn_.try_emplace(added.key);
  const std::size_t before = drawn->second.size();
  unite_garments(drawn->second, listed.garments);
  if (is_first || drawn->second.size() > before) catalog_.put_garments(added.key, kLabelOrigin, drawn->second);
}

void Import::count_relabelled() {
  for (const auto& [look, labels] : before_)
    if (const auto image = catalog_.find_image(look); image && !std::ranges::includes(image->labels, labels))
      ++report_.relabelled;
  before_.clear();
}

// Folders and annotation files that were read, and rows of these that failed before and did not now.
void Import::clear_mended(const std::vector<std::string>& readable) {
  std::set<std::string> failed;
  for (const Failure& failure : report_.failures) failed.insert(failure.item);
  const std::set<std::string> read(readable.begin(), readable.end());
  for (const std::string& item : failed_before_)
    if (!failed.contains(item) && (read.contains(item) || read.contains(item.substr(0, item.rfind(':')))))
      catalog_.clear_failure(kStage, item);
}

void Import::show_progress(bool last) {
  constexpr auto kPause = std::chrono::milliseconds(200);
  const auto now = Clock::now();
  if (!last && now - shown_ < kPause) return;
  shown_ = now;
  progress_.update(kStage, done_, listed_);
}

void check(const ImportOptions& options) {
  if (options.label_key.empty()) throw Error(Kind::kInput, "label_key: the key of folder names must not be empty");
  for (const Label& label : options.extra_labels)
    if (label.key.empty() || label.value.empty())
      throw Error(Kind::kInput,
                  "label \"" + label.key + "=" + label.value + "\": write KEY=VALUE, neither of them empty");
  if (options.threads < 0) throw Error(Kind::kInput, "threads: must be 0 (all cores) or more");
  if (options.photos_per_commit < 1) throw Error(Kind::kInput, "photos_per_commit: must be at least 1");
}

}  // namespace

ImportReport import_paths(Catalog& catalog, std::span<const fs::path> paths, const ImportOptions& options,
                          const Progress& progress) {
  check(options);
  return Import(catalog, options, progress).run(paths);
}

}  // namespace ootd
