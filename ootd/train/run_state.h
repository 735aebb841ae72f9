// All that a resumed run needs, as named tensors in one safetensors file.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace ootd {

class RunState {
 public:
  RunState() = default;
  // Reads a file. Throws Error as Weights does.
  explicit RunState(const std::filesystem::path& file);

  void put(const std::string& name, const torch::Tensor& tensor);
  void put(const std::map<std::string, torch::Tensor>& tensors);
  void put(const std::string& name, double number);  // kept as float32
  void write(const std::filesystem::path& file) const;

  const std::map<std::string, torch::Tensor>& tensors() const { return tensors_; }
  bool contains(const std::string& name) const { return tensors_.contains(name); }
  // Copies into a tensor of the run. Throws Error(kInput) if the state is of another run.
  void take(const std::string& name, const torch::Tensor& into) const;
  double number(const std::string& name) const;  // throws as take()
  const torch::Tensor& operator[](const std::string& name) const { return tensors_.at(name); }

 private:
  const torch::Tensor& find(const std::string& name) const;

  std::filesystem::path file_;
  std::map<std::string, torch::Tensor> tensors_;
};

}  // namespace ootd
