// A variable of the environment for as long as a test takes. Tests only.
#pragma once

#include <cstdlib>
#include <string>

namespace ootd::testing {

class Environment {
 public:
  // Empty: not set.
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~Environment() { set(before_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void set(const std::string& value) { value.empty() ? ::unsetenv(name_) : ::setenv(name_, value.c_str(), 1); }
  const char* const name_;
  std::string before_;
};

}  // namespace ootd::testing
