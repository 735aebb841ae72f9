#include "ootd/crawl/sites.h"

#include <algorithm>
#include <cassert>

namespace ootd {

void RecentAnswers::note(std::int64_t no, bool good) {
  forget(no);
  if (answers_.size() == kAnswers) answers_.erase(answers_.begin());
  answers_.push_back({no, good});
}

void RecentAnswers::forget(std::int64_t no) {
  std::erase_if(answers_, [&](const Answer& answer) { return answer.no == no; });
}

RecentAnswers::Others RecentAnswers::others(std::int64_t no) const {
  Others others;
  for (const Answer& answer : answers_) {
    if (answer.no == no) continue;
    ++(answer.good ? others.good : others.bad);
    others.last_is_bad = !answer.good;
  }
  return others;
}

bool RecentAnswers::trouble_beside(std::int64_t no) const {
  const Others beside = others(no);
  return beside.last_is_bad && beside.bad >= beside.good;
}

std::optional<int> RecentAnswers::own_failures(std::int64_t no) const {
  const Others beside = others(no);
  if (beside.good <= beside.bad) return std::nullopt;
  return 2 + beside.bad;
}

void Site::collect_due(PaceClock::time_point now) {
  for (std::size_t i = 0; i < later.size();) {
    if (later[i].not_before > now) {
      ++i;
      continue;
    }
    if (later[i].is_page())
      waiting.push_front(std::move(later[i]));
    else
      waiting.push_back(std::move(later[i]));
    later[i] = std::move(later.back());
    later.pop_back();
  }
}

PaceClock::time_point Site::next_turn() const {
  PaceClock::time_point next = PaceClock::time_point::max();
  for (const CrawlTask& task : later) next = std::min(next, task.not_before);
  if (waiting.empty()) return next;
  if (!robots_problem.empty()) return PaceClock::time_point::min();  // they only need to be told
  const auto start = pacer.next_start();
  return start && !robots_underway ? std::min(next, *start) : next;
}

Site& Sites::of(const std::string& origin) { return sites_.try_emplace(origin, origin, politeness_).first->second; }

void Sites::schedule(Site& site) {
  const Time turn = site.next_turn();
  if (turn == site.turn) return;
  if (site.turn != Time::max()) turns_.erase({site.turn, &site});
  if (turn != Time::max()) turns_.insert({turn, &site});
  site.turn = turn;
}

Site* Sites::due(Time now) { return next_turn() <= now ? turns_.begin()->second : nullptr; }

void Sites::forget(Time now) {
  if (sites_.size() < forget_at_) return;
  std::erase_if(sites_, [&](const auto& entry) {
    const Site& site = entry.second;
    const bool forgotten = site.open() == 0 && site.given_up.empty() && site.pacer.at_rest(now);
    assert(!forgotten || site.turn == Time::max());  // else `turns_` would point to it
    return forgotten;
  });
  forget_at_ = std::max(most_at_rest_, 2 * sites_.size());
}

}  // namespace ootd
