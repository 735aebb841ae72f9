#include "ootd/index/index_base.h"

#include <algorithm>
#include <string_view>

#include "ootd/base/sha256.h"
#include "ootd/index/bytes.h"

namespace ootd {
namespace {

constexpr std::string_view kMagic = "OOTDIDX\n";
constexpr std::uint16_t kSnapshotVersion = 3;
constexpr std::size_t kChecksumSize = 64;  // SHA-256 in hex

[[noreturn]] void refuse_snapshot(const std::string& reason) { throw Error(Kind::kInput, reason); }

void put_text(ByteWriter& out, const std::string& text) {
  out.put(static_cast<std::uint32_t>(text.size()));
  out.put_array(std::span(text));
}

std::string get_text(ByteReader& in, std::string_view field) {
  const auto text = in.get_array<char>(in.get<std::uint32_t>(field), field);
  return {text.begin(), text.end()};
}

}  // namespace

std::vector<std::byte> write_snapshot(const IndexBase& base, const Generation& generation) {
  const FlatStore& flat = base.vectors;
  ByteWriter out;
  out.reserve(flat.size() * (8 + 4 * static_cast<std::size_t>(flat.dim())) * 3 / 2 + 4096);
  out.put_array(std::span(kMagic));
  out.put(kSnapshotVersion);
  out.put(static_cast<std::uint32_t>(flat.dim()));
  out.put(static_cast<std::uint64_t>(flat.size()));
  put_text(out, generation.model);
  put_text(out, generation.crops);
  put_text(out, base.cursor);
  out.put_array(flat.keys());
  out.put_array(flat.vectors());
  out.put_array(std::span<const char>(sha256_hex(out.bytes())));
  return {out.bytes().begin(), out.bytes().end()};
}

IndexBase read_snapshot(std::span<const std::byte> bytes, const Generation& generation) {
  if (bytes.size() < kMagic.size() + kChecksumSize ||
      !std::ranges::equal(bytes.first(kMagic.size()), std::as_bytes(std::span(kMagic))))
    refuse_snapshot("is no index snapshot");
  const auto body = bytes.first(bytes.size() - kChecksumSize);
  ByteReader in(body.subspan(kMagic.size()));
  if (const auto version = in.get<std::uint16_t>("version"); version != kSnapshotVersion)
    refuse_snapshot("has format version " + std::to_string(version) + ", but this program reads " +
                    std::to_string(kSnapshotVersion));
  const std::string checksum = sha256_hex(body);
  if (!std::ranges::equal(bytes.last(kChecksumSize), std::as_bytes(std::span(checksum))))
    refuse_snapshot("does not match its checksum");

  // The checksum tells damage; whoever could write the file could write that too, so nothing below trusts a number.
  const auto dim = in.get<std::uint32_t>("dim");
  const auto count = in.get<std::uint64_t>("count");
  if (dim > 65'536 || (dim == 0 && count > 0)) refuse_snapshot("has vectors of " + std::to_string(dim) + " values");
  IndexBase base;
  Generation written;
  written.model = get_text(in, "model");
  written.crops = get_text(in, "crops");
  if (written != generation) refuse_snapshot("is of " + to_string(written) + ", not of " + to_string(generation));
  base.cursor = get_text(in, "cursor");
  const auto keys = in.get_array<LookKey>(count, "keys");
  if (dim > 0 && count > in.left() / (sizeof(float) * dim)) refuse_snapshot("ends inside the field \"vectors\"");
  const auto vectors = in.get_array<float>(count * dim, "vectors");
  FlatStore flat(static_cast<int>(dim));
  flat.reserve(count);
  for (std::size_t i = 0; i < count; ++i) flat.put(keys[i], std::span(vectors).subspan(i * dim, dim));
  if (flat.size() != count) refuse_snapshot("holds a look twice");

  base.vectors = std::move(flat);
  if (in.left() > 0) refuse_snapshot("has " + std::to_string(in.left()) + " bytes too many");
  return base;
}

}  // namespace ootd
