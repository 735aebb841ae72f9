#include "ootd/store/search_index.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/store/index_state.h"

namespace ootd {
namespace {

constexpr int kPage = 4096;               // changes read from the catalog at once
constexpr std::size_t kSmallTail = 1024;  // a tail up to this long is never worth folding

}  // namespace

struct SearchIndex::Impl {
  Impl(const Catalog& the_catalog, std::string the_model, SearchParams the_params)
      : catalog(the_catalog), model(std::move(the_model)), params(the_params) {
    check_params(hnsw_params());
  }

  const Catalog& catalog;
  const std::string model;
  const SearchParams params;
  std::mutex folding;           // held for as long as a new base is made; taken before `replaying`
  std::mutex replaying;         // held while the next state is made from the present one
  mutable std::mutex swapping;  // guards `published`, for as long as a pointer is copied
  std::shared_ptr<const IndexState> published = std::make_shared<IndexState>();

  HnswParams hnsw_params() const { return {params.M, params.ef_construction, params.ef_search, params.build_threads}; }
  std::filesystem::path path() const { return snapshot_path(catalog.home(), model); }
  std::shared_ptr<const IndexState> state() const {
    const std::lock_guard lock(swapping);
    return published;
  }
  std::shared_ptr<const IndexState> publish(IndexState state) {
    const auto next = std::make_shared<const IndexState>(std::move(state));
    const std::lock_guard lock(swapping);
    return published = next;
  }

  // The present state with what the catalog has got since.
  std::shared_ptr<const IndexState> catch_up() {
    const std::lock_guard lock(replaying);
    auto now = state();
    if (catalog.last_sequence(model) == now->sequence()) return now;
    IndexState next = *now;
    replay(next);
    return publish(std::move(next));
  }
  // Takes the place of the present state, which may have gone on while this one was made.
  void publish_newest(IndexState next) {
    const std::lock_guard lock(replaying);
    replay(next);
    publish(std::move(next));
  }

  void replay(IndexState& state) const {
    for (;;) {
      const auto changes = catalog.changes_after(model, state.sequence(), kPage);
      for (const auto& change : changes) state.apply(change);
      if (changes.size() < static_cast<std::size_t>(kPage)) return;
    }
  }

  bool should_fold(const IndexState& state) const {
    if (state.tail().size() > std::max(kSmallTail, state.base().vectors().size() / 16)) return true;
    return !state.base().graph && state.tail().size() > 0 && state.size() >= params.exact_below;
  }

  // The state with its tail moved into the base. A graph is copied and grown, which costs its insertions only; it is
  // built anew when a quarter of it would be tombstones.
  IndexState folded(const IndexState& state) const {
    auto base = std::make_shared<IndexBase>();
    base->sequence = state.sequence();
    const IndexBase& old = state.base();
    if (state.size() < params.exact_below || state.size() == 0) {
      base->flat = state.merged();
    } else {
      std::unique_ptr<HnswStore> graph;
      if (old.graph && (old.vectors().size() - state.living_count()) * 4 < old.vectors().size()) {
        graph = std::make_unique<HnswStore>(*old.graph);
        for (const Row row : old.vectors().rows())
          if (!state.is_living(row)) graph->erase(row);
        Matrix vectors(state.tail().size(), static_cast<std::size_t>(state.dim()));
        std::ranges::copy(state.tail().vectors(), vectors.values());
        graph->put(state.tail().rows(), vectors);
      } else {
        graph = std::make_unique<HnswStore>(state.merged(), hnsw_params());
      }
      base->plan = measure_walks(*graph, params.ef_search);
      base->graph = std::move(graph);
    }
    return IndexState(std::move(base));
  }

  // Everything from the catalog.
  IndexState build() const {
    IndexState state;
    replay(state);
    return folded(state);
  }

  // The snapshot with the catalog's newer rows, unless it is missing, damaged, made with other parameters, or does not
  // fit the catalog.
  std::optional<IndexState> load() const {
    try {
      auto base = std::make_shared<const IndexBase>(read_snapshot(read_file(path()), model));
      if ((base->graph != nullptr) != (base->vectors().size() >= params.exact_below)) return std::nullopt;
      if (base->graph &&
          (base->graph->params().M != params.M || base->graph->params().ef_construction != params.ef_construction ||
           base->graph->params().ef_search != params.ef_search))
        return std::nullopt;
      IndexState state = IndexState(std::move(base));
      replay(state);
      if (!fits_catalog(state)) return std::nullopt;
      return should_fold(state) ? folded(state) : std::move(state);
    } catch (const Error& error) {
      if (error.kind() == Kind::kUnavailable) throw;  // the catalog's trouble, which a rebuild would meet as well
      return std::nullopt;
    }
  }

  // Sequence numbers alone do not tell a catalog from another one that was made in its place: compare some vectors too.
  bool fits_catalog(const IndexState& state) const {
    constexpr std::size_t kCompared = 64;
    const auto last = catalog.last_sequence(model);
    if (state.sequence() > last) return false;
    bool fits = static_cast<std::int64_t>(state.size()) == catalog.embedding_count(model);
    const auto rows = state.base().vectors().rows();
    for (std::size_t i = 0; i < rows.size() && fits; i += rows.size() / kCompared + 1)
      if (state.is_living(rows[i])) {
        const auto stored = catalog.embedding(model, rows[i]);
        fits = stored && std::ranges::equal(*stored, state.vector(rows[i]));
      }
    return fits || catalog.last_sequence(model) != last;  // somebody writes: no verdict now
  }

