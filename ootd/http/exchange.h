// One request and its answer, redirects followed: the only place that speaks to libcurl's transfers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ootd/http/client.h"
#include "ootd/http/head.h"

namespace ootd {

// What went wrong but may go right the next time.
struct Setback {
  std::string reason;
  std::optional<double> wait_s;  // as the server asks
};

class Exchange {
 public:
  // Sees the final answer before its body; a setback ends the exchange with it. May throw.
  using OnHead = std::function<std::optional<Setback>(const Head&)>;
  using OnBody = std::function<void(std::span<const std::byte>)>;

  explicit Exchange(const Patience& patience);
  ~Exchange();

  // Throws what can not go right at another try. extra_headers: of this exchange only.
  std::optional<Setback> run(const FetchRequest& request, const std::vector<std::string>& extra_headers,
                             const OnHead& on_head, const OnBody& on_body);

 private:
  struct Handle;
  const std::unique_ptr<Handle> handle_;  // keeps the connection from one exchange to the next
};

// Throws Error, or returns the setback, for a status that is no success; nothing for one that is.
std::optional<Setback> judge_status(const Head& head, const FetchRequest& request);

// Sleeps between tries, or throws Error when there were too many.
class Retries {
 public:
  Retries(std::string url, const Patience& patience) : url_(std::move(url)), patience_(patience) {}
  // bytes: how far this try came; one that came further than all before it gives all tries back.
  void wait(const Setback& setback, std::uint64_t bytes);

 private:
  const std::string url_;
  const Patience& patience_;
  std::uint64_t furthest_ = 0;
  int failures_ = 0;
};

}  // namespace ootd
