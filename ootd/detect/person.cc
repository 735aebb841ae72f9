#include "ootd/detect/person.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "ootd/base/sha256.h"
#include "ootd/base/words.h"
#include "ootd/models/config_fields.h"

namespace ootd {
namespace {

// Changes of the constants or of the code that change crops count this up: it is part of the crops' origin.
constexpr int kVersion = 3;

constexpr float kSameThing = 0.6f;  // IoU above which two boxes of one category are one thing
constexpr float kInside = 0.5f;     // share of a garment that lies in its wearer's box, at least
constexpr float kAsMuch = 0.1f;     // shares closer than this are equal: the nearer person has it
constexpr float kAligned = 0.5f;    // of the narrower garment's width, that two of one person have in common
constexpr float kFit = 0.25f;       // see worn_together
constexpr float kOrder = 0.3f;      // of the lower one's height, by which a bottom may begin above a top
constexpr float kBorder = 0.005f;   // of the photo's side: nearer to its border is touching it

constexpr Word<Refusal> kRefusals[] = {{"", Refusal::kNone},
                                       {"no_garment", Refusal::kNoGarment},
                                       {"one_garment", Refusal::kOneGarment},
                                       {"too_small", Refusal::kTooSmall},
                                       {"crowd", Refusal::kCrowd},
                                       {"touches_border", Refusal::kTouchesBorder}};

bool is_person(const Garment& g) { return g.category == kPersonCategory; }
float center_x(const Box& b) { return b.x + b.w / 2; }
float center_y(const Box& b) { return b.y + b.h / 2; }

// Clipped, the best first, one box for each thing. The order is that of the boxes alone, never that of the input.
std::vector<Garment> seen(std::span<const Garment> found, int width, int height, float min_score) {
  const Box photo{0, 0, static_cast<float>(width), static_cast<float>(height)};
  std::vector<Garment> all;
  for (Garment g : found) {
    const bool known = is_person(g) || std::find(kGarmentCategories.begin(), kGarmentCategories.end(), g.category) !=
                                           kGarmentCategories.end();
    const bool number = std::isfinite(g.box.right()) && std::isfinite(g.box.bottom()) && std::isfinite(g.box.x) &&
                        std::isfinite(g.box.y) && g.box.w > 0 && g.box.h > 0;
    if (!known || !number || !(g.score >= min_score)) continue;
    g.box = intersect(g.box, photo);
    if (g.box.area() > 0) all.push_back(std::move(g));
  }
  const auto rank = [](const Garment& g) {
    return std::tuple(-g.score, -g.box.area(), g.box.y, g.box.x, g.box.w, std::string_view(g.category),
                      std::string_view(g.fine_category));
  };
  std::sort(all.begin(), all.end(), [&](const Garment& a, const Garment& b) { return rank(a) < rank(b); });
  std::vector<Garment> kept;
  for (Garment& g : all)
    if (std::none_of(kept.begin(), kept.end(),
                     [&](const Garment& k) { return k.category == g.category && iou(k.box, g.box) > kSameThing; }))
      kept.push_back(std::move(g));
  return kept;
}

// Which person's box holds most of the garment; -1 if none holds enough.
int wearer(const Box& garment, std::span<const Person> persons) {
  const auto share = [&](const Person& p) { return intersect(garment, *p.box).area() / garment.area(); };
  float most = 0, nearest = std::numeric_limits<float>::max();
  for (const Person& p : persons) most = std::max(most, share(p));
  int best = -1;
  for (std::size_t i = 0; i < persons.size(); ++i) {
    if (share(persons[i]) < std::max(kInside, most - kAsMuch)) continue;
    const Box& box = *persons[i].box;
    const float far = std::hypot(center_x(box) - center_x(garment), center_y(box) - center_y(garment));
    if (far < nearest) nearest = far, best = static_cast<int>(i);
  }
  return best;
}

// How well two garments sit on one body, up to 1: the middles above each other, no gap between them. Nothing if one
// person cannot wear both: side by side, or a bottom that begins above a top. Kinds do not say more: a blouse ends
// above a dress that was labelled from the waist down, leggings go on below a skirt.
std::optional<float> worn_together(const Garment& a, const Garment& b) {
  const auto upper = [](const Garment& g) { return g.category == "top" || g.category == "outer"; };
  if (a.category == "bottom" && upper(b)) return worn_together(b, a);
  const float low = std::min(a.box.h, b.box.h), high = std::max(a.box.h, b.box.h);
  const float gap = std::max(a.box.y, b.box.y) - std::min(a.box.bottom(), b.box.bottom());
  const bool order = !(upper(a) && b.category == "bottom") || a.box.y <= b.box.y + kOrder * low;
  const float common = std::min(a.box.right(), b.box.right()) - std::max(a.box.x, b.box.x);
  if (!order || common < kAligned * std::min(a.box.w, b.box.w)) return std::nullopt;
  return 1 - std::abs(center_x(a.box) - center_x(b.box)) / std::max(a.box.w, b.box.w) - std::max(0.0f, gap / high);
}

// The best pair first; groups join only if each garment of one can be worn with each of the other. A pair far apart
// joins nobody, but does not part what a garment between them joined.
std::vector<Person> group_by_geometry(std::vector<Garment> garments) {
  struct Pair {
    float fit;
    std::size_t a, b;
  };
  std::vector<Pair> pairs;
  for (std::size_t a = 0; a < garments.size(); ++a)
    for (std::size_t b = a + 1; b < garments.size(); ++b)
      if (const auto fit = worn_together(garments[a], garments[b]); fit >= kFit) pairs.push_back({*fit, a, b});
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& p, const Pair& q) { return p.fit > q.fit; });
  std::vector<std::vector<std::size_t>> groups(garments.size());
  std::vector<std::size_t> group_of(garments.size());
  for (std::size_t i = 0; i < garments.size(); ++i) groups[i] = {i}, group_of[i] = i;
  for (const Pair& pair : pairs) {
    auto &into = groups[group_of[pair.a]], &from = groups[group_of[pair.b]];
    const bool all = &into != &from && std::all_of(into.begin(), into.end(), [&](std::size_t a) {
      return std::all_of(from.begin(), from.end(),
                         [&](std::size_t b) { return worn_together(garments[a], garments[b]).has_value(); });
    });
    if (!all) continue;
    for (const std::size_t i : from) into.push_back(i), group_of[i] = group_of[pair.a];
    from.clear();
  }
  std::vector<Person> persons;
  for (auto& group : groups) {
    if (group.empty()) continue;
    std::sort(group.begin(), group.end());  // the order of garments: best first
    Person& person = persons.emplace_back();
    for (const std::size_t i : group) person.garments.push_back(std::move(garments[i]));
  }
  return persons;
}

