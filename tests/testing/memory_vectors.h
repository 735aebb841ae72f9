// A VectorLog in memory that has what an index needs of one: vectors, erasures and their feed. Tests and benches only.
// Threads: as VectorLog.
#pragma once

#include <algorithm>
#include <charconv>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/catalog/vectors.h"

namespace ootd::testing {

class MemoryVectors final : public VectorLog {
 public:
  // A cursor of a log of another name, or one that this log has not reached, is refused.
  explicit MemoryVectors(std::string name = "memory") : name_(std::move(name)) {}

  std::int64_t put_vectors(const Generation& generation, std::span<const LookKey> looks, const Matrix& vectors,
                           std::span<const std::optional<Box>> = {}) override {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < looks.size(); ++i)
      set(feeds_[generation], looks[i], {vectors.row(i).begin(), vectors.row(i).end()});
    return static_cast<std::int64_t>(looks.size());
  }
  // As LookStore::erase_image does.
  void erase(LookKey look) {
    const std::lock_guard lock(mutex_);
    for (auto& [generation, feed] : feeds_)
      if (feed.at.contains(look)) set(feed, look, {});
  }

  std::int64_t vector_count(const Generation& generation) const override {
    const std::lock_guard lock(mutex_);
    return std::ranges::count_if(feed(generation).changes, [](const auto& entry) { return !entry.second.erased; });
  }
  std::size_t vector_dim(const Generation& generation) const override {
    const std::lock_guard lock(mutex_);
    for (const auto& [at, change] : feed(generation).changes)
      if (!change.erased) return change.vector.size();
    return 0;
  }
  std::optional<std::vector<float>> vector(const Generation& generation, LookKey look) const override {
    const std::lock_guard lock(mutex_);
    const Feed& from = feed(generation);
    const auto found = from.at.find(look);
    if (found == from.at.end() || from.changes.at(found->second).erased) return std::nullopt;
    return from.changes.at(found->second).vector;
  }

  Changes changes_after(const Generation& generation, const Cursor& cursor, int limit) const override {
    const std::lock_guard lock(mutex_);
    const Feed& from = feed(generation);
    Changes changes;
    std::uint64_t at = number_of(cursor);
    auto next = from.changes.upper_bound(at);
    for (; next != from.changes.end() && changes.changes.size() < static_cast<std::size_t>(limit); ++next) {
      changes.changes.push_back(next->second);
      at = next->first;
    }
    changes.more = next != from.changes.end();
    changes.cursor = name_ + ":" + std::to_string(at);
    return changes;
  }

  std::int64_t adopt_vectors(const Generation&, const Generation&, int) override { lacks("adopt_vectors"); }
  std::vector<LookKey> looks_to_embed(const Generation&, LookKey, int) const override { lacks("looks_to_embed"); }
  Stored vectors(const Generation&, std::span<const LookKey>) const override { lacks("vectors"); }
  std::vector<Held> generations() const override { lacks("generations"); }
  std::optional<Generation> serving() const override { lacks("serving"); }
  std::optional<Generation> served_before() const override { lacks("served_before"); }
  void serve(const Generation&) override { lacks("serve"); }
  std::int64_t drop_old_vectors(int) override { lacks("drop_old_vectors"); }

 private:
  struct Feed {
    std::map<std::uint64_t, Change> changes;  // by when; one for each look
    std::map<LookKey, std::uint64_t> at;
  };

  [[noreturn]] static void lacks(const std::string& name) {
    throw Error(Kind::kInternal, "MemoryVectors has no " + name);
  }

  void set(Feed& feed, LookKey look, std::vector<float> vector) {
    if (const auto known = feed.at.find(look); known != feed.at.end()) feed.changes.erase(known->second);
    feed.at[look] = ++last_;
    const bool erased = vector.empty();
    feed.changes[last_] = {look, erased, std::move(vector)};
  }
  const Feed& feed(const Generation& generation) const {
    static const Feed none;
    const auto found = feeds_.find(generation);
    return found == feeds_.end() ? none : found->second;
  }
  std::uint64_t number_of(const Cursor& cursor) const {
    if (cursor.empty()) return 0;
    const std::string start = name_ + ":";
    std::uint64_t number = 0;
    const char* end = cursor.data() + cursor.size();
    if (!cursor.starts_with(start) || std::from_chars(cursor.data() + start.size(), end, number).ptr != end ||
        number > last_)
      throw Error(Kind::kInput, "the cursor is of another store");
    return number;
  }

  const std::string name_;
  mutable std::mutex mutex_;
  std::map<Generation, Feed> feeds_;
  std::uint64_t last_ = 0;
};

}  // namespace ootd::testing
