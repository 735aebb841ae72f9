#include "ootd/workspace/replaying.h"

#include <chrono>
#include <cstdio>

#include "ootd/base/error.h"
#include "ootd/workspace/garments.h"

namespace ootd {

std::vector<PolicyReplay> replay_policies(const Workspace& workspace, const std::vector<std::string>& policies,
                                          std::int64_t since_ms) {
  std::vector<std::unique_ptr<const Policy>> targets;
  for (const std::string& policy : policies) {
    targets.push_back(find_policy(policy));
    if (policy == "popular") throw Error(Kind::kInput, "replay: \"popular\" cannot be replayed: it sees all swipes");
  }
  const LookLabels labels = labels_of(workspace.catalog(), taste_settings(workspace.home()));
  const auto view = workspace.open_index()->view();
  const GarmentViews garments = garments_at_hand(workspace, workspace.need_serving());
  const auto copies = std::make_shared<const CopyGroups>(workspace.catalog().copies());
  std::vector<PolicyReplay> replays;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Replayed replayed =
        replay(workspace.catalog(), *view, {&labels, &garments}, *targets[i], {.since_ms = since_ms, .copies = copies});
    replays.push_back({policies[i], estimate(replayed), replayed.left_out});
  }
  return replays;
}

Comparison compare_arms(const Workspace& workspace, std::int64_t since_ms) {
  const TasteSettings settings = taste_settings(workspace.home());
  std::vector<PersonTally> people;
  for (const std::string& user : workspace.catalog().users())
    people.push_back(tally_of(workspace.catalog().events(user), since_ms));
  return compare(people, settings.arms, settings.salt);
}

std::int64_t day_ms(const std::string& date) {
  int year = 0, end = 0;
  unsigned month = 0, day = 0;
  const bool read = std::sscanf(date.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &end) == 3;
  const std::chrono::year_month_day calendar{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!read || end != static_cast<int>(date.size()) || !calendar.ok())
    throw Error(Kind::kInput, "\"" + date + "\" is no day; write it as 2026-11-30");
  using namespace std::chrono;
  return duration_cast<milliseconds>(sys_days(calendar).time_since_epoch()).count();
}

}  // namespace ootd
