// Reads the pickles inside PyTorch checkpoints without running anything: a machine that knows only the opcodes which
// build plain values, and only the few global names below. Any other opcode or name is an error that says which.
//   collections.OrderedDict   torch._utils._rebuild_tensor_v2 / _rebuild_parameter   torch.{Float,Half,...}Storage
// Format: Lib/pickletools.py of CPython; torch/serialization.py for persistent ids and storages.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ootd/models/container_reader.h"
#include "ootd/models/weights.h"

namespace ootd::pickle {

struct Value;
using Ref = Value*;  // owned by the Machine that made it

struct Value {
  enum class Kind { kNone, kBool, kInt, kFloat, kText, kTuple, kList, kDict, kGlobal, kStorage, kTensor };
  Kind kind = Kind::kNone;
  std::int64_t integer = 0;                // kInt, kBool
  std::string text;                        // kText; kGlobal: "module.name"; kStorage: key
  std::vector<Ref> items;                  // kTuple, kList
  std::vector<std::pair<Ref, Ref>> pairs;  // kDict
  // kStorage and kTensor (whose items[0] is its storage):
  DType type = DType::kFloat32;
  std::int64_t elements = 0;  // kStorage
  std::int64_t offset = 0;    // kTensor: of its first element in the storage, in elements
  Shape shape, strides;
};

// All values live as long as the machine; they may refer to one another in any way, even in circles.
class Machine {
 public:
  // Runs one pickle up to and with its STOP; the reader then stands behind it.
  Ref run(ContainerReader& in);

  // Every storage that a tensor of any pickle so far refers to.
  std::vector<Ref> storages();

 private:
  Ref make(Value::Kind kind);
  Ref pop(ContainerReader& in);
  Ref top(ContainerReader& in);
  std::vector<Ref> pop_to_mark(ContainerReader& in);
  void push_tuple(ContainerReader& in, std::size_t n);
  void set_items(ContainerReader& in, Ref target, const std::vector<Ref>& flat);
  void memorize(ContainerReader& in, std::uint64_t slot);
  Ref global(ContainerReader& in, std::string_view module, std::string_view name);
  Ref call(ContainerReader& in, Ref function, Ref arguments);
  Ref persistent(ContainerReader& in, Ref id);

  std::deque<Value> values_;
  std::vector<Ref> stack_;
  std::vector<std::size_t> marks_;
  std::vector<Ref> memo_;
};

}  // namespace ootd::pickle
