// The one exception type. Its kind says whose fault it is, and becomes an exit code (cli) or an HTTP status (serve).
// Caught in three places only: main, the HTTP handler, and the loop of a batch, which records the bad item and goes on.
// The message names the file, row or field and what to do. An expected "no" is a value, not an Error.
#pragma once

#include <stdexcept>
#include <string>

namespace ootd {

enum class Kind {
  kInput,        // the caller's data or settings; HTTP 400
  kNotFound,     // a file, id or model that does not exist; HTTP 404
  kUnavailable,  // something outside us is missing, busy or full; HTTP 503
  kInternal,     // our own bug; HTTP 500
};

class Error : public std::runtime_error {
 public:
  Error(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace ootd
