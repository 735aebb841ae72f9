#include "ootd/train/run_state.h"

#include "ootd/base/error.h"
#include "ootd/models/weights.h"

namespace ootd {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& name) {
  throw Error(Kind::kInput, file.string() + ": is of another run: no " + name +
                                " of this shape. Start anew without --resume, or in another folder");
}

}  // namespace

RunState::RunState(const std::filesystem::path& file) : file_(file) {
  const Weights saved(file);
  for (const auto& [name, weight] : saved.all()) {
    std::vector<float> values = saved.floats(name, weight.shape);
    tensors_[name] = torch::from_blob(values.data(), weight.shape).clone();
  }
}

void RunState::put(const std::string& name, const torch::Tensor& tensor) { tensors_[name] = tensor; }

void RunState::put(const std::map<std::string, torch::Tensor>& tensors) {
  for (const auto& [name, tensor] : tensors) tensors_[name] = tensor;
}

void RunState::put(const std::string& name, double number) {
  tensors_[name] = torch::tensor({static_cast<float>(number)});
}

void RunState::write(const std::filesystem::path& file) const {
  std::vector<NamedFloats> list;
  for (const auto& [name, tensor] : tensors_) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    const float* values = plain.data_ptr<float>();
    list.push_back({name, plain.sizes().vec(), {values, values + plain.numel()}});
  }
  write_safetensors(file, list);
}

const torch::Tensor& RunState::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) fail(file_, name);
  return found->second;
}

void RunState::take(const std::string& name, const torch::Tensor& into) const {
  const torch::NoGradGuard no_grad;
  const torch::Tensor& tensor = find(name);
  if (tensor.sizes() != into.sizes()) fail(file_, name);
  into.detach().copy_(tensor);
}

double RunState::number(const std::string& name) const { return find(name).item<double>(); }

}  // namespace ootd
