#include "ootd/workspace/live.h"

#include <chrono>
#include <condition_variable>

#include "ootd/base/error.h"

namespace ootd {
namespace {

constexpr std::chrono::milliseconds kPause{100};  // two small reads of the catalog

}  // namespace

struct Live::Opened {
  VectorIndex index;
  std::shared_ptr<const Encoder> encoder = {};
  std::shared_ptr<const TextEncoder> words = {};
  std::shared_ptr<const OutfitFinder> outfits = {};
};

Live::Live(const Workspace& workspace, std::function<void(const std::string&)> tell)
    : workspace_(workspace), tell_(std::move(tell)) {
  open(workspace.need_serving());
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Live::~Live() = default;

std::shared_ptr<Live::Opened> Live::opened() const {
  const std::lock_guard lock(swapping_);
  return opened_;
}

Served Live::now() const {
  const auto opened = this->opened();
  return {opened->index.view(), opened->encoder, opened->words, opened->outfits};
}

void Live::open(const Generation& generation) {
  const std::shared_ptr<Opened> next(new Opened{{workspace_.catalog(), generation, workspace_.home()}});
  try {
    const Model model = workspace_.open_model_of(generation);
    next->encoder = make_encoder(model);
    if (model.config.text) next->words = std::make_shared<TextEncoder>(model);
  } catch (const Error& error) {
    if (error.kind() != Kind::kNotFound) throw;  // vectors of a model that is not here can be searched all the same
  }
  next->outfits = workspace_.outfit_finder(generation.crops);
  const std::lock_guard lock(swapping_);
  opened_ = next;
}

void Live::refresh() {
  const std::lock_guard lock(refreshing_);
  const auto serving = workspace_.catalog().serving();
  if (serving && *serving != opened()->index.generation()) {
    open(*serving);
    tell_("serves " + to_string(*serving));
  }
  opened()->index.refresh();
}

void Live::save() const { opened()->index.save(); }

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