// The area of the clothes (of the person's box where there are none), half of it at the photo's border.
float prominence(const Person& p, float width, float height) {
  const Box& box = p.garments.empty() ? whole_person(p) : p.clothes;
  const float off = std::max(std::abs(2 * center_x(box) / width - 1), std::abs(2 * center_y(box) / height - 1));
  return box.area() * (1 - off / 2);
}

std::vector<Person> find_persons(std::span<const Garment> found, int width, int height, const PersonRule& rule) {
  std::vector<Person> persons;
  std::vector<Garment> clothes, alone;
  for (Garment& g : seen(found, width, height, rule.min_score)) {
    if (is_person(g))
      persons.push_back({{}, g.box, {}});
    else
      clothes.push_back(std::move(g));
  }
  for (Garment& g : clothes) {
    const int who = wearer(g.box, persons);
    (who < 0 ? alone : persons[static_cast<std::size_t>(who)].garments).push_back(std::move(g));
  }
  for (Person& p : group_by_geometry(std::move(alone))) persons.push_back(std::move(p));
  for (Person& p : persons)
    for (const Garment& g : p.garments) p.clothes = p.clothes.area() > 0 ? unite(p.clothes, g.box) : g.box;
  const auto rank = [w = static_cast<float>(width), h = static_cast<float>(height)](const Person& p) {
    return std::tuple(p.garments.empty(), -prominence(p, w, h), whole_person(p).y, whole_person(p).x,
                      whole_person(p).w);
  };
  std::sort(persons.begin(), persons.end(), [&](const Person& a, const Person& b) { return rank(a) < rank(b); });
  return persons;
}

Box crop_of(const Person& person, int width, int height, const PersonRule& rule) {
  Box box = rule.person_box ? whole_person(person) : person.clothes;
  const float dx = rule.margin * box.w, dy = rule.margin * box.h;
  box = intersect({box.x - dx, box.y - dy, box.w + 2 * dx, box.h + 2 * dy},
                  {0, 0, static_cast<float>(width), static_cast<float>(height)});
  // A rounding error of the sums above is not worth a pixel.
  const float left = std::floor(box.x + 1e-3f), top = std::floor(box.y + 1e-3f);
  return {left, top, std::ceil(box.right() - 1e-3f) - left, std::ceil(box.bottom() - 1e-3f) - top};
}

