// PyTorch checkpoints, torch/serialization.py: the zip container (an archive of stored, never compressed, entries with
// data.pkl and data/<key>) and the older stream (magic number, protocol, system, object, storage keys, storages).
#include <cstring>
#include <functional>
#include <map>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/models/container_reader.h"
#include "ootd/models/containers.h"
#include "ootd/models/pickle.h"

namespace ootd {
namespace {

using pickle::Ref;
using pickle::Value;
using Bytes = std::span<const std::byte>;
using FindStorage = std::function<Bytes(const Value& storage)>;

constexpr std::string_view kZipMagic = "PK\x03\x04";
// 0x1950a86a20f9469cfc6c, little-endian, as LONG1 behind PROTO 2
constexpr std::string_view kLegacyMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14);

bool starts_with(Bytes file, std::string_view magic) {
  return file.size() >= magic.size() && std::memcmp(file.data(), magic.data(), magic.size()) == 0;
}

bool in_c_order(const Shape& shape, const Shape& strides) {
  std::int64_t expected = 1;
  for (std::size_t d = shape.size(); d > 0; --d) {
    if (shape[d - 1] != 1 && strides[d - 1] != expected) return false;
    expected *= shape[d - 1];
  }
  return true;
}

WeightView view_of(const Value& tensor, const FindStorage& find, const std::string& where) {
  const Bytes storage = find(*tensor.items[0]);
  const std::uint64_t capacity = storage.size() / size_of(tensor.type);
  // One past the last element that the strides reach, guarded against overflow.
  std::uint64_t reach = 1, count = 1;
  bool impossible = false;
  for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
    const auto side = static_cast<std::uint64_t>(tensor.shape[d]);
    std::uint64_t far = 0;
    impossible |= __builtin_mul_overflow(count, side, &count);
    impossible |= side != 0 && __builtin_mul_overflow(side - 1, static_cast<std::uint64_t>(tensor.strides[d]), &far);
    impossible |= __builtin_add_overflow(reach, far, &reach);
  }
  if (count == 0) reach = 0;
  const auto offset = static_cast<std::uint64_t>(tensor.offset);
  // count > capacity: a stride of 0 could otherwise blow one number up to terabytes
  if (impossible || offset > capacity || reach > capacity - offset || count > capacity)
    throw Error(Kind::kInput, where + ": reaches behind the end of its storage");
  WeightView view;
  view.type = tensor.type;
  view.shape = tensor.shape;
  if (count != 0 && !in_c_order(tensor.shape, tensor.strides)) view.strides = tensor.strides;
  view.bytes = storage.subspan(offset * size_of(view.type), reach * size_of(view.type));
  return view;
}

const Value* find_key(const Value& dict, std::string_view key) {
  for (const auto& [name, value] : dict.pairs)
    if (name->kind == Value::Kind::kText && name->text == key) return value;
  return nullptr;
}

// A state_dict, or a training checkpoint that holds one under a usual name.
WeightViews collect(const Value& root, const FindStorage& find, const std::string& name) {
  const Value* dict = &root;
  for (const auto key : {"state_dict", "model_state_dict", "model"})
    if (const Value* inner = find_key(root, key); inner != nullptr && inner->kind == Value::Kind::kDict) {
      dict = inner;
      break;
    }
  if (dict->kind != Value::Kind::kDict) throw Error(Kind::kInput, name + ": holds no state_dict");
  constexpr std::size_t kMaxNameBytes = 1000;
  WeightViews views;
  for (const auto& [key, value] : dict->pairs)
    if (key->kind == Value::Kind::kText && value->kind == Value::Kind::kTensor && key->text.size() <= kMaxNameBytes)
      views[key->text] = view_of(*value, find, name + ": " + key->text);
  if (views.empty()) throw Error(Kind::kInput, name + ": its state_dict holds no tensors");
  return views;
}

