// The cards that were dealt, on their way into the catalog: an answer never waits for them to be written. Those that
// wait together become one transaction. Of a person without swipes nothing is written (who only looks leaves no trace,
// and a shown card must not bring a forgotten one back).
// Threads: any, at once.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "ootd/catalog/catalog.h"

namespace ootd {

class ShownLog {
 public:
  // Runs a write later, in the order of the calls; false if there is no room.
  using WriteLater = std::function<bool(std::function<void()>)>;

  ShownLog(Catalog& catalog, WriteLater write_later) : catalog_(catalog), write_later_(std::move(write_later)) {}

  void add(std::vector<Event> cards);
  // Cards that were never written: too many waited, or the catalog could not be written to.
  std::uint64_t dropped() const;

 private:
  void write();

  Catalog& catalog_;
  const WriteLater write_later_;
  mutable std::mutex mutex_;  // guards all below; never held while the catalog is written
  std::vector<Event> waiting_;
  bool coming_ = false;  // a write() is on its way
  std::uint64_t dropped_ = 0;
};

}  // namespace ootd
