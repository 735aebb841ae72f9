// All that a resumed run needs in one safetensors file, so that one rename replaces all of it: tensors by their names,
// and notes (JSON: steps and metrics, exact) in the file's metadata under "run".
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>

#include "ootd/base/json.h"

namespace ootd {

class RunState {
 public:
  RunState() = default;
  // Reads a file, also one of earlier versions. Throws Error as Weights does, and kInput for notes that are not there.
  explicit RunState(const std::filesystem::path& file);

  // Atomic and durable. Throws Error(kUnavailable).
  void write(const std::filesystem::path& file, const Json& notes) const;
  const Json& notes() const { return notes_; }

  void put(const std::string& name, const torch::Tensor& tensor) { tensors_[name] = tensor; }
  bool contains(const std::string& name) const { return tensors_.contains(name); }
  const torch::Tensor& operator[](const std::string& name) const { return tensors_.at(name); }
  // Copies into a tensor of the run. Throws Error(kInput) if the state is of another run.
  void take(const std::string& name, const torch::Tensor& into) const;

 private:
  Json old_notes() const;

  std::filesystem::path file_;
  std::map<std::string, torch::Tensor> tensors_;
  Json notes_;
};

}  // namespace ootd
