#include "ootd/models/pickle.h"

#include <optional>

namespace ootd::pickle {
namespace {

// A checkpoint has some thousand tensors of some twenty values each; a file that wants more is hostile. A value takes
// some 200 bytes here, and as little as one in the file.
constexpr std::size_t kMaxValues = 2'000'000;
// PyTorch's own limits are 64 dimensions and the digits of a 64-bit number. Without ours, a few bytes that recall one
// long tuple or text again and again would copy it again and again.
constexpr std::size_t kMaxDimensions = 64, kMaxKeyBytes = 200;

struct StorageName {
  std::string_view name;
  DType type;
};
constexpr StorageName kStorages[] = {
    {"torch.FloatStorage", DType::kFloat32},     {"torch.HalfStorage", DType::kFloat16},
    {"torch.BFloat16Storage", DType::kBfloat16}, {"torch.DoubleStorage", DType::kFloat64},
    {"torch.LongStorage", DType::kInt64},        {"torch.IntStorage", DType::kInt32},
    {"torch.ShortStorage", DType::kInt16},       {"torch.CharStorage", DType::kInt8},
    {"torch.ByteStorage", DType::kUint8},        {"torch.BoolStorage", DType::kBool},
};

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils._rebuild_parameter";

std::optional<DType> storage_type(std::string_view name) {
  for (const auto& row : kStorages)
    if (row.name == name) return row.type;
  return std::nullopt;
}

Shape integers(ContainerReader& in, Ref tuple) {
  if (tuple->kind != Value::Kind::kTuple) in.fail("holds a tensor without a size");
  if (tuple->items.size() > kMaxDimensions) in.fail("holds a tensor of too many dimensions");
  Shape numbers;
  for (const Ref item : tuple->items) {
    if (item->kind != Value::Kind::kInt || item->integer < 0) in.fail("holds a tensor with a size that is no number");
    numbers.push_back(item->integer);
  }
  return numbers;
}

}  // namespace

Ref Machine::make(Value::Kind kind) {
  Value& value = values_.emplace_back();
  value.kind = kind;
  return &value;
}

Ref Machine::top(ContainerReader& in) {
  if (stack_.empty() || (!marks_.empty() && stack_.size() <= marks_.back())) in.fail("pickle stack is empty");
  return stack_.back();
}

Ref Machine::pop(ContainerReader& in) {
  const Ref value = top(in);
  stack_.pop_back();
  return value;
}

std::vector<Ref> Machine::pop_to_mark(ContainerReader& in) {
  if (marks_.empty()) in.fail("pickle has no mark");
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<Ref> items(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return items;
}

void Machine::push_tuple(ContainerReader& in, std::size_t n) {
  const Ref tuple = make(Value::Kind::kTuple);
  tuple->items.resize(n);
  for (std::size_t i = n; i > 0; --i) tuple->items[i - 1] = pop(in);
  stack_.push_back(tuple);
}

void Machine::set_items(ContainerReader& in, Ref target, const std::vector<Ref>& flat) {
  if (target->kind != Value::Kind::kDict || flat.size() % 2 != 0) in.fail("pickle sets items of what is no dictionary");
  for (std::size_t i = 0; i < flat.size(); i += 2) target->pairs.emplace_back(flat[i], flat[i + 1]);
}

void Machine::memorize(ContainerReader& in, std::uint64_t slot) {
  // CPython numbers memo slots one after the other; a gap would let a few bytes ask for gigabytes.
  if (slot > memo_.size() + 1024 || slot > kMaxValues) in.fail("pickle memo slot out of order");
  if (slot >= memo_.size()) memo_.resize(static_cast<std::size_t>(slot) + 1);
  memo_[static_cast<std::size_t>(slot)] = top(in);
}

Ref Machine::global(ContainerReader& in, std::string_view module, std::string_view name) {
  std::string full = std::string(module) + "." + std::string(name);
  if (full != kOrderedDict && full != kRebuildTensor && full != kRebuildParameter && !storage_type(full))
    in.fail("the pickle wants \"" + full.substr(0, 80) +
            "\", which no plain checkpoint needs; it was not run. Save the state_dict only, or use safetensors");
  const Ref value = make(Value::Kind::kGlobal);
  value->text = std::move(full);
  return value;
}

Ref Machine::call(ContainerReader& in, Ref function, Ref arguments) {
  if (function->kind != Value::Kind::kGlobal || arguments->kind != Value::Kind::kTuple)
    in.fail("pickle calls what cannot be called");
  const auto& args = arguments->items;
  if (function->text == kOrderedDict && args.empty()) return make(Value::Kind::kDict);
  if (function->text == kRebuildParameter && !args.empty() && args[0]->kind == Value::Kind::kTensor) return args[0];
  if (function->text == kRebuildTensor && args.size() >= 4 && args[0]->kind == Value::Kind::kStorage &&
      args[1]->kind == Value::Kind::kInt && args[1]->integer >= 0) {
    const Ref tensor = make(Value::Kind::kTensor);
    tensor->items = {args[0]};
    tensor->type = args[0]->type;
    tensor->offset = args[1]->integer;
    tensor->shape = integers(in, args[2]);
    tensor->strides = integers(in, args[3]);
    if (tensor->shape.size() != tensor->strides.size()) in.fail("holds a tensor whose strides do not fit its size");
    return tensor;
  }
  in.fail("pickle calls " + function->text + " with unexpected arguments");
}

// ("storage", storage class, key, device, number of elements[, view])
Ref Machine::persistent(ContainerReader& in, Ref id) {
  const auto& items = id->items;
  if (id->kind != Value::Kind::kTuple || items.size() < 5 || items[0]->text != "storage" ||
      items[1]->kind != Value::Kind::kGlobal || items[2]->kind != Value::Kind::kText ||
      items[2]->text.size() > kMaxKeyBytes || items[4]->kind != Value::Kind::kInt || items[4]->integer < 0)
    in.fail("pickle refers to something that is no tensor storage");
  const auto type = storage_type(items[1]->text);
  if (!type) in.fail("pickle refers to a storage of unknown type");
  const Ref storage = make(Value::Kind::kStorage);
  storage->text = items[2]->text;
  storage->type = *type;
  storage->elements = items[4]->integer;
  return storage;
}

std::vector<Ref> Machine::storages() {
  std::vector<Ref> found;
  for (Value& value : values_)
    if (value.kind == Value::Kind::kStorage) found.push_back(&value);
  return found;
}

Ref Machine::run(ContainerReader& in) {
  stack_.clear();
  marks_.clear();
  memo_.clear();
  const auto push = [&](Value::Kind kind) { return stack_.emplace_back(make(kind)); };
  const auto push_int = [&](std::int64_t value) { push(Value::Kind::kInt)->integer = value; };
  const auto push_text = [&](std::uint64_t n) { push(Value::Kind::kText)->text = in.text(n); };
  const auto recall = [&](std::uint64_t slot) {
    if (slot >= memo_.size() || memo_[slot] == nullptr) in.fail("pickle recalls an empty memo slot");
    stack_.push_back(memo_[static_cast<std::size_t>(slot)]);
  };
  for (;;) {
    if (values_.size() > kMaxValues || stack_.size() > kMaxValues) in.fail("pickle is too large");
    const auto opcode = in.number<std::uint8_t>();
    switch (opcode) {
      case 0x80:
        in.number<std::uint8_t>();
        break;  // PROTO
      case 0x95:
        in.number<std::uint64_t>();
        break;  // FRAME
      case '.':
        return pop(in);  // STOP
      case '(':
        marks_.push_back(stack_.size());
        break;  // MARK
      case 'N':
        push(Value::Kind::kNone);
        break;  // NONE
      case 0x88:
        push(Value::Kind::kBool)->integer = 1;
        break;  // NEWTRUE
      case 0x89:
        push(Value::Kind::kBool)->integer = 0;
        break;  // NEWFALSE
      case 'K':
        push_int(in.number<std::uint8_t>());
        break;  // BININT1
      case 'M':
        push_int(in.number<std::uint16_t>());
        break;  // BININT2
      case 'J':
        push_int(in.number<std::int32_t>());
        break;      // BININT
      case 0x8a: {  // LONG1
        const auto bytes = in.take(in.number<std::uint8_t>());
        std::uint64_t value = 0;
        if (bytes.size() <= 8) {
          for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
          const bool negative = !bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{};
          if (negative && bytes.size() < 8) value |= ~std::uint64_t{0} << (8 * bytes.size());
          push_int(static_cast<std::int64_t>(value));
        } else {
          push(Value::Kind::kNone);  // only the magic number of old files is so long; no tensor needs it
          stack_.back()->text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        }
        break;
      }
      case 'G':
        in.number<std::uint64_t>();
        push(Value::Kind::kFloat);
        break;  // BINFLOAT: never needed
      case 'X':
        push_text(in.number<std::uint32_t>());
        break;  // BINUNICODE
      case 0x8c:
        push_text(in.number<std::uint8_t>());
        break;  // SHORT_BINUNICODE
      case 'T':
        push_text(in.number<std::uint32_t>());
        break;  // BINSTRING
      case 'U':
        push_text(in.number<std::uint8_t>());
        break;  // SHORT_BINSTRING
      case 'B':
        push_text(in.number<std::uint32_t>());
        break;  // BINBYTES
      case 'C':
        push_text(in.number<std::uint8_t>());
        break;  // SHORT_BINBYTES
      case ']':
        push(Value::Kind::kList);
        break;  // EMPTY_LIST
      case '}':
        push(Value::Kind::kDict);
        break;  // EMPTY_DICT
      case ')':
        push(Value::Kind::kTuple);
        break;  // EMPTY_TUPLE
      case 0x85:
        push_tuple(in, 1);
        break;  // TUPLE1
      case 0x86:
        push_tuple(in, 2);
        break;  // TUPLE2
      case 0x87:
        push_tuple(in, 3);
        break;     // TUPLE3
      case 't': {  // TUPLE
        auto items = pop_to_mark(in);
        push(Value::Kind::kTuple)->items = std::move(items);
        break;
      }
      case 'l': {  // LIST
        auto items = pop_to_mark(in);
        push(Value::Kind::kList)->items = std::move(items);
        break;
      }
      case 'a': {  // APPEND
        const Ref item = pop(in);
        const Ref list = top(in);
        if (list->kind != Value::Kind::kList) in.fail("pickle appends to what is no list");
        list->items.push_back(item);
        break;
      }
      case 'e': {  // APPENDS
        const auto items = pop_to_mark(in);
        const Ref list = top(in);
        if (list->kind != Value::Kind::kList) in.fail("pickle appends to what is no list");
        list->items.insert(list->items.end(), items.begin(), items.end());
        break;
      }
      case 's': {  // SETITEM
        const Ref value = pop(in);
        const Ref key = pop(in);
        set_items(in, top(in), {key, value});
        break;
      }
      case 'u': {  // SETITEMS
        const auto flat = pop_to_mark(in);
        set_items(in, top(in), flat);
        break;
      }
      case 'q':
        memorize(in, in.number<std::uint8_t>());
        break;  // BINPUT
      case 'r':
        memorize(in, in.number<std::uint32_t>());
        break;  // LONG_BINPUT
      case 0x94:
        memorize(in, memo_.size());
        break;  // MEMOIZE
      case 'h':
        recall(in.number<std::uint8_t>());
        break;  // BINGET
      case 'j':
        recall(in.number<std::uint32_t>());
        break;     // LONG_BINGET
      case 'c': {  // GLOBAL
        const auto module = in.line();
        const auto name = in.line();
        stack_.push_back(global(in, module, name));
        break;
      }
      case 0x93: {  // STACK_GLOBAL
        const Ref name = pop(in);
        const Ref module = pop(in);
        stack_.push_back(global(in, module->text, name->text));
        break;
      }
      case 'R': {  // REDUCE
        const Ref arguments = pop(in);
        const Ref function = pop(in);
        stack_.push_back(call(in, function, arguments));
        break;
      }
      case 'b':
        pop(in);
        top(in);
        break;     // BUILD: an OrderedDict's _metadata
      case 'Q': {  // BINPERSID
        const Ref id = pop(in);
        stack_.push_back(persistent(in, id));
        break;
      }
      default:
        in.fail("pickle opcode " + std::to_string(opcode) + " is not allowed");
    }
  }
}

}  // namespace ootd::pickle
