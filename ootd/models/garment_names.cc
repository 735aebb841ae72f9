#include "ootd/models/garment_names.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace ootd {
namespace {

using Row = std::pair<std::string_view, std::string_view>;

// The seven, K-Fashion in either language, COCO's person and ours.
constexpr Row kCategories[] = {
    {"outer", "outer"},  {"bottom", "bottom"}, {"dress", "dress"},  {"top", "top"},  {"person", "person"},
    {"아우터", "outer"}, {"하의", "bottom"},   {"원피스", "dress"}, {"상의", "top"},
};
constexpr Row kFashionpedia[] = {
    {"jacket", "outer"},   {"coat", "outer"},       {"vest", "outer"},   {"cape", "outer"},
    {"cardigan", "outer"}, {"shirt blouse", "top"}, {"sweater", "top"},  {"top t shirt sweatshirt", "top"},
    {"pants", "bottom"},   {"shorts", "bottom"},    {"skirt", "bottom"}, {"dress", "dress"},
    {"jumpsuit", "dress"},
};
constexpr Row kDeepFashion2[] = {
    {"short sleeve top", "top"},
    {"long sleeve top", "top"},
    {"vest", "top"},
    {"sling", "top"},
    {"shorts", "bottom"},
    {"trousers", "bottom"},
    {"skirt", "bottom"},
    {"short sleeve dress", "dress"},
    {"long sleeve dress", "dress"},
    {"vest dress", "dress"},
    {"sling dress", "dress"},
    {"short sleeve outwear", "outer"},
    {"long sleeve outwear", "outer"},
};
constexpr std::array<std::span<const Row>, 3> kSets = {kCategories, kFashionpedia, kDeepFashion2};

// "top, t-shirt, sweatshirt" -> "top t shirt sweatshirt"; bytes that are no ASCII stay.
std::string plain(std::string_view name) {
  std::string words;
  for (const char letter : name) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool upper = letter >= 'A' && letter <= 'Z';
    if (upper || (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || byte >= 0x80)
      words += upper ? static_cast<char>(letter - 'A' + 'a') : letter;
    else if (!words.empty() && words.back() != ' ')
      words += ' ';
  }
  if (!words.empty() && words.back() == ' ') words.pop_back();
  return words;
}

const Row* find_row(std::span<const Row> set, std::string_view name) {
  const auto row = std::ranges::find(set, name, &Row::first);
  return row == set.end() ? nullptr : &*row;
}

}  // namespace

std::map<std::string, std::string> default_categories(std::span<const std::string> classes) {
  const auto known = [&](std::span<const Row> set) {
    return std::ranges::count_if(classes, [&](const auto& name) { return find_row(set, plain(name)) != nullptr; });
  };
  auto sets = kSets;
  std::ranges::stable_sort(sets, std::ranges::greater{}, known);
  std::map<std::string, std::string> categories;
  for (const auto& name : classes)
    for (const auto& set : sets)
      if (const Row* row = find_row(set, plain(name))) {
        categories[name] = row->second;
        break;
      }
  return categories;
}

}  // namespace ootd
