// What a running server serves, followed while it changes: new vectors, erased looks, folds of the index, and the
// switch to another generation (`ootd embed` by another model, or after `ootd crop` by another detector) with its
// models.
//
// Threads: now() on any number; it never waits for the disk, a model or a fold. One thread of this object's own does
// all
//          of that work.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "ootd/index/vector_index.h"
#include "ootd/taste/garment_views.h"
#include "ootd/workspace/taste_settings.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

// One moment, for one request: what is in it fits together.
struct Served {
  std::shared_ptr<const IndexView> view;  // never null
  // Of the same generation, those categories that `ootd embed --garments` has made vectors of. What they take: per
  // garment as much memory as the view per look.
  GarmentViews garments{};
  // By the model of the view's generation, photos cropped as the stored ones were: the vector of a picture's bytes, of
  // words. Empty where the model is not here (vectors that were imported), or sees pictures only. Any thread.
  std::function<std::vector<float>(std::span<const std::byte>)> embed_picture;
  std::function<std::vector<float>(const std::string&)> embed_words;
  // That tastes go by; never null.
  std::shared_ptr<const LookLabels> labels = std::make_shared<const LookLabels>();
  std::shared_ptr<const CopyGroups> copies{};  // the same object until the groups change; null = none
};

class Live {
 public:
  // Opens the generation that serves; throws kNotFound if there is none. tell: a line about each switch, about a model
  // that is not here, and about each trouble that keeps the former state alive; called by the constructor and from this
  // object's thread.
  Live(const Workspace& workspace, std::function<void(const std::string&)> tell);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  Served now() const;
  const TasteSettings& taste() const { return taste_; }
  // Looks at the catalog at once, in the caller's thread, instead of within the next tenth of a second.
  void refresh();
  // Writes the indexes' snapshots, for a quicker start.
  void save() const;

 private:
  struct Opened;  // a generation's indexes and models
  void open(const Generation& generation);
  void follow_garments(Opened& opened);
  std::shared_ptr<Opened> opened() const;
  void run(const std::stop_token& stop);

  void follow_labels();

  const Workspace& workspace_;  // outlives this
  const TasteSettings taste_;
  const std::function<void(const std::string&)> tell_;

  std::mutex refreshing_;        // held while an index or a model is opened or a fold goes on
  mutable std::mutex swapping_;  // guards the three below, for as long as a pointer is copied
  std::shared_ptr<Opened> opened_;
  std::shared_ptr<const LookLabels> labels_ = std::make_shared<const LookLabels>();
  std::shared_ptr<const CopyGroups> copies_;
  std::int64_t label_changes_ = -1;                     // that are in labels_ and copies_
  std::chrono::steady_clock::time_point labels_due_{};  // not read again before
  std::jthread thread_;                                 // the last, so that it ends first
};

}  // namespace ootd
