#include "ootd/models/layouts.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "ootd/base/error.h"

namespace ootd {
namespace {

constexpr std::string_view kWrappers[] = {"model.", "module.", "state_dict.", "_orig_mod."};
constexpr int kMaxWrappers = 8;  // one in another; more are hostile

// A wrapper puts its attribute's name before every weight. More than half of the names is asked for, not all: a head
// that was trained on top, or a loss's own numbers, may lie beside the wrapped network.
std::string unwrap(WeightViews& views, const std::string& where) {
  std::string removed;
  for (int round = 0; round < kMaxWrappers; ++round) {
    const auto wraps_most = [&](std::string_view wrapper) {
      const auto wrapped = std::count_if(views.begin(), views.end(),
                                         [&](const auto& entry) { return entry.first.starts_with(wrapper); });
      return 2 * static_cast<std::size_t>(wrapped) > views.size();
    };
    const auto* const wrapper = std::find_if(std::begin(kWrappers), std::end(kWrappers), wraps_most);
    if (wrapper == std::end(kWrappers)) break;
    WeightViews bare;
    while (!views.empty()) {
      auto node = views.extract(views.begin());
      if (node.key().starts_with(*wrapper)) node.key().erase(0, wrapper->size());
      const auto placed = bare.insert(std::move(node));
      if (!placed.inserted)
        throw Error(Kind::kInput, where + ": holds " + placed.node.key() + " with and without the prefix \"" +
                                      std::string(*wrapper) + "\"");
    }
    views = std::move(bare);
    removed += *wrapper;
  }
  return removed;
}

// --- transformers' SiglipModel (modeling_siglip.py; SigLIP 2 at fixed resolution is the same class) and CLIPModel

struct Rename {
  std::string_view from, to;
  int part = 0;  // q, k and v are the parts 0, 1 and 2 of one weight
};
constexpr Rename kImage[] = {
    {"embeddings.patch_embedding.", "patch_embed.proj."},
    {"embeddings.position_embedding.weight", "pos_embed"},
    {"post_layernorm.", "norm."},
    {"head.probe", "attn_pool.latent"},
    {"head.attention.out_proj.", "attn_pool.proj."},
    {"head.layernorm.", "attn_pool.norm."},
    {"head.mlp.", "attn_pool.mlp."},
};
constexpr Rename kImageBlock[] = {
    {"layer_norm1.", "norm1."},
    {"layer_norm2.", "norm2."},
    {"self_attn.q_proj.", "attn.qkv.", 0},
    {"self_attn.k_proj.", "attn.qkv.", 1},
    {"self_attn.v_proj.", "attn.qkv.", 2},
    {"self_attn.out_proj.", "attn.proj."},
    {"mlp.", "mlp."},
};
constexpr Rename kText[] = {
    {"embeddings.token_embedding.", "token_embedding."},
    {"embeddings.position_embedding.weight", "positional_embedding"},
    {"final_layer_norm.", "ln_final."},
    {"head.", "text_projection."},
};
constexpr Rename kTextBlock[] = {
    {"layer_norm1.", "ln_1."},
    {"layer_norm2.", "ln_2."},
    {"self_attn.q_proj.", "attn.in_proj_", 0},
    {"self_attn.k_proj.", "attn.in_proj_", 1},
    {"self_attn.v_proj.", "attn.in_proj_", 2},
    {"self_attn.out_proj.", "attn.out_proj."},
    {"mlp.fc1.", "mlp.c_fc."},
    {"mlp.fc2.", "mlp.c_proj."},
};
struct Tower {
  std::string_view from, to, blocks;  // blocks: what "encoder.layers." becomes
  std::span<const Rename> names, block_names;
};
constexpr Tower kTowers[] = {
    {"vision_model.", "visual.trunk.", "blocks.", kImage, kImageBlock},
    {"text_model.", "text.", "transformer.resblocks.", kText, kTextBlock},
};
// CLIP's blocks have open_clip's names in both towers. "pre_layrnorm" is transformers' own spelling.
constexpr Rename kClipImage[] = {
    {"embeddings.patch_embedding.", "conv1."},
    {"embeddings.class_embedding", "class_embedding"},
    {"embeddings.position_embedding.weight", "positional_embedding"},
    {"pre_layrnorm.", "ln_pre."},
    {"post_layernorm.", "ln_post."},
};
constexpr Rename kClipText[] = {
    {"embeddings.token_embedding.", "token_embedding."},
    {"embeddings.position_embedding.weight", "positional_embedding"},
    {"final_layer_norm.", "ln_final."},
};
constexpr Tower kClipTowers[] = {
    {"vision_model.", "visual.", "transformer.resblocks.", kClipImage, kTextBlock},
    {"text_model.", "", "transformer.resblocks.", kClipText, kTextBlock},
};
// transformers keeps them as linear layers, [out, in].
constexpr std::pair<std::string_view, std::string_view> kClipProjections[] = {
    {"visual_projection.weight", "visual.proj"}, {"text_projection.weight", "text_projection"}};
constexpr std::string_view kPoolingInProj = "vision_model.head.attention.in_proj_";

struct Place {
  std::string name;
  int part = 0;
};

std::optional<Place> place_of(std::string_view name, std::span<const Tower> towers) {
  constexpr std::string_view kLayers = "encoder.layers.";
  for (const Tower& tower : towers) {
    if (!name.starts_with(tower.from)) continue;
    std::string_view rest = name.substr(tower.from.size());
    std::string to(tower.to);
    auto names = tower.names;
    if (rest.starts_with(kLayers)) {
      rest.remove_prefix(kLayers.size());
      const auto number = std::min(rest.find('.'), rest.size() - 1) + 1;
      to += std::string(tower.blocks) + std::string(rest.substr(0, number));
      rest.remove_prefix(number);
      names = tower.block_names;
    }
    for (const Rename& row : names)
      if (rest.starts_with(row.from))
        return Place{to + std::string(row.to) + std::string(rest.substr(row.from.size())), row.part};
  }
  return std::nullopt;
}

// Rows begin .. begin + count of dimension 0.
WeightView rows(WeightView view, std::int64_t begin, std::int64_t count) {
  const Shape row_shape(view.shape.begin() + 1, view.shape.end());
  const std::size_t step =
      view.strides.empty() ? element_count(row_shape) : static_cast<std::size_t>(view.strides.front());
  view.shape.front() = count;
  if (element_count(view.shape) == 0) {
    view.bytes = {};
    return view;
  }
  view.bytes = view.bytes.subspan(static_cast<std::size_t>(begin) * step * size_of(view.type));
  return view;
}

void add_leading_dimension(WeightView& view) {
  view.shape.insert(view.shape.begin(), 1);
  if (!view.strides.empty()) view.strides.insert(view.strides.begin(), 0);
}

// A matrix is turned by reading it with other strides.
void transpose(WeightView& view) {
  if (view.shape.size() != 2) return;
  if (view.strides.empty()) view.strides = {view.shape[1], 1};
  std::swap(view.shape[0], view.shape[1]);
  std::swap(view.strides[0], view.strides[1]);
}

// Where the pieces of each weight gather, whatever their order in the file.
struct Piece {
  std::string file_name;
  WeightView view;
};
using Pieces = std::map<std::string, std::map<int, Piece>>;

void put(Pieces& pieces, const Place& place, const std::string& file_name, WeightView view, const std::string& where) {
  const auto [at, fresh] = pieces[place.name].emplace(place.part, Piece{file_name, std::move(view)});
  if (!fresh)
    throw Error(Kind::kInput, where + ": " + at->second.file_name + " and " + file_name + " are both " + place.name);
}

void place_siglip(Pieces& pieces, const std::string& name, WeightView view, const std::string& where) {
  if (name.ends_with("embeddings.position_ids")) return;  // 0, 1, 2, ...: older files list them
  if (name.starts_with(kPoolingInProj) && !view.shape.empty() && view.shape.front() % 3 == 0) {
    const std::string kind = name.substr(kPoolingInProj.size());  // weight or bias
    const std::int64_t width = view.shape.front() / 3;
    put(pieces, {"visual.trunk.attn_pool.q." + kind}, name, rows(view, 0, width), where);
    put(pieces, {"visual.trunk.attn_pool.kv." + kind}, name, rows(view, width, 2 * width), where);
    return;
  }
  const Place place = place_of(name, kTowers).value_or(Place{name});
  if (place.name == "visual.trunk.pos_embed") add_leading_dimension(view);
  if (place.name.starts_with("logit_") && view.shape == Shape{1}) view.shape = view.strides = {};
  put(pieces, place, name, std::move(view), where);
}

void place_clip(Pieces& pieces, const std::string& name, WeightView view, const std::string& where) {
  if (name.ends_with("embeddings.position_ids")) return;  // as above
  for (const auto& [from, to] : kClipProjections)
    if (name == from) {
      transpose(view);
      return put(pieces, {std::string(to)}, name, std::move(view), where);
    }
  put(pieces, place_of(name, kClipTowers).value_or(Place{name}), name, std::move(view), where);
}

// What OpenAI's own files list beside the weights: sizes as numbers.
bool is_openai_number(const std::string& name) {
  return name == "input_resolution" || name == "context_length" || name == "vocab_size";
}

Weight join(const std::string& name, std::map<int, Piece> pieces, const std::string& where) {
  Weight weight;
  for (auto& [part, piece] : pieces) {
    const Shape& shape = piece.view.shape;
    if (weight.parts.empty()) {
      weight.shape = shape;
    } else if (shape.empty() || shape != weight.parts.front().shape ||
               __builtin_add_overflow(weight.shape.front(), shape.front(), &weight.shape.front())) {
      throw Error(Kind::kInput, where + ": " + piece.file_name + " is " + to_string(shape) + ", not " +
                                    to_string(weight.parts.front().shape) + " as " + weight.file_name);
    }
    if (piece.file_name != name) weight.file_name += (weight.parts.empty() ? "" : " + ") + piece.file_name;
    weight.parts.push_back(std::move(piece.view));
  }
  return weight;
}

}  // namespace

Layout to_canonical(WeightViews views, const std::string& where) {
  Layout layout;
  const std::string wrappers = unwrap(views, where);
  if (!wrappers.empty()) layout.note = "the prefix \"" + wrappers + "\" is left out";
  const auto say = [&](const std::string& what) { layout.note += (layout.note.empty() ? "" : "; ") + what; };

  const bool transformers = views.contains("vision_model.embeddings.patch_embedding.weight") ||
                            views.contains("text_model.embeddings.token_embedding.weight");
  const bool transformers_clip =
      views.contains("vision_model.embeddings.class_embedding") || views.contains("text_projection.weight");
  const bool clip = views.contains("visual.class_embedding");
  const bool timm = views.contains("attn_pool.latent") && views.contains("patch_embed.proj.weight");
  if (transformers) say("the file has transformers' names, which are read as open_clip's");
  if (timm) say("the file has timm's names, which are read as open_clip's \"visual.trunk.\"");
  // open_clip's CustomTextCLIP keeps the text tower apart.
  constexpr std::string_view kTextPrefix = "text.";

  Pieces pieces;
  for (auto& [name, view] : views) {
    if (transformers && transformers_clip)
      place_clip(pieces, name, std::move(view), where);
    else if (transformers)
      place_siglip(pieces, name, std::move(view), where);
    else if (timm && !name.starts_with("head."))  // ours, on top
      put(pieces, {"visual.trunk." + name}, name, std::move(view), where);
    else if (clip && is_openai_number(name))
      continue;
    else if (clip && name.starts_with(kTextPrefix))
      put(pieces, {name.substr(kTextPrefix.size())}, name, std::move(view), where);
    else
      put(pieces, {name}, name, std::move(view), where);
  }
  for (auto& [name, parts] : pieces) layout.weights.emplace(name, join(name, std::move(parts), where));
  return layout;
}

}  // namespace ootd
