// Made-up looks in an index, and swipes on them without a catalog. Tests only.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/index/vector_index.h"
#include "ootd/taste/deck.h"
#include "tests/testing/memory_vectors.h"
#include "tests/testing/temp_dir.h"

namespace ootd::testing {

inline LookKey key(int number) { return LookKey{static_cast<std::uint64_t>(number + 1)}; }
inline int number_of(LookKey key) { return static_cast<int>(key) - 1; }

// Row i belongs to key(i).
class Looks {
 public:
  explicit Looks(const Matrix& vectors) {
    std::vector<LookKey> keys;
    for (std::size_t i = 0; i < vectors.rows(); ++i) keys.push_back(key(static_cast<int>(i)));
    log_->put_vectors(kGeneration, keys, vectors);
    index_ = std::make_unique<VectorIndex>(*log_, kGeneration, dir_->path());
  }
  // Clusters of `each` looks one after the other, all in one cone, as embeddings of photos are.
  static Looks in_clusters(std::size_t clusters, std::size_t each, std::size_t dim, double spread = 0.5) {
    Random random(11);
    Matrix centres(clusters, dim), vectors(clusters * each, dim);
    for (std::size_t c = 0; c < clusters; ++c)
      for (float& value : centres.row(c)) value = static_cast<float>(random.normal());
    for (std::size_t i = 0; i < vectors.rows(); ++i) {
      for (std::size_t d = 0; d < dim; ++d)
        vectors.row(i)[d] = 2 + centres.row(i / each)[d] + static_cast<float>(spread * random.normal());
      normalize(vectors.row(i));
    }
    return Looks(vectors);
  }

  std::shared_ptr<const IndexView> view() const {
    index_->refresh();
    return index_->view();
  }
  MemoryVectors& log() { return *log_; }

  static inline const Generation kGeneration = {"test-model", ""};

 private:
  std::unique_ptr<TempDir> dir_ = std::make_unique<TempDir>();
  std::unique_ptr<MemoryVectors> log_ = std::make_unique<MemoryVectors>();
  std::unique_ptr<VectorIndex> index_;
};

// The person's next event.
inline void swipe(Swipes& swipes, int look, EventKind kind = EventKind::kLike, std::optional<float> predicted = {}) {
  const std::int64_t id = swipes.last_event() + 1;
  const Event shown = {.id = id,
                       .user = "u",
                       .kind = EventKind::kShown,
                       .look = key(look),
                       .deal = Deal{.policy = "p", .prediction = static_cast<double>(predicted.value_or(0))}};
  if (predicted) swipes.fold({&shown, 1});
  const Event event = {.id = id + 1, .user = "u", .kind = kind, .look = key(look)};
  swipes.fold({&event, 1});
}

// Look i has the value "0", "1" ... that stands at its place.
inline LookLabels labels_of(const std::vector<int>& numbers) {
  std::vector<std::pair<LookKey, std::string>> labels;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    labels.emplace_back(key(static_cast<int>(i)), std::to_string(numbers[i]));
  return {"style", labels};
}

inline std::vector<Card> deck_of(const Swipes& swipes, const IndexView& view, const DeckRequest& request = {},
                                 const std::string& policy = "kernel", const LookLabels* labels = nullptr) {
  return deal(*find_policy(policy), swipes, view, seen_of(view, swipes), labels, request);
}

}  // namespace ootd::testing
