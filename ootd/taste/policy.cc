#include "ootd/taste/policy.h"

#include <charconv>

#include "ootd/base/error.h"
#include "ootd/taste/kernel.h"
#include "ootd/taste/rivals.h"

namespace ootd {
namespace {

struct Setting {
  std::string_view name;
  float KernelParams::* value = nullptr;
  int KernelParams::* count = nullptr;
  float low = 0, high = 1e6f;
};
constexpr Setting kSettings[] = {
    {.name = "width", .value = &KernelParams::width, .low = 0.02f, .high = 10},
    {.name = "label", .value = &KernelParams::label, .high = 10},
    {.name = "garments", .value = &KernelParams::garments, .high = 10},
    {.name = "noise", .value = &KernelParams::noise, .low = 1e-3f},
    {.name = "prior", .value = &KernelParams::prior, .high = 1},
    {.name = "most_swipes", .count = &KernelParams::most_swipes, .low = 1, .high = 1000},
    {.name = "window", .count = &KernelParams::window, .high = 1000},
    {.name = "evidence", .value = &KernelParams::evidence},
    {.name = "forgotten_noise", .value = &KernelParams::forgotten_noise, .low = 1},
    {.name = "load", .value = &KernelParams::load, .high = 100},
    {.name = "label_load", .value = &KernelParams::label_load, .high = 1},
    {.name = "pool", .count = &KernelParams::pool, .low = 1, .high = 10'000},
    {.name = "queries", .count = &KernelParams::queries, .high = 100},
    {.name = "per_query", .count = &KernelParams::per_query, .low = 1, .high = 10'000},
    {.name = "sampled", .count = &KernelParams::sampled, .high = 10'000},
    {.name = "per_label", .count = &KernelParams::per_label, .high = 10'000},
    {.name = "quiz_looks", .count = &KernelParams::quiz_looks, .low = 1, .high = 100},
};

constexpr std::string_view kNames[] = {
    "kernel",     "random", "popular",    "ema-0.9", "rocchio", "qdrant-average", "qdrant-best-score",
    "qdrant-sum", "ridge",  "pinnersage", "first"};

void set(KernelParams& params, std::string_view text, std::string_view whole) {
  const auto equals = std::min(text.find('='), text.size());
  const auto name = text.substr(0, equals), value = text.substr(std::min(equals + 1, text.size()));
  for (const Setting& setting : kSettings) {
    if (setting.name != name) continue;
    float number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole_number = setting.count == nullptr || number == static_cast<float>(static_cast<int>(number));
    if (read.ec != std::errc() || read.ptr != value.data() + value.size() || !(number >= setting.low) ||
        !(number <= setting.high) || !whole_number)
      throw Error(Kind::kInput, "policy \"" + std::string(whole) + "\": " + std::string(name) + " must be a " +
                                    (setting.count != nullptr ? "whole " : "") + "number from " +
                                    std::to_string(setting.low) + " to " + std::to_string(setting.high));
    if (setting.count != nullptr)
      params.*setting.count = static_cast<int>(number);
    else
      params.*setting.value = number;
    return;
  }
  std::string known;
  for (const Setting& setting : kSettings) known += (known.empty() ? "" : ", ") + std::string(setting.name);
  throw Error(Kind::kInput,
              "policy \"" + std::string(whole) + "\": no setting \"" + std::string(name) + "\"; there are " + known);
}

}  // namespace

std::span<const std::string_view> policy_names() { return kNames; }

std::unique_ptr<const Policy> find_policy(std::string_view name) {
  const auto colon = std::min(name.find(':'), name.size());
  const auto bare = name.substr(0, colon);
  if (bare == "kernel") {
    KernelParams params;
    for (std::size_t from = colon + 1; from < name.size();) {
      const auto comma = std::min(name.find(',', from), name.size());
      set(params, name.substr(from, comma - from), name);
      from = comma + 1;
    }
    return kernel_policy(params, name.substr(std::min(colon + 1, name.size())));
  }
  if (colon == name.size()) {
    if (auto rival = rival_policy(name)) return rival;
    if (name == "popular") return popular_policy({});
  }
  std::string known;
  for (const auto one : kNames) known += (known.empty() ? "" : ", ") + std::string(one);
  throw Error(Kind::kInput, "no policy \"" + std::string(name) + "\"; there are " + known +
                                (colon < name.size() ? "; only kernel has settings" : ""));
}

}  // namespace ootd
