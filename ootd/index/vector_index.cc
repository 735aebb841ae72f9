#include "ootd/index/vector_index.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/sha256.h"
#include "ootd/index/index_state.h"

namespace ootd {
namespace {

constexpr int kPage = 4096;               // changes read from the feed at once
constexpr std::size_t kSmallTail = 1024;  // a tail up to this long is never worth folding
constexpr std::size_t kMostLines = 20;    // of looks that differ

}  // namespace

struct VectorIndex::Impl {
  Impl(const VectorLog& the_log, Generation the_generation, const std::filesystem::path& home)
      : log(the_log), generation(std::move(the_generation)), path(snapshot_path(home, generation)) {}

  const VectorLog& log;
  const Generation generation;
  const std::filesystem::path path;

  // A state, and the view that requests get of it.
  struct Published {
    std::shared_ptr<const IndexState> state;
    std::shared_ptr<const IndexView> view;
  };
  std::mutex folding;           // held for as long as a new base is made; taken before `replaying`
  std::mutex replaying;         // held while the next state is made from the present one
  mutable std::mutex swapping;  // guards `published`, for as long as its pointers are copied
  Published published;

  Published now() const {
    const std::lock_guard lock(swapping);
    return published;
  }
  std::shared_ptr<const IndexState> publish(IndexState state) {
    Published next;
    next.state = std::make_shared<const IndexState>(std::move(state));
    next.view = std::make_shared<const IndexView>(generation, next.state);
    auto shown = next.state;
    const std::lock_guard lock(swapping);
    std::swap(published, next);
    return shown;
  }

  // The present state with what the feed has got since.
  std::shared_ptr<const IndexState> catch_up() {
    const std::lock_guard lock(replaying);
    auto state = now().state;
    auto changes = log.changes_after(generation, state->cursor(), kPage);
    if (changes.changes.empty() && !changes.more) return state;
    IndexState next = *state;
    next.apply(changes);
    if (changes.more) replay(next);
    return publish(std::move(next));
  }
  // Takes the place of the present state, which may have gone on while this one was made.
  void publish_newest(IndexState next) {
    const std::lock_guard lock(replaying);
    replay(next);
    publish(std::move(next));
  }

  // Returns whether there was anything new.
  bool replay(IndexState& state) const {
    for (bool moved = false;;) {
      const auto changes = log.changes_after(generation, state.cursor(), kPage);
      state.apply(changes);
      moved = moved || !changes.changes.empty();
      if (!changes.more) return moved;
    }
  }

  // The dead rows of the base cost memory, and the tail time to copy at each change.
  bool should_fold(const IndexState& state) const {
    const std::size_t base = state.base().vectors.size(), dead = base - state.living_count();
    return std::max(state.tail().size(), dead) > std::max(kSmallTail, base / 16);
  }

  // The state with its tail moved into the base, and without the base's dead rows.
  IndexState folded(const IndexState& state) const {
    auto base = std::make_shared<IndexBase>();
    base->cursor = state.cursor();
    base->vectors = state.merged();
    return IndexState(std::move(base));
  }

  // Everything from the feed.
  IndexState build() const {
    IndexState state;
    replay(state);
    return folded(state);
  }

  // The snapshot with the feed's newer vectors, unless it is missing, damaged, or does not fit the log.
  std::optional<IndexState> load() const {
    try {
      auto base = std::make_shared<const IndexBase>(read_snapshot(read_file(path), generation));
      IndexState state = IndexState(std::move(base));
      replay(state);
      if (!fits_log(state)) return std::nullopt;
      return should_fold(state) ? folded(state) : std::move(state);
    } catch (const Error& error) {
      if (error.kind() == Kind::kUnavailable) throw;  // the log's trouble, which a rebuild would meet as well
      return std::nullopt;
    }
  }

  // Whether the state has the look as the log has it; so says a look that is being written, too.
  bool agrees(IndexState& state, LookKey look) const {
    const auto stored = log.vector(generation, look);
    const auto is_indexed = [&] {
      return std::ranges::equal(stored.value_or(std::vector<float>()), state.vector(look));
    };
    if (is_indexed()) return true;
    replay(state);  // it may have been written since; but not if it stands there all the while
    return log.vector(generation, look) != stored || is_indexed();
  }

  // A cursor alone does not tell a log from another one that was made in its place: compare some vectors too.
  bool fits_log(IndexState& state) const {
    constexpr std::size_t kCompared = 64;
    const auto looks = state.base().vectors.keys();
    for (std::size_t i = 0; i < looks.size(); i += looks.size() / kCompared + 1)
      if (!agrees(state, looks[i])) return false;
    const bool fits = static_cast<std::int64_t>(state.size()) == log.vector_count(generation);
    return fits || replay(state);  // somebody writes: no verdict now
  }