  void save(const IndexState& state) const {
    std::error_code ignored;  // where there is no folder, writing says why
    std::filesystem::create_directories(path().parent_path(), ignored);
    write_file_atomically(path(), write_snapshot(state.base(), model));
  }
  // Whoever may only read the workspace can search it all the same; the next one to open it builds the graph again.
  bool try_save(const IndexState& state) const {
    try {
      save(state);
      return true;
    } catch (const Error&) {
      return false;
    }
  }
};

SearchIndex::SearchIndex(const Catalog& catalog, std::string model, SearchParams params)
    : impl_(std::make_unique<Impl>(catalog, std::move(model), params)) {
  if (auto state = impl_->load()) {
    impl_->publish(std::move(*state));
    return;
  }
  impl_->publish(impl_->build());
  if (!impl_->state()->base().graph) return;  // read from the catalog as quickly as from a snapshot
  impl_->try_save(*impl_->state());
}

SearchIndex::~SearchIndex() = default;

const std::string& SearchIndex::model() const { return impl_->model; }
int SearchIndex::dim() const { return impl_->state()->dim(); }
std::size_t SearchIndex::size() const { return impl_->state()->size(); }

Bitmap SearchIndex::rows() const { return impl_->state()->rows(); }

std::optional<std::vector<float>> SearchIndex::vector(Row row) const {
  const auto state = impl_->state();
  const auto found = state->vector(row);
  if (found.empty()) return std::nullopt;
  return std::vector<float>(found.begin(), found.end());
}

void SearchIndex::refresh() {
  if (!impl_->should_fold(*impl_->catch_up())) return;
  const std::unique_lock folding(impl_->folding, std::try_to_lock);
  if (!folding) return;  // another thread is at it; the tail is exact meanwhile
  const auto now = impl_->state();
  if (impl_->should_fold(*now)) impl_->publish_newest(impl_->folded(*now));
}

void SearchIndex::rebuild() {
  const std::lock_guard folding(impl_->folding);
  impl_->publish_newest(impl_->build());
  impl_->save(*impl_->state());
}

void SearchIndex::save() const { impl_->save(*impl_->state()); }

std::vector<Hit> SearchIndex::search(std::span<const float> query, int k, const Bitmap* allowed) const {
  return impl_->state()->search(query, k, allowed);
}

SearchIndex::Stats SearchIndex::stats() const {
  const auto state = impl_->state();
  std::error_code missing;
  const auto bytes = std::filesystem::file_size(impl_->path(), missing);
  return {.vectors = state->size(),
          .dim = state->dim(),
          .bytes = missing ? 0 : bytes,
          .graph = state->base().graph != nullptr,
          .tail = state->tail().size(),
          .sequence = state->sequence()};
}

std::vector<std::string> SearchIndex::verify() const {
  constexpr std::size_t kMostLines = 20;
  std::vector<std::string> problems;
  const auto report = [&](const std::string& problem) {
    if (problems.size() < kMostLines) problems.push_back(problem);
  };
  const auto state = impl_->state();
  std::size_t compared = 0;
  for (std::int64_t sequence = 0;;) {
    const auto changes = impl_->catalog.changes_after(impl_->model, sequence, kPage);
    for (const auto& change : changes) {
      sequence = change.sequence;
      if (sequence > state->sequence()) break;
      const auto vector = state->vector(change.row);
      if (change.erased) {
        if (!vector.empty()) report("row " + std::to_string(change.row) + " is erased in the catalog, but indexed");
        continue;
      }
      ++compared;
      if (!std::ranges::equal(vector, change.vector))
        report("the indexed vector of row " + std::to_string(change.row) + " is not the catalog's");
    }
    if (changes.size() < static_cast<std::size_t>(kPage) || sequence > state->sequence()) break;
  }
  // Rows that the catalog replaced or erased after this state was made are in the state alone: no fault.
  if (compared != state->size() && impl_->catalog.last_sequence(impl_->model) == state->sequence())
    report("the index has " + std::to_string(state->size()) + " rows, the catalog " + std::to_string(compared));

  if (std::filesystem::exists(impl_->path())) {
    try {
      read_snapshot(read_file(impl_->path()), impl_->model);
    } catch (const Error& error) {
      report(impl_->path().string() + " " + error.what() + "; `ootd index build` makes it anew");
    }
  }
  const IndexBase& base = state->base();
  if (base.graph && base.plan.ef > 0) {
    const double recall = measured_recall(*base.graph, base.plan.ef);
    if (recall < kPromisedRecall) report("recall@10 of the graph is " + std::to_string(recall) + ", below 0.99");
  }
  return problems;
}

std::filesystem::path SearchIndex::snapshot_path(const std::filesystem::path& home, const std::string& model) {
  // A model's name may hold anything ("org/name", ".."); a file's name here may not.
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string name;
  for (const unsigned char c : model) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || (c == '.' && !name.empty());
    if (plain)
      name += static_cast<char>(c);
    else
      name.append({'%', kHex[c >> 4], kHex[c & 15]});
  }
  return home / "index" / (name + ".ootdidx");
}

}  // namespace ootd
