#include "ootd/catalog/store_rules.h"

#include <charconv>
#include <cmath>

#include "ootd/base/json.h"
#include "ootd/base/unicode.h"

namespace ootd {
namespace {

bool is_finite(const Box& box) { return std::isfinite(box.x + box.y + box.w + box.h); }

}  // namespace

void check_image(const ImageRecord& image) {
  if (image.id.empty()) throw Error(Kind::kInput, image.source + ": an image without an id");
  for (const Label& label : image.labels)
    if (label.key.empty()) throw Error(Kind::kInput, image.source + ": a label without a key");
}

Label tidied(const Label& label) { return {label_text(label.key), label_text(label.value)}; }

Label given_label(const std::string& where, const Label& label) {
  Label tidy = tidied(label);
  if (tidy.key.empty()) throw Error(Kind::kInput, where + ": a label without a key");
  if (is_program_key(tidy.key))
    throw Error(Kind::kInput, where + ": the label key \"" + tidy.key + "\" is the program's own; choose another name");
  return tidy;
}

void check_garments(LookKey look, std::span<const Garment> garments) {
  for (const Garment& garment : garments)
    if (!is_finite(garment.box) || !std::isfinite(garment.score))
      throw Error(Kind::kInput, "look " + to_string(look) + ": the box or score of a garment (" + garment.category +
                                    ") is not a finite number");
}

void check_crop(LookKey look, const Crop& crop) {
  const std::string where = "look " + to_string(look) + ": a crop ";
  if (crop.origin.empty()) throw Error(Kind::kInput, where + "without an origin");
  if (crop.box && !(is_finite(*crop.box) && crop.box->w > 0 && crop.box->h > 0))
    throw Error(Kind::kInput, where + "needs a box of finite numbers with an area");
  if (crop.box.has_value() != crop.reason.empty())
    throw Error(Kind::kInput, where + "has a box or a reason why not, not both or neither");
}

std::string look_text(const Generation& generation, LookKey look) {
  return "model " + generation.model + ", look " + to_string(look);
}

void check_vectors(const Generation& generation, std::span<const LookKey> looks, const Matrix& vectors,
                   std::span<const std::optional<Box>> seen) {
  if (looks.size() != vectors.rows() || (!seen.empty() && seen.size() != looks.size()))
    throw Error(Kind::kInput, "model " + generation.model + ": " + std::to_string(vectors.rows()) + " vectors for " +
                                  std::to_string(looks.size()) + " looks");
  for (std::size_t i = 0; i < looks.size(); ++i)
    for (const float value : vectors.row(i))
      if (!std::isfinite(value))
        throw Error(Kind::kInput,
                    look_text(generation, looks[i]) + ": the vector holds a value that is no finite number");
}

void check_generation(const Generation& generation, std::size_t dim) {
  if (generation.model.empty() || dim == 0)
    throw Error(Kind::kInput,
                "model \"" + generation.model + "\": a model needs a name and vectors of at least one number");
}

void check_same_length(const Generation& generation, std::size_t dim, std::size_t stored) {
  if (stored != dim)
    throw Error(Kind::kInput, "model " + generation.model + ": vectors of length " + std::to_string(dim) +
                                  ", but those stored have " + std::to_string(stored));
}

std::int64_t position_in_feed(std::string_view prefix, const VectorLog::Cursor& cursor, std::int64_t newest) {
  if (cursor.empty()) return 0;
  std::int64_t position = -1;
  const char* end = cursor.data() + cursor.size();
  if (prefix.empty() || !cursor.starts_with(prefix) ||
      std::from_chars(cursor.data() + prefix.size(), end, position).ptr != end || position < 0 || position > newest)
    throw Error(Kind::kInput,
                "the cursor \"" + cursor + "\" is of another catalog or of a generation that is gone; begin anew");
  return position;
}

std::string picks_text(const QuizPicks& picks) {
  Json looks = Json::array();
  for (const LookKey look : picks.looks) looks.push_back(static_cast<std::uint64_t>(look));
  return dump_json({{"labels", picks.labels}, {"looks", std::move(looks)}});
}

QuizPicks parse_picks(const std::string& text) {
  const Json json = parse_json(text, "the picks of a quiz");
  QuizPicks picks;
  picks.labels = json.at("labels").get<std::vector<std::string>>();
  for (const Json& look : json.at("looks")) picks.looks.push_back(static_cast<LookKey>(look.get<std::uint64_t>()));
  return picks;
}

void throw_nothing_to_undo(const Event& undo) {
  throw Error(Kind::kNotFound, "user " + undo.user + ": nothing to undo: event " + std::to_string(undo.undoes) +
                                   " is no swipe of this user that stands");
}

}  // namespace ootd
