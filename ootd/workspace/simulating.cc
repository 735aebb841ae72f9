#include "ootd/workspace/simulating.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/eval/bootstrap.h"
#include "ootd/report/charts.h"
#include "ootd/report/html.h"
#include "ootd/taste/rivals.h"
#include "ootd/workspace/garments.h"
#include "ootd/workspace/reporting.h"

namespace ootd {
namespace {

constexpr std::uint64_t kOthers = 987'654;  // added to the seed: those among whom a look is popular

using LooksByValue = std::map<std::string, std::vector<LookKey>>;

LooksByValue looks_by_value(const LookStore& looks, const std::string& key) {
  LooksByValue values;
  for (const auto& [look, value] : looks.labels_of(key)) values[value].push_back(look);
  if (values.empty()) {
    std::string known;
    for (const auto& name : looks.label_key_names()) known += (known.empty() ? "" : ", ") + name;
    throw Error(Kind::kNotFound,
                "no look has the label \"" + key + "\"; there are " + (known.empty() ? "none" : known));
  }
  for (auto& [value, of_value] : values) std::ranges::sort(of_value);
  return values;
}

LooksByValue product_of(const LooksByValue& a, const LooksByValue& b) {
  LooksByValue both;
  for (const auto& [left, of_left] : a)
    for (const auto& [right, of_right] : b) {
      std::vector<LookKey> shared;
      std::ranges::set_intersection(of_left, of_right, std::back_inserter(shared));
      if (!shared.empty()) both.emplace(left + " " + right, std::move(shared));
    }
  return both;
}

LookLabels labels_of_sets(const std::vector<NamedLooks>& sets, const std::string& name) {
  std::vector<std::pair<LookKey, std::string>> pairs;
  for (const NamedLooks& set : sets)
    for (const LookKey look : set.looks) pairs.emplace_back(look, set.name);
  return {name, pairs};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::vector<double> values_of(const Simulated& simulated, double Measures::* measure) {
  std::vector<double> values;
  for (const Measures& one : simulated.people) values.push_back(one.*measure);
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

Json policy_json(const SimulatedPolicy& one, const SimulatedPolicy& first) {
  Json json = {{"policy", one.policy}, {"coverage", one.outcome.coverage}, {"gini", one.outcome.gini},
               {"ms", one.outcome.ms}, {"curve", one.outcome.curve},       {"difference", Json::object()}};
  for (const auto& [name, measure] : kMeasures) {
    const std::string key(name);
    auto values = values_of(one.outcome, measure);
    if (std::isnan(mean(values))) {  // "post" where no taste changes
      json[key] = json[key + "_interval"] = nullptr;
      continue;
    }
    const Interval interval = bootstrap_mean(values);
    json[key] = mean(values);
    json[key + "_interval"] = {interval.low, interval.high};
    if (&one == &first) continue;
    const auto others = values_of(first.outcome, measure);
    for (std::size_t u = 0; u < values.size(); ++u) values[u] -= others[u];
    const Interval paired = bootstrap_mean(values);
    json["difference"][key] = {mean(values), paired.low, paired.high};
  }
  return json;
}

bool is_named(const NamedLooks& value, const std::string& name) {
  return value.name == name || value.name.ends_with("=" + name);
}

}  // namespace

std::vector<NamedLooks> looks_by_labels(const LookStore& looks, const std::vector<std::string>& items) {
  std::vector<NamedLooks> sets;
  for (const std::string& item : items) {
    LooksByValue values;
    for (std::size_t from = 0; from <= item.size();) {
      const auto star = std::min(item.find('*', from), item.size());
      auto of_key = looks_by_value(looks, item.substr(from, star - from));
      values = from == 0 ? std::move(of_key) : product_of(values, of_key);
      from = star + 1;
    }
    for (auto& [value, of_value] : values)
      sets.push_back({items.size() > 1 ? item + "=" + value : value, std::move(of_value)});
  }
  return sets;
}

std::vector<SimulatedKind> simulate_policies(const Workspace& workspace, const SimulationRequest& request,
                                             const Progress& progress) {
  for (const std::string& policy : request.policies) find_policy(policy);
  const auto chosen = [&](const std::vector<std::string>& items) {
    auto values = looks_by_labels(workspace.catalog(), items);
    std::erase_if(values, [&](const NamedLooks& value) {
      const auto n = static_cast<int>(value.looks.size());
      return n < request.min_looks || (request.max_looks > 0 && n > request.max_looks) ||
             std::ranges::any_of(request.except, [&](const std::string& name) { return is_named(value, name); });
    });
    return values;
  };
  const auto all = looks_by_labels(workspace.catalog(), request.labels);
  for (const std::string& name : request.except)
    if (std::ranges::none_of(all, [&](const NamedLooks& value) { return is_named(value, name); }))
      throw Error(Kind::kNotFound, "nothing to leave out: no value \"" + name + "\" of " + joined(request.labels));
  const auto values = chosen(request.labels);
  const LookLabels taste_labels = labels_of_sets(chosen(request.taste_labels), joined(request.taste_labels));
  const LookLabels* labels = request.taste_labels.empty() ? nullptr : &taste_labels;

  const VectorIndex index(workspace.catalog(), workspace.find_generation(request.model), workspace.home());
  const auto view = index.view();
  const Generation judging = workspace.find_generation(request.judge);
  const VectorIndex judge_index(workspace.catalog(), judging, workspace.home());
  const auto judge = judge_index.view();
  if (judge->size() == 0)
    throw Error(Kind::kNotFound,
                "no vectors of the judge " + request.judge + "; run `ootd embed --model " + request.judge + "`");
  GarmentViews garments, judged_garments;
  if (request.garments) {
    garments = garments_at_hand(workspace, index.generation());
    if (garments.empty())
      throw Error(Kind::kNotFound, to_string(index.generation()) +
                                       " has no vectors of garments; run `ootd crop`, then `ootd embed --garments`");
  }
  if (std::ranges::any_of(request.kinds, [](const auto& kind) { return kind.starts_with("garment"); }))
    judged_garments = garments_at_hand(workspace, judging);
  const auto people_of = [&](const std::string& kind, std::uint64_t seed) {
    return SimulatedPeople({.kind = kind, .users = request.users, .seed = seed, .swipes = request.swipes}, *view,
                           *judge, values, &judged_garments);
  };
  std::vector<SimulatedPeople> people;
  for (const std::string& kind : request.kinds) people.push_back(people_of(kind, request.seed));

  std::vector<SimulatedKind> kinds;
  for (const SimulatedPeople& some : people) {
    SimulatedKind& kind = kinds.emplace_back(SimulatedKind{some.kind(), {}});
    for (const std::string& name : request.policies) {
      const auto policy =
          name == "popular" ? popular_among(people_of(some.kind(), request.seed + kOthers)) : find_policy(name);
      kind.policies.push_back(
          {name, simulate(some, *policy, *view, *judge, {labels, &garments}, request.options, progress)});
    }
  }
  return kinds;
}

Json simulation_json(const std::vector<SimulatedKind>& kinds) {
  Json cells = Json::array();
  for (const SimulatedKind& kind : kinds) {
    Json policies = Json::array();
    for (const SimulatedPolicy& one : kind.policies) policies.push_back(policy_json(one, kind.policies.front()));
    cells.push_back({{"kind", kind.kind}, {"policies", std::move(policies)}});
  }
  Json json = {{"cells", cells}};
  if (cells.size() == 1) json["policies"] = cells[0]["policies"];
  return json;
}

void write_simulation_report(const std::filesystem::path& file, const SimulationRequest& request,
                             const std::vector<SimulatedKind>& kinds, const std::string& tables) {
  constexpr std::size_t kColours = 12;
  std::string facts, body;
  const auto fact = [&](const std::string& name, const std::string& value) {
    facts += "<div><dt>" + escape_html(name) + "</dt><dd>" + escape_html(value) + "</dd></div>";
  };
  fact("people of each kind", std::to_string(request.users));
  fact("seed", std::to_string(request.seed));
  fact("tastes of", joined(request.labels));
  fact("policies go by", request.taste_labels.empty() ? "no label" : joined(request.taste_labels));
  fact("made", utc_now() + " by " + program_version());
  for (const SimulatedKind& kind : kinds) {
    LineChart chart{.title = "Hits by deck", .x_label = "deck of ten", .curves = {}, .height_px = 320};
    for (std::size_t i = 0; i < kind.policies.size(); ++i) {
      ChartCurve& curve = chart.curves.emplace_back(
          ChartCurve{kind.policies[i].policy, "var(--k" + std::to_string(i % kColours) + ")", {}});
      for (const double hits : kind.policies[i].outcome.curve)
        curve.points.emplace_back(static_cast<double>(curve.points.size() + 1), hits);
    }
    body += "<section><h2>" + escape_html(kind.kind) + "</h2>\n" + line_chart(chart) + "</section>\n";
  }
  body += "<section><h2>Measures</h2>\n<pre>" + escape_html(tables) + "</pre></section>\n";
  const std::string html = html_page("Simulated people", "", "<dl class=facts>" + facts + "</dl>", body);
  write_file_atomically(file, std::as_bytes(std::span(html)), /*durable=*/false);
}

}  // namespace ootd
