#include "ootd/taste/simulated_people.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ranges>

#include "ootd/base/error.h"
#include "ootd/base/random.h"

namespace ootd {
namespace {

enum class From { kLabels, kHalves, kRegions, kGarments, kNothing };

struct PeopleKind {
  std::string_view name;
  bool counted = true;  // a digit follows: how many interests
  From from = From::kLabels;
  bool changes = false, rare = false;
  double region = 0.04;                   // the share of all looks
  double missed = 0.10, mistaken = 0.10;  // slips
  int swipes = 200;
};
constexpr PeopleKind kKinds[] = {
    {.name = "style"},
    {.name = "half", .from = From::kHalves},
    {.name = "region", .from = From::kRegions},
    {.name = "garment", .from = From::kGarments},
    {.name = "drift", .changes = true},
    {.name = "rare", .rare = true, .missed = 0, .mistaken = 0, .swipes = 100},
    {.name = "rareswitch", .counted = false, .changes = true, .rare = true, .missed = 0, .mistaken = 0, .swipes = 100},
    {.name = "picky", .counted = false, .from = From::kRegions, .region = 0.02, .mistaken = 0.02},
    {.name = "never", .counted = false, .from = From::kNothing, .mistaken = 0},
};
constexpr double kRareFrom = 0.03, kRareTo = 0.15;
constexpr double kSavedOfLiked = 0.25, kSavedOfMistaken = 0.05;

[[noreturn]] void throw_unknown(const std::string& kind) {
  throw Error(Kind::kInput, "no kind of people \"" + kind + "\"; there are " + std::string(kPeopleKinds));
}

// The part after "@e", in percent.
double noise_of(std::string_view option, const std::string& kind) {
  double percent = 0;
  if (!option.starts_with('e')) throw_unknown(kind);
  const auto read = std::from_chars(option.data() + 1, option.data() + option.size(), percent);
  if (read.ec != std::errc() || read.ptr != option.data() + option.size() || !(percent >= 0) || !(percent <= 100))
    throw_unknown(kind);
  return percent / 100;
}

// n of the looks, nearest to `centre` in the judge's space; of equally near ones the lower keys. Ascending.
std::vector<LookKey> nearest(const IndexView& judge, LookKey centre, const IndexView::Subset& among, double share) {
  const auto n = static_cast<int>(std::lround(share * static_cast<double>(among.size())));
  std::vector<LookKey> looks;
  for (const Hit& hit : judge.search(judge.vector(centre), n, &among)) looks.push_back(hit.key);
  std::ranges::sort(looks);
  return looks;
}

// What can be dealt, of a judge's view.
struct Judged {
  Judged(const IndexView& judge, const IndexView& view) : in(judge) {
    looks = judge.looks(judge.all());
    std::erase_if(looks, [&](LookKey look) { return !view.contains(look); });
    std::ranges::sort(looks);
    all = judge.where(looks);
  }
  std::vector<LookKey> region(double share, Random& random) const {
    return nearest(in, looks[random.below(looks.size())], all, share);
  }

