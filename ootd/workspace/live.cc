#include "ootd/workspace/live.h"

#include <chrono>
#include <condition_variable>

#include "ootd/base/error.h"
#include "ootd/detect/outfit_finder.h"
#include "ootd/embed/encoder.h"
#include "ootd/embed/text_encoder.h"

namespace ootd {
namespace {

constexpr std::chrono::milliseconds kPause{100};  // three small reads of the catalog
constexpr int kLabelPauses = 20;                  // of the time that the last reading of the labels took

std::vector<float> row_of(const Matrix& matrix) { return {matrix.row(0).begin(), matrix.row(0).end()}; }

}  // namespace

struct Live::Opened {
  VectorIndex index;
  Served models = {};                                                 // without views
  std::map<std::string, std::shared_ptr<VectorIndex>> garments = {};  // guarded by swapping_; grows only
};

Live::Live(const Workspace& workspace, std::function<void(const std::string&)> tell)
    : workspace_(workspace), taste_(taste_settings(workspace.home())), tell_(std::move(tell)) {
  open(workspace.need_serving());
  follow_labels();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Live::~Live() = default;

std::shared_ptr<Live::Opened> Live::opened() const {
  const std::lock_guard lock(swapping_);
  return opened_;
}

Served Live::now() const {
  std::shared_ptr<Opened> opened;
  std::shared_ptr<const LookLabels> labels;
  std::shared_ptr<const CopyGroups> copies;
  std::map<std::string, std::shared_ptr<VectorIndex>> garments;
  {
    const std::lock_guard lock(swapping_);
    opened = opened_;
    labels = labels_;
    copies = copies_;
    garments = opened_->garments;
  }
  Served served = opened->models;
  for (const auto& [category, index] : garments) served.garments[category] = index->view();
  served.view = opened->index.view();
  served.labels = std::move(labels);
  served.copies = std::move(copies);
  return served;
}

void Live::open(const Generation& generation) {
  const std::shared_ptr<Opened> next(new Opened{{workspace_.catalog(), generation, workspace_.home()}});
  try {
    const Model model = workspace_.open_model_of(generation);
    const auto encoder = std::make_shared<const Encoder>(model);
    const std::shared_ptr<const OutfitFinder> outfits = workspace_.outfit_finder(generation.crops);
    next->models.embed_picture = [encoder, outfits](std::span<const std::byte> bytes) {
      const Image picture = decode_query(bytes, "the picture sent", encoder->input(), outfits.get());
      return row_of(encoder->encode({&picture, 1}));
    };
    if (model.config.text)
      next->models.embed_words = [words = std::make_shared<const TextEncoder>(model)](const std::string& text) {
        return row_of(words->encode({&text, 1}));
      };
  } catch (const Error& error) {
    if (error.kind() != Kind::kNotFound) throw;
    // Its vectors can be searched all the same.
    tell_("no search by pictures or words, since the model is not here: " + std::string(error.what()));
  }
  follow_garments(*next);
  const std::lock_guard lock(swapping_);
  opened_ = next;
}

// Vectors of a category may come long after those of the looks.
void Live::follow_garments(Opened& opened) {
  const Catalog& catalog = workspace_.catalog();
  for (const std::string_view name : kGarmentCategories) {
    const std::string category(name);
    if (const auto known = opened.garments.find(category); known != opened.garments.end()) {
      known->second->refresh();
      continue;
    }
    const Generation generation = garments_of(opened.index.generation(), category);
    if (catalog.vector_dim(generation) == 0) continue;
    auto index = std::make_shared<VectorIndex>(catalog, generation, workspace_.home());
    const std::lock_guard lock(swapping_);
    opened.garments.emplace(category, std::move(index));
  }
}

void Live::refresh() {
  const std::lock_guard lock(refreshing_);
  const auto serving = workspace_.catalog().serving();
  if (serving && *serving != opened()->index.generation()) {
    open(*serving);
    tell_("serves " + to_string(*serving));
  }
  const auto opened = this->opened();
  opened->index.refresh();
  follow_garments(*opened);
  follow_labels();
}

// All of a key's labels are read anew, so while an import goes on not at every turn.
void Live::follow_labels() {
  const auto start = std::chrono::steady_clock::now();
  if (start < labels_due_) return;
  const auto changes = workspace_.catalog().label_changes();  // before the labels: what comes between is read again
  if (changes == label_changes_) return;
  auto labels = std::make_shared<const LookLabels>(labels_of(workspace_.catalog(), taste_));
  auto copies = std::make_shared<const CopyGroups>(workspace_.catalog().copies());
  label_changes_ = changes;
  labels_due_ = start + kLabelPauses * (std::chrono::steady_clock::now() - start);
  const std::lock_guard lock(swapping_);
  labels_ = std::move(labels);
  if (*copies != (copies_ ? *copies_ : CopyGroups())) copies_ = std::move(copies);
}

void Live::save() const {
  std::vector<std::shared_ptr<VectorIndex>> garments;
  const auto opened = this->opened();
  {
    const std::lock_guard lock(swapping_);
    for (const auto& [category, index] : opened->garments) garments.push_back(index);
  }
  opened->index.save();
  for (const auto& index : garments) index->save();
}

void Live::run(const std::stop_token& stop) {
  std::mutex waking;
  std::condition_variable_any pause;
  std::string told;
  while (!stop.stop_requested()) {
    std::string trouble;
    try {
      refresh();
    } catch (const std::exception& error) {  // what was published goes on serving
      trouble = error.what();
    }
    if (!trouble.empty() && trouble != told) tell_("goes on as it was: " + trouble);
    told = trouble;
    std::unique_lock lock(waking);
    pause.wait_for(lock, stop, kPause, [] { return false; });
  }
}

}  // namespace ootd
