#include "ootd/crawl/crawl_metrics.h"

#include <string_view>

#include "ootd/base/clock.h"

namespace ootd {
namespace {

void add_family(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text += "# HELP " + std::string(name) + " " + std::string(help) + "\n# TYPE " + std::string(name) + " " +
          std::string(type) + "\n";
}

template <class Value>
void add_per_host(std::string& text, const CrawlStatus& status, std::string_view name, std::string_view help,
                  Value value) {
  add_family(text, name, "gauge", help);
  for (const auto& [host, of_host] : status.hosts)
    text += std::string(name) + "{host=\"" + host + "\"} " + std::to_string(value(of_host)) + "\n";
}

}  // namespace

std::string metrics_text(const CrawlStatus& status) {
  std::string text;
  add_family(text, "ootd_crawl_photos_total", "counter", "Photo urls that came to an end, by how.");
  for (const auto& [end, count] :
       {std::pair("fetched", status.fetched), std::pair("skipped", status.skipped), std::pair("failed", status.failed)})
    text += "ootd_crawl_photos_total{end=\"" + std::string(end) + "\"} " + std::to_string(count) + "\n";
  add_family(text, "ootd_crawl_pages_total", "counter", "Lists that were read.");
  text += "ootd_crawl_pages_total " + std::to_string(status.pages) + "\n";
  add_family(text, "ootd_crawl_bytes_total", "counter", "Bytes of whole answers.");
  text += "ootd_crawl_bytes_total " + std::to_string(status.bytes) + "\n";
  add_family(text, "ootd_crawl_in_flight", "gauge", "Requests that wait for their answer.");
  text += "ootd_crawl_in_flight " + std::to_string(status.in_flight) + "\n";
  add_per_host(text, status, "ootd_crawl_host_waiting", "Urls that wait for this host.",
               [](const HostStatus& host) { return host.waiting; });
  add_per_host(text, status, "ootd_crawl_host_allowed", "Requests at once, as the host bears it.",
               [](const HostStatus& host) { return host.allowed; });
  add_per_host(text, status, "ootd_crawl_host_first_byte_seconds", "Usual time to the first byte.",
               [](const HostStatus& host) { return host.first_byte_s; });
  add_per_host(text, status, "ootd_crawl_host_pausing", "1 while the host is left alone.",
               [](const HostStatus& host) { return host.pausing || !host.given_up.empty() ? 1 : 0; });
  return text;
}

Json log_line(const CrawlEvent& event) {
  return {{"at_ms", now_ms()},
          {"url", event.url},
          {"kind", event.is_page ? "page" : "photo"},
          {"state", to_string(event.state)},
          {"reason", event.reason},
          {"image", event.image},
          {"new", event.is_new},
          {"copy_of", event.copy_of},
          {"bytes", event.bytes},
          {"attempts", event.attempts}};
}

}  // namespace ootd