  const IndexView& in;
  std::vector<LookKey> looks;  // ascending
  IndexView::Subset all;
};

}  // namespace

bool TrueTaste::likes(LookKey look) const {
  return std::ranges::any_of(interests,
                             [look](const auto& interest) { return std::ranges::binary_search(interest, look); });
}

std::size_t TrueTaste::looks() const {
  std::vector<LookKey> all;
  for (const auto& interest : interests) all.insert(all.end(), interest.begin(), interest.end());
  std::ranges::sort(all);
  return static_cast<std::size_t>(std::unique(all.begin(), all.end()) - all.begin());
}

SimulatedPeople::SimulatedPeople(const PeopleRequest& request, const IndexView& view, const IndexView& judge,
                                 std::span<const NamedLooks> labels, const GarmentViews* garments)
    : kind_(request.kind), seed_(request.seed) {
  const auto option = std::min(kind_.find('@'), kind_.size());
  std::string_view name = std::string_view(kind_).substr(0, option);
  const bool counted = !name.empty() && name.back() >= '1' && name.back() <= '9';
  if (counted) interests_ = name.back() - '0', name.remove_suffix(1);
  const auto* kind = std::ranges::find(kKinds, name, &PeopleKind::name);
  if (kind == std::end(kKinds) || kind->counted != counted) throw_unknown(kind_);
  changes_ = kind->changes;
  missed_ = kind->missed;
  mistaken_ = kind->mistaken;
  if (option < kind_.size()) missed_ = mistaken_ = noise_of(std::string_view(kind_).substr(option + 1), kind_);
  swipes_ = request.swipes > 0 ? request.swipes : kind->swipes;

  // Only what can be dealt counts.
  std::vector<NamedLooks> values;
  for (const NamedLooks& label : labels) {
    NamedLooks& value = values.emplace_back(NamedLooks{label.name, {}});
    std::ranges::copy_if(label.looks, std::back_inserter(value.looks),
                         [&](LookKey look) { return view.contains(look); });
    const double share =
        static_cast<double>(value.looks.size()) / static_cast<double>(std::max<std::size_t>(view.size(), 1));
    if (value.looks.empty() || (kind->rare && (share < kRareFrom || share > kRareTo))) values.pop_back();
  }
  const std::size_t drawn = kind->from == From::kLabels || kind->from == From::kHalves
                                ? static_cast<std::size_t>(interests_) * (changes_ ? 2 : 1)
                                : 0;
  if (values.size() < drawn) {
    std::string known;
    for (const NamedLooks& value : values) known += (known.empty() ? ": " : ", ") + value.name;
    throw Error(Kind::kInput, kind_ + " needs " + std::to_string(drawn) + " values of labels" +
                                  (kind->rare ? " that 3 to 15 % of the looks have" : "") + "; there are " +
                                  std::to_string(values.size()) + known);
  }
  const Judged judged(judge, view);
  if (judged.looks.empty() && (kind->from == From::kRegions || kind->from == From::kHalves))
    throw Error(Kind::kInput, kind_ + ": the judge has no vectors of the looks that are dealt");
  std::vector<Judged> categories;
  if (kind->from == From::kGarments && garments != nullptr)
    for (const auto& category : std::views::values(*garments))
      if (categories.emplace_back(*category, view).looks.empty()) categories.pop_back();
  if (kind->from == From::kGarments && categories.empty())
    throw Error(Kind::kInput, kind_ + ": the judge has no vectors of garments");

  for (int u = 0; u < request.users; ++u) {
    SimulatedPerson& person = people_.emplace_back();
    Random random(mixed(request.seed) + static_cast<std::uint64_t>(u) + 1);
    std::vector<std::size_t> order(values.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    random.shuffle(std::span(order));
    auto next = order.begin();
    for (int phase = 0; phase < (changes_ ? 2 : 1); ++phase) {
      TrueTaste& taste = person.tastes.emplace_back();
      for (int i = 0; i < interests_ && kind->from != From::kNothing; ++i) {
        if (kind->from == From::kRegions) {
          taste.interests.push_back(judged.region(kind->region, random));
          continue;
        }
        if (kind->from == From::kGarments) {
          taste.interests.push_back(categories[random.below(categories.size())].region(kind->region, random));
          continue;
        }
        const NamedLooks& value = values[*next++];
        taste.labels.push_back(value.name);
        if (kind->from == From::kLabels) {
          taste.interests.push_back(value.looks);
          continue;
        }
        std::vector<LookKey> of_value;
        std::ranges::set_intersection(value.looks, judged.looks, std::back_inserter(of_value));
        if (of_value.empty()) throw Error(Kind::kInput, kind_ + ": the judge has no vectors of " + value.name);
        taste.interests.push_back(nearest(judge, of_value[random.below(of_value.size())], judge.where(of_value), 0.5));
      }
      if (taste.interests.empty()) taste.interests.emplace_back();
    }
    for (int swipe = 0; swipe < swipes_; ++swipe) person.slips.push_back(random.uniform());
    for (int swipe = 0; swipe < swipes_; ++swipe) person.saves.push_back(random.uniform());
  }
}

EventKind SimulatedPeople::answer(const SimulatedPerson& person, int swipe, LookKey look) const {
  const auto at = static_cast<std::size_t>(swipe);
  const bool truly = taste_at(person, swipe).likes(look);
  if (truly ? person.slips[at] < missed_ : person.slips[at] >= mistaken_) return EventKind::kDislike;
  return person.saves[at] < (truly ? kSavedOfLiked : kSavedOfMistaken) ? EventKind::kSave : EventKind::kLike;
}

}  // namespace ootd
