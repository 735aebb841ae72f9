#include "ootd/ingest/annotations.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/unicode.h"
#include "ootd/ingest/boxes.h"
#include "ootd/ingest/folder_words.h"
#include "ootd/models/garment_names.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// A box without its photo's size and one with it may be of one photo.
bool same_frame(const Listed& a, const Listed& b) {
  return a.garments.empty() || b.garments.empty() || a.frame == b.frame;
}

}  // namespace

void Gathering::add(Listed photo) {
  if (photo.reason.empty()) {
    const auto [known, is_new] = by_path_.emplace(photo.path.lexically_normal().native(), listed_.size());
    if (!is_new && same_frame(listed_[known->second], photo)) {
      Listed& first = listed_[known->second];
      if (first.garments.empty()) first.frame = photo.frame;
      for (Label& label : photo.labels)
        if (std::ranges::find(first.labels, label) == first.labels.end()) first.labels.push_back(std::move(label));
      unite_garments(first.garments, photo.garments);
      first.says_boxes = first.says_boxes || photo.says_boxes;
      return;
    }
  }
  listed_.push_back(std::move(photo));
}

void Gathering::fail(const std::string& where, const std::string& reason) {
  listed_.push_back({.where = where, .reason = reason});
}

void Gathering::finish(const ListingSink& sink) {
  std::vector<std::string> words;
  for (const Listed& photo : listed_)
    for (const Garment& garment : photo.garments) words.push_back(garment.category);
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  const auto categories = default_categories(words);
  for (Listed& photo : listed_) {
    photo.by = file.native();
    name_garments(photo, categories, notes);
    sink(std::move(photo));
  }
  listed_.clear();
  by_path_.clear();
}

void name_garments(Listed& photo, const std::map<std::string, std::string>& categories, ListingNotes& notes) {
  std::erase_if(photo.garments, [&](Garment& garment) {
    const auto known = categories.find(garment.category);
    if (known == categories.end()) {
      add_to(notes.unknown_categories, garment.category, photo.where);
      return true;
    }
    if (garment.fine_category.empty() && garment.category != known->second) garment.fine_category = garment.category;
    garment.category = known->second;
    garment.fine_category = label_text(garment.fine_category);
    if (garment.category != kPersonCategory && !garment.fine_category.empty())
      add_labels(photo, "garment", garment.fine_category, notes);
    return false;
  });
}

fs::path absolute_path(const fs::path& path) {
  fs::path tidy;
  for (const fs::path& part : fs::absolute(path))
    if (part != "." && !part.empty()) tidy /= part;
  return tidy;
}

bool has_photo_extension(const fs::path& path) {
  constexpr std::string_view kExtensions[] = {".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".avif"};
  const std::string extension = lower_case(path.extension().native());
  return extension.starts_with(".jpg") || std::ranges::find(kExtensions, extension) != std::end(kExtensions);
}

bool add_labels(std::vector<Label>& labels, std::string_view field, std::string_view value, Joined joined) {
  std::string key = label_text(field);
  const std::string word = lower_case(key);
  // A column without a name is the row number that some table programs write.
  if (key.empty() || word == "width" || word == "height") return true;
  if (is_program_key(word)) return false;
  if (word == "style" || word == "styles")
    key = kStyleKey;
  else if (word == "tags")
    key = "tag";
  else if (word == "labels")
    key = "label";
  else if (word == kSplitKey)
    key = kSplitKey;
  const bool one_text = joined == Joined::kNever || word == "caption";  // a sentence may hold the sign, too
  while (true) {
    const std::size_t end = one_text ? std::string_view::npos : value.find('|');
    if (auto one = label_text(value.substr(0, end)); !one.empty()) {
      if (key == kSplitKey)
        if (std::string split = role_of(one).split; !split.empty()) one = std::move(split);
      if (Label label{key, std::move(one)}; std::ranges::find(labels, label) == labels.end())
        labels.push_back(std::move(label));
    }
    if (end == std::string_view::npos) return true;
    value.remove_prefix(end + 1);
  }
}

void add_labels(Listed& photo, std::string_view field, std::string_view value, ListingNotes& notes, Joined joined) {
  if (!add_labels(photo.labels, field, value, joined) && !label_text(value).empty())
    add_to(notes.ignored_columns, label_text(field), photo.where);
}

std::string id_text(const Json& object, const char* field, const std::string& where) {
  const Json value = json_field<Json>(object, field, where);
  if (value.is_number_integer()) return dump_json(value);
  std::string text;
  if (value.is_string())
    text = label_text(value.get_ref<const std::string&>());
  else if (value.is_number_float())
    text = dump_json(value);
  else
    throw_bad_field(where, field, "must be a number or a text");
  // Whole numbers that a table program made fractions of; beyond 2^53 a fraction is not exact.
  constexpr double kExact = 9007199254740992;
  if (const auto number = parse_number(text); number && *number == std::floor(*number) && std::abs(*number) <= kExact &&
                                              text.find_first_of(".eE") != std::string::npos)
    return std::to_string(static_cast<std::int64_t>(*number));
  return text;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string without_blanks(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

std::optional<double> parse_number(const std::string& text) {
  const std::string plain = without_blanks(text);
  double value = 0;
  const char* end = plain.data() + plain.size();
  const auto [stop, problem] = std::from_chars(plain.data(), end, value);
  if (problem != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace ootd