bool touches_border(const Box& b, int width, int height) {
  const float dx = kBorder * static_cast<float>(width), dy = kBorder * static_cast<float>(height);
  return b.x <= dx || b.y <= dy || b.right() >= static_cast<float>(width) - dx ||
         b.bottom() >= static_cast<float>(height) - dy;
}

bool is_too_small(const Box& crop, int width, int height, const PersonRule& rule) {
  const auto longer = static_cast<float>(std::max(width, height));
  const float share = std::min(1.0f, longer / static_cast<float>(rule.full_side_px));
  return std::min(crop.w, crop.h) < static_cast<float>(rule.min_side_px) * share;
}

// persons.front() is the main one.
Outfit judge(std::vector<Person> persons, int width, int height, const PersonRule& rule) {
  Outfit outfit;
  outfit.persons = std::move(persons);
  const auto refuse = [&](Refusal why) {
    outfit.refusal = why;
    return outfit;
  };
  if (outfit.persons.empty() || outfit.persons.front().garments.empty()) return refuse(Refusal::kNoGarment);
  outfit.main = 0;
  const Person& main = outfit.persons.front();
  const auto beside = std::count_if(outfit.persons.begin(), outfit.persons.end(), [&](const Person& p) {
    return whole_person(p).h >= rule.bystander * whole_person(main).h;
  });
  if (rule.max_persons > 0 && beside > rule.max_persons) return refuse(Refusal::kCrowd);
  const bool dress =
      std::any_of(main.garments.begin(), main.garments.end(), [](const Garment& g) { return g.category == "dress"; });
  if (!dress && static_cast<int>(main.garments.size()) < rule.min_garments) return refuse(Refusal::kOneGarment);
  const Box crop = crop_of(main, width, height, rule);
  if (is_too_small(crop, width, height, rule)) return refuse(Refusal::kTooSmall);
  if (rule.refuse_border && touches_border(main.clothes, width, height)) return refuse(Refusal::kTouchesBorder);
  outfit.crop = crop;
  return outfit;
}

}  // namespace

const Box& whole_person(const Person& person) { return person.box ? *person.box : person.clothes; }

std::string_view to_string(Refusal refusal) { return word_of(refusal, kRefusals); }

PersonRule parse_person_rule(const Json& json, const std::string& where) {
  const Fields fields(json, where);
  PersonRule rule;
  const Json known = to_json(rule);
  for (const auto& [name, value] : json.items())
    if (!known.contains(name)) throw_bad_field(where, name.c_str(), "is not known to the person rule");
  const auto share = [&](const char* name, float fallback) {
    if (!fields.has(name)) return fallback;
    const Json value = fields.get<Json>(name);
    if (!value.is_number() || value < 0 || value > 1) fields.refuse(name, "must be a number in 0..1");
    return value.get<float>();
  };
  rule.min_score = share("min_score", rule.min_score);
  rule.margin = share("margin", rule.margin);
  rule.person_box = fields.get_or("person_box", rule.person_box);
  rule.min_garments = fields.whole_or("min_garments", rule.min_garments, 1, 10);
  rule.min_side_px = fields.whole_or("min_side_px", rule.min_side_px, 1, 100'000);
  rule.full_side_px = fields.whole_or("full_side_px", rule.full_side_px, 1, 100'000);
  rule.max_persons = fields.whole_or("max_persons", rule.max_persons, 0, 1000);
  rule.bystander = share("bystander", rule.bystander);
  rule.refuse_border = fields.get_or("refuse_border", rule.refuse_border);
  return rule;
}

Json to_json(const PersonRule& rule) {
  // A float as a double is 0.30000001192; the decimal that a person wrote is the double nearest to it.
  const auto decimal = [](float value) { return std::round(static_cast<double>(value) * 1e6) / 1e6; };
  return {{"min_score", decimal(rule.min_score)}, {"margin", decimal(rule.margin)},
          {"person_box", rule.person_box},        {"min_garments", rule.min_garments},
          {"min_side_px", rule.min_side_px},      {"full_side_px", rule.full_side_px},
          {"max_persons", rule.max_persons},      {"bystander", decimal(rule.bystander)},
          {"refuse_border", rule.refuse_border}};
}

std::string crop_origin(const std::string& detector_id, const PersonRule& rule) {
  Json all = to_json(rule);
  all["version"] = kVersion;
  const std::string text = dump_json(all);
  return detector_id + "/" + sha256_hex(std::as_bytes(std::span(text))).substr(0, 8);
}

Outfit find_outfit(std::span<const Garment> found, int width, int height, const PersonRule& rule) {
  return judge(find_persons(found, width, height, rule), width, height, rule);
}

}  // namespace ootd