  // Compares the state, which is of now, with the whole feed. Returns whether that is a verdict: if somebody wrote
  // meanwhile, no look that moved is held against the state, and the number of looks is not compared.
  bool compare(IndexState& state, std::vector<std::string>& problems) const {
    std::vector<LookKey> differing;
    std::size_t stored = 0;
    VectorLog::Changes page;
    do {
      page = log.changes_after(generation, page.cursor, kPage);
      for (const auto& change : page.changes) {
        stored += change.erased ? 0u : 1u;
        const auto vector = state.vector(change.look);
        if (change.erased ? !vector.empty() : !std::ranges::equal(vector, change.vector))
          differing.push_back(change.look);
      }
    } while (page.more);
    const std::size_t indexed = state.size();
    const bool moved = replay(state);
    for (const LookKey look : differing) {
      if (problems.size() == kMostLines) return true;
      if (!agrees(state, look))
        problems.push_back(log.vector(generation, look)
                               ? "the indexed vector of look " + to_string(look) + " is not the catalog's"
                               : "look " + to_string(look) + " is erased in the catalog, but indexed");
    }
    if (!moved && stored != indexed)
      problems.push_back("the index has " + std::to_string(indexed) + " looks, the catalog " + std::to_string(stored));
    return !moved;
  }

  void save(const IndexState& state) const {
    std::error_code ignored;  // where there is no folder, writing says why
    std::filesystem::create_directories(path.parent_path(), ignored);
    write_file_atomically(path, write_snapshot(state.base(), generation));
  }
};

VectorIndex::VectorIndex(const VectorLog& log, Generation generation, const std::filesystem::path& home)
    : impl_(std::make_unique<Impl>(log, std::move(generation), home)) {
  auto loaded = impl_->load();
  impl_->publish(loaded ? *std::move(loaded) : impl_->build());
}

VectorIndex::~VectorIndex() = default;

const Generation& VectorIndex::generation() const { return impl_->generation; }

std::shared_ptr<const IndexView> VectorIndex::view() const { return impl_->now().view; }

void VectorIndex::refresh() {
  try {
    if (!impl_->should_fold(*impl_->catch_up())) return;
    const std::unique_lock folding(impl_->folding, std::try_to_lock);
    if (!folding) return;  // another thread is at it; the tail is exact meanwhile
    const auto state = impl_->now().state;
    if (impl_->should_fold(*state)) impl_->publish_newest(impl_->folded(*state));
  } catch (const Error& error) {
    if (error.kind() != Kind::kInput) throw;
    // The feed that it followed is gone (the generation was dropped and made anew): begin at its beginning.
    const std::lock_guard folding(impl_->folding);
    impl_->publish_newest(impl_->build());
  }
}

void VectorIndex::rebuild() {
  const std::lock_guard folding(impl_->folding);
  impl_->publish_newest(impl_->build());
  impl_->save(*impl_->now().state);
}

void VectorIndex::save() const { impl_->save(*impl_->now().state); }

VectorIndex::Stats VectorIndex::stats() const {
  const auto state = impl_->now().state;
  std::error_code missing;
  const auto bytes = std::filesystem::file_size(impl_->path, missing);
  return {.vectors = state->size(), .dim = state->dim(), .bytes = missing ? 0 : bytes, .tail = state->tail().size()};
}

std::vector<std::string> VectorIndex::verify() const {
  constexpr int kTries = 3;
  std::vector<std::string> problems;
  IndexState state = *impl_->now().state;
  impl_->replay(state);
  for (int i = 0; i < kTries; ++i) {
    problems.clear();
    if (impl_->compare(state, problems)) break;
  }
  if (std::filesystem::exists(impl_->path)) {
    try {
      read_snapshot(read_file(impl_->path), impl_->generation);
    } catch (const Error& error) {
      problems.push_back(impl_->path.string() + " " + error.what() + "; `ootd index build` makes it anew");
    }
  }
  return problems;
}

std::filesystem::path VectorIndex::snapshot_path(const std::filesystem::path& home, const Generation& generation) {
  // A model's name may hold anything ("org/name", ".."); a file's name here may not.
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string name;
  for (const unsigned char c : generation.model) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || (c == '.' && !name.empty());
    if (plain)
      name += static_cast<char>(c);
    else
      name.append({'%', kHex[c >> 4], kHex[c & 15]});
  }
  if (!generation.crops.empty()) name += "+" + sha256_hex(std::as_bytes(std::span(generation.crops))).substr(0, 16);
  return home / "index" / (name + ".ootdidx");
}

}  // namespace ootd
