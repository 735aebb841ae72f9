#include "ootd/train/run_state.h"

#include "ootd/base/error.h"
#include "ootd/models/weights.h"

namespace ootd {
namespace {

constexpr char kNotes[] = "run", kOldNotes[] = "best.json";

}  // namespace

RunState::RunState(const std::filesystem::path& file) : file_(file) {
  const Weights saved(file);
  for (const auto& [name, weight] : saved.all()) {
    std::vector<float> values = saved.floats(name, weight.shape);
    tensors_[name] = torch::from_blob(values.data(), weight.shape).clone();
  }
  const auto metadata = safetensors_metadata(file);
  const auto found = metadata.find(kNotes);
  notes_ = found == metadata.end() ? old_notes() : parse_json(found->second, file.string());
}

// Before the notes there were a step in float32, which tells whole numbers apart up to 2^24 only, and the best epoch in
// a file of its own.
Json RunState::old_notes() const {
  constexpr double kMaxStep = 1 << 24;
  if (!contains("step") || tensors_.at("step").item<double>() >= kMaxStep)
    throw Error(Kind::kInput, file_.string() + ": does not tell its step exactly; start anew in another folder");
  const auto file = file_.parent_path() / kOldNotes;
  Json best = read_json(file);
  best["id"] = json_field<std::string>(best, "best", file.string());
  if (contains("best_epoch")) best["epoch"] = tensors_.at("best_epoch").item<int>();
  return {{"step", tensors_.at("step").item<std::int64_t>()}, {"best", best}};
}

void RunState::write(const std::filesystem::path& file, const Json& notes) const {
  std::vector<NamedFloats> list;
  for (const auto& [name, tensor] : tensors_) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    const float* values = plain.data_ptr<float>();
    list.push_back({name, plain.sizes().vec(), {values, values + plain.numel()}});
  }
  write_safetensors(file, list, /*half=*/false, {{kNotes, dump_json(notes)}});
  std::filesystem::remove(file.parent_path() / kOldNotes);
}

void RunState::take(const std::string& name, const torch::Tensor& into) const {
  const torch::NoGradGuard no_grad;
  const auto found = tensors_.find(name);
  if (found == tensors_.end() || found->second.sizes() != into.sizes())
    throw Error(Kind::kInput,
                file_.string() + ": is of another run: no " + name + " of this shape; start anew in another folder");
  into.detach().copy_(found->second);
}

}  // namespace ootd
