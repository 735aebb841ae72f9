#include "ootd/crawl/crawl_ledger.h"

#include <algorithm>

#include "ootd/base/words.h"
#include "ootd/sqlite/connections.h"

namespace ootd {
namespace {

constexpr Word<CrawlState> kStates[] = {
    {"queued", CrawlState::kQueued},
    {"fetching", CrawlState::kFetching},
    {"done", CrawlState::kDone},
    {"gone", CrawlState::kGone},
    {"refused_by_robots", CrawlState::kRefusedByRobots},
    {"opted_out", CrawlState::kOptedOut},
    {"failed", CrawlState::kFailed},
};

CrawlState state_of(std::string_view word) {
  if (const auto state = find_word(word, kStates)) return *state;
  throw Error(Kind::kInternal, "crawl_urls: unknown state " + std::string(word));
}

CrawlUrl url_of(const Statement& row) {
  return {row.get<std::int64_t>(0), row.get<std::string>(1), row.get<std::string>(2), row.get<std::string>(3),
          row.get<int>(4),          row.get<std::string>(5), row.get<std::string>(6)};
}

constexpr char kUrlColumns[] = "url_no, url, request, origin, attempts, etag, last_modified";

}  // namespace

std::string_view to_string(CrawlState state) { return word_of(state, kStates); }

void CrawlLedger::reopen(const std::string& source, bool retry_failed) {
  Connections::Writing database(catalog_.connections());
  database->run("UPDATE crawl_urls SET state = 'queued' WHERE source = ?1 AND state = 'fetching'", source);
  if (retry_failed)
    database->run(
        "UPDATE crawl_urls SET state = 'queued', attempts = 0, reason = '' WHERE source = ?1 AND state = 'failed'",
        source);
  database.commit();
}

void CrawlLedger::start_round(const std::string& source, std::span<const CrawlFind> pages,
                              const std::map<std::string, std::set<std::string>>& kinds) {
  Connections::Writing database(catalog_.connections());
  const bool is_new =
      !database->first<std::int64_t>("SELECT 1 FROM crawl_urls WHERE source = ?1 AND state = 'queued' LIMIT 1", source);
  if (is_new) {
    database->run("DELETE FROM crawl_urls WHERE source = ?1 AND is_page = 1", source);
    constexpr char kOfSource[] = "url_no IN (SELECT url_no FROM crawl_urls WHERE source = ?1)";
    database->run("UPDATE crawl_labels SET stale = 1 WHERE " + std::string(kOfSource), source);
    for (const auto& [key, values] : kinds) {
      std::vector<std::string> others;
      {
        Statement known(*database,
                        "SELECT DISTINCT value FROM crawl_labels WHERE key = ?2 AND " + std::string(kOfSource), source,
                        key);
        while (known.step())
          if (!values.contains(known.get<std::string>(0))) others.push_back(known.get<std::string>(0));
      }
      for (const std::string& value : others)
        database->run("UPDATE crawl_labels SET stale = 0 WHERE key = ?2 AND value = ?3 AND " + std::string(kOfSource),
                      source, key, value);
    }
  }
  add(source, pages);
  database.commit();
}

void CrawlLedger::queue_again(const std::string& source) {
  Connections::Writing database(catalog_.connections());
  // An erased photo (no row) stays away.
  database->run(
      "UPDATE crawl_urls SET state = 'queued' WHERE source = ?1 AND state = 'done' AND is_page = 0 AND row IS NOT NULL",
      source);
  database.commit();
}

void CrawlLedger::label_photo(std::int64_t no) {
  Connections::Writing database(catalog_.connections());
  std::optional<LookKey> look;
  Claim claim;
  {
    Statement url(*database,
                  "SELECT row, url, source FROM crawl_urls WHERE url_no = ?1 AND row IS NOT NULL "
                  "AND state != 'opted_out'",
                  no);
    if (!url.step()) return;
    look = url.get<LookKey>(0);
    claim = {url.get<std::string>(1), url.get<std::string>(2)};
  }
  Statement labels(*database, "SELECT key, value FROM crawl_labels WHERE url_no = ?1", no);
  while (labels.step()) claim.labels.push_back({labels.get<std::string>(0), labels.get<std::string>(1)});
  catalog_.put_claim(*look, claim);
  database.commit();
}

std::int64_t CrawlLedger::add(const std::string& source, std::span<const CrawlFind> finds) {
  if (finds.empty()) return 0;
  Connections::Writing database(catalog_.connections());
  std::int64_t added = 0;
  for (const CrawlFind& find : finds) {
    auto no = database->first<std::int64_t>("SELECT url_no FROM crawl_urls WHERE url = ?1 AND request = ?2", find.url,
                                            find.request);
    const char* state = find.opt_out.empty() ? "queued" : "opted_out";
    if (!no) {
      database->run(
          "INSERT INTO crawl_urls (url, request, source, origin, state, reason, attempts, etag, last_modified) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, '', '')",
          find.url, find.request, source, find.origin, state, find.opt_out);
      no = database->last_insert_row();
      ++added;
    } else if (!find.opt_out.empty()) {
      database->run("UPDATE crawl_urls SET state = 'opted_out', reason = ?2 WHERE url_no = ?1 AND state != 'fetching'",
                    *no, find.opt_out);
    }
    database->run("DELETE FROM crawl_labels WHERE url_no = ?1 AND stale = 1", *no);
    for (const Label& label : find.labels)
      database->run("INSERT OR IGNORE INTO crawl_labels (url_no, key, value) VALUES (?1, ?2, ?3)", *no, label.key,
                    label.value);
    label_photo(*no);
  }
  database.commit();
  return added;
}

std::vector<std::string> CrawlLedger::open_origins(const std::string& source, bool pages, const std::string& after,
                                                   std::size_t limit) const {
  Connections::Reading database(catalog_.connections());
  // Jumps from origin to origin in the index.
  constexpr char kNext[] =
      "SELECT origin FROM crawl_urls WHERE source = ?1 AND state = 'queued' AND is_page = ?2 AND origin > ?3 "
      "ORDER BY origin LIMIT 1";
  Statement next(*database, kNext, source, pages ? 1 : 0, after);
  std::vector<std::string> origins;
  while (origins.size() < limit && next.step()) {
    origins.push_back(next.get<std::string>(0));
    next.bind(source, pages ? 1 : 0, origins.back());
  }
  return origins;
}

std::vector<CrawlUrl> CrawlLedger::claim(const std::string& source, const std::string& origin, bool pages, int limit) {
  std::vector<CrawlUrl> urls;
  Connections::Writing database(catalog_.connections());
  Statement query(*database,
                  "UPDATE crawl_urls SET state = 'fetching' WHERE url_no IN (SELECT url_no FROM crawl_urls WHERE "
                  "source = ?1 AND state = 'queued' AND is_page = ?2 AND origin = ?3 ORDER BY url_no LIMIT ?4) "
                  "RETURNING " +
                      std::string(kUrlColumns),
                  source, pages ? 1 : 0, origin, limit);
  while (query.step()) urls.push_back(url_of(query));
  database.commit();
  std::ranges::sort(urls, {}, &CrawlUrl::no);
  return urls;
}

void CrawlLedger::end(const CrawlEnd& end) {
  Connections::Writing database(catalog_.connections());
  // Another picture under the same address: what the pages say of it is no longer true of the former one.
  const auto before = database->first<LookKey>("SELECT row FROM crawl_urls WHERE url_no = ?1", end.no);
  if (before && end.look && *before != *end.look)
    catalog_.drop_source(*before, database->value<std::string>("SELECT url FROM crawl_urls WHERE url_no = ?1", end.no));
  database->run(
      "UPDATE crawl_urls SET state = ?2, reason = ?3, attempts = ?4, etag = ?5, last_modified = ?6, "
      "row = coalesce(?7, row) WHERE url_no = ?1",
      end.no, to_string(end.state), end.reason, end.attempts, end.etag, end.last_modified, end.look);
  label_photo(end.no);
  database.commit();
}

std::optional<CrawlUrl> CrawlLedger::claim(const std::string& source, std::int64_t no) {
  std::optional<CrawlUrl> url;
  Connections::Writing database(catalog_.connections());
  Statement query(*database,
                  "UPDATE crawl_urls SET state = 'fetching' WHERE url_no = ?1 AND source = ?2 AND state = 'queued' "
                  "RETURNING " +
                      std::string(kUrlColumns),
                  no, source);
  while (query.step()) url = url_of(query);
  database.commit();
  return url;
}

bool CrawlLedger::is_open(std::int64_t no) const {
  Connections::Reading database(catalog_.connections());
  return database
      ->first<std::int64_t>("SELECT 1 FROM crawl_urls WHERE url_no = ?1 AND state IN ('queued', 'fetching')", no)
      .has_value();
}

std::vector<LookKey> CrawlLedger::take_opted_out(const std::string& source) {
  Connections::Writing database(catalog_.connections());
  std::vector<std::tuple<std::int64_t, std::string, LookKey>> urls;
  {
    Statement query(*database,
                    "SELECT url_no, url, row FROM crawl_urls WHERE source = ?1 AND state = 'opted_out' AND is_page = 0 "
                    "AND row IS NOT NULL",
                    source);
    while (query.step())
      urls.emplace_back(query.get<std::int64_t>(0), query.get<std::string>(1), query.get<LookKey>(2));
  }
  std::vector<LookKey> alone;
  for (const auto& [no, url, look] : urls) {
    catalog_.drop_source(look, url);
    if (catalog_.sources(look) == std::vector{url})  // where it once came from is known until the end
      alone.push_back(look);
    else
      database->run("UPDATE crawl_urls SET row = NULL WHERE url_no = ?1", no);
  }
  database.commit();
  std::ranges::sort(alone);
  const auto repeated = std::ranges::unique(alone);
  alone.erase(repeated.begin(), repeated.end());
  return alone;
}

std::optional<CrawlLedger::Standing> CrawlLedger::standing(const std::string& url, const std::string& request) const {
  Connections::Reading database(catalog_.connections());
  Statement query(*database, "SELECT state, reason, attempts, row FROM crawl_urls WHERE url = ?1 AND request = ?2", url,
                  request);
  if (!query.step()) return std::nullopt;
  Standing standing{state_of(query.text(0)), query.get<std::string>(1), query.get<int>(2), {}};
  if (!query.is_null(3)) standing.look = query.get<LookKey>(3);
  return standing;
}

std::map<CrawlState, CrawlCounts> CrawlLedger::counts(const std::string& source) const {
  Connections::Reading database(catalog_.connections());
  Statement query(*database,
                  "SELECT state, is_page, count(*) FROM crawl_urls WHERE source = ?1 GROUP BY state, is_page", source);
  std::map<CrawlState, CrawlCounts> counts;
  while (query.step()) {
    CrawlCounts& count = counts[state_of(query.text(0))];
    (query.get<int>(1) == 1 ? count.pages : count.photos) = query.get<std::int64_t>(2);
  }
  return counts;
}

void CrawlLedger::each_photo(const std::string& source, const std::function<void(const CrawlFind&)>& visit) const {
  Connections::Reading database(catalog_.connections());
  Statement query(*database,
                  "SELECT url_no, url, origin, reason FROM crawl_urls WHERE source = ?1 AND is_page = 0 AND "
                  "state IN ('queued', 'opted_out') ORDER BY url_no",
                  source);
  while (query.step()) {
    CrawlFind find{query.get<std::string>(1), "", query.get<std::string>(2), {}, query.get<std::string>(3)};
    Statement labels(*database, "SELECT key, value FROM crawl_labels WHERE url_no = ?1 ORDER BY key, value",
                     query.get<std::int64_t>(0));
    while (labels.step()) find.labels.push_back({labels.get<std::string>(0), labels.get<std::string>(1)});
    visit(find);
  }
}

}  // namespace ootd
