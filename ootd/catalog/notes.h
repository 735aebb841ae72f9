// The roles of a store that holds a workspace's settings, and what went wrong with single items.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ootd {

class SettingStore {
 public:
  virtual ~SettingStore() = default;
  virtual std::optional<std::string> setting(const std::string& name) const = 0;
  virtual void set_setting(const std::string& name, const std::string& value) = 0;
};

struct Failure {
  std::string stage;  // "import", "embed" ...
  std::string item;   // path, "file.csv:12", id
  std::string reason;
};

// One per item and stage, kept until clear_failure().
class FailureLog {
 public:
  virtual ~FailureLog() = default;
  virtual void put_failure(const Failure& failure) = 0;
  virtual void clear_failure(const std::string& stage, const std::string& item) = 0;
  virtual std::vector<Failure> failures(const std::string& stage) const = 0;  // by item
};

}  // namespace ootd