// Entry name -> bytes. APPNOTE.TXT of PKWARE, sections 4.3.12 (central directory) and 4.3.14 (zip64).
std::map<std::string, Bytes, std::less<>> zip_entries(Bytes file, const std::string& name) {
  constexpr std::size_t kEndSize = 22, kLocalSize = 30;
  ContainerReader in(file, name);
  std::optional<std::size_t> end;
  const std::size_t first = file.size() < kEndSize + 65535 ? 0 : file.size() - kEndSize - 65535;
  for (std::size_t at = file.size() < kEndSize ? first : file.size() - kEndSize + 1; at > first && !end; --at)
    if (std::memcmp(file.data() + at - 1, "PK\x05\x06", 4) == 0) end = at - 1;
  if (!end) in.fail("is a zip file without its directory (a download that broke off?)");
  in.seek(*end + 10);
  std::uint64_t count = in.number<std::uint16_t>();
  in.number<std::uint32_t>();
  std::uint64_t directory = in.number<std::uint32_t>();
  if (*end >= 20 && std::memcmp(file.data() + *end - 20, "PK\x06\x07", 4) == 0) {
    in.seek(*end - 20 + 8);
    const auto end64 = in.number<std::uint64_t>();
    if (end64 > file.size()) in.fail("zip64 directory points behind its end");
    in.seek(static_cast<std::size_t>(end64) + 32);
    count = in.number<std::uint64_t>();
    in.number<std::uint64_t>();
    directory = in.number<std::uint64_t>();
  }
  if (directory > file.size()) in.fail("zip directory points behind its end");
  in.seek(static_cast<std::size_t>(directory));

  std::map<std::string, Bytes, std::less<>> entries;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (in.number<std::uint32_t>() != 0x02014b50) in.fail("zip directory is damaged");
    in.take(6);
    const auto method = in.number<std::uint16_t>();
    in.take(8);
    std::uint64_t packed = in.number<std::uint32_t>(), size = in.number<std::uint32_t>();
    const auto name_size = in.number<std::uint16_t>(), extra_size = in.number<std::uint16_t>(),
               comment_size = in.number<std::uint16_t>();
    in.take(8);
    std::uint64_t local = in.number<std::uint32_t>();
    const std::string entry(in.text(name_size));
    ContainerReader extra(in.take(extra_size), name);
    while (extra.left() >= 4) {
      const auto id = extra.number<std::uint16_t>();
      ContainerReader field(extra.take(extra.number<std::uint16_t>()), name);
      if (id != 1) continue;
      if (size == 0xffffffff) size = field.number<std::uint64_t>();
      if (packed == 0xffffffff) packed = field.number<std::uint64_t>();
      if (local == 0xffffffff) local = field.number<std::uint64_t>();
    }
    in.take(comment_size);
    if (method != 0 || packed != size)
      in.fail("zip entry \"" + entry.substr(0, 80) + "\" is compressed; PyTorch never does that");
    if (local > file.size() || file.size() - local < kLocalSize) in.fail("zip entry points behind its end");
    ContainerReader at(file, name);
    at.seek(static_cast<std::size_t>(local));
    if (at.number<std::uint32_t>() != 0x04034b50) at.fail("zip entry is damaged");
    at.take(22);
    const auto local_name = at.number<std::uint16_t>(), local_extra = at.number<std::uint16_t>();
    at.take(local_name);
    at.take(local_extra);
    entries[entry] = at.take(size);
  }
  return entries;
}

}  // namespace

WeightViews read_torch_zip(Bytes file, const std::string& name) {
  const auto entries = zip_entries(file, name);
  // All entries lie under one folder that the writer names freely.
  std::string root;
  for (const auto& [entry, bytes] : entries)
    if (entry.ends_with("/data.pkl")) root = entry.substr(0, entry.size() - 8);
  const auto pickle = entries.find(root + "data.pkl");
  if (root.empty() || pickle == entries.end())
    throw Error(Kind::kInput, name + ": a zip file, but no PyTorch checkpoint (no data.pkl)");
  if (const auto order = entries.find(root + "byteorder"); order != entries.end() && starts_with(order->second, "big"))
    throw Error(Kind::kInput, name + ": was written on a big-endian machine");
  pickle::Machine machine;
  ContainerReader in(pickle->second, name);
  const Ref value = machine.run(in);
  return collect(
      *value,
      [&](const Value& storage) {
        const auto found = entries.find(root + "data/" + storage.text);
        if (found == entries.end()) throw Error(Kind::kInput, name + ": has no storage " + storage.text);
        return found->second;
      },
      name);
}

WeightViews read_torch_legacy(Bytes file, const std::string& name) {
  ContainerReader in(file, name);
  pickle::Machine machine;
  machine.run(in);  // magic number
  machine.run(in);  // protocol version
  machine.run(in);  // sizes and byte order of the writer's machine
  const Ref value = machine.run(in);
  const Ref keys = machine.run(in);
  // The stream gives each storage's number of elements; their type stands in the object.
  std::map<std::string, DType, std::less<>> types;
  for (const Ref storage : machine.storages()) types[storage->text] = storage->type;
  std::map<std::string, Bytes, std::less<>> storages;
  for (const Ref key : keys->items) {
    const auto type = types.find(key->text);
    if (type == types.end()) in.fail("lists a storage that no tensor uses");
    const auto elements = in.number<std::uint64_t>();
    if (elements > file.size()) in.fail("has a storage larger than itself");
    storages[key->text] = in.take(elements * size_of(type->second));
  }
  return collect(
      *value,
      [&](const Value& storage) {
        const auto found = storages.find(storage.text);
        if (found == storages.end()) throw Error(Kind::kInput, name + ": has no storage " + storage.text);
        return found->second;
      },
      name);
}

WeightViews read_container(Bytes file, const std::string& name) {
  if (starts_with(file, kZipMagic)) return read_torch_zip(file, name);
  if (starts_with(file, kLegacyMagic)) return read_torch_legacy(file, name);
  if (file.size() > 8 && file[8] == std::byte{'{'}) return read_safetensors(file, name);
  throw Error(
      Kind::kInput,
      name + ": neither safetensors nor a PyTorch checkpoint" +
          (starts_with(file, "version https://git-lfs") ? " but a git-lfs pointer: fetch the file itself" : ""));
}

}  // namespace ootd
