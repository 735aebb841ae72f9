// One object of a configuration file, read with limits: whole numbers are whole, in range, and never wrap; each error
// names the file, the object and the field. An absent field and one that is null are the same.
#pragma once

#include <string>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/json.h"

namespace ootd {

// What no published network comes near; it keeps products of sizes within 64 bits and descriptions short.
struct Limits {
  static constexpr int kSide = 4096, kLayers = 500, kWidth = 1 << 16, kHidden = 1 << 18;
  static constexpr int kVocabulary = 10'000'000, kTokens = 1 << 16;
};

class Fields {
 public:
  Fields(Json object, std::string where) : object_(std::move(object)), where_(std::move(where)) {
    if (!object_.is_object()) throw Error(Kind::kInput, where_ + ": is no JSON object");
  }

  const std::string& where() const { return where_; }
  const Json& json() const { return object_; }
  bool has(const char* name) const {
    const auto found = object_.find(name);
    return found != object_.end() && !found->is_null();
  }

  template <class T>
  T get(const char* name) const {
    return json_field<T>(object_, name, where_);
  }
  template <class T>
  T get_or(const char* name, const T& fallback) const {
    return has(name) ? get<T>(name) : fallback;
  }
  Fields object(const char* name) const { return {get<Json>(name), where_ + ": " + name}; }
  Fields object_or_empty(const char* name) const {
    return has(name) ? object(name) : Fields(Json::object(), where_ + ": " + name);
  }

  int whole(const char* name, int least, int most) const { return whole(get<Json>(name), name, least, most); }
  int whole_or(const char* name, int fallback, int least, int most) const {
    return has(name) ? whole(name, least, most) : fallback;
  }
  int whole(const Json& value, const char* name, int least, int most) const {
    // A double holds every number in range exactly, and those out of range without wrapping.
    const double number = value.is_number() ? value.get<double>() : least - 1.0;
    if (!(number >= least && number <= most) || number != static_cast<int>(number))
      refuse(name, "must be a whole number in " + std::to_string(least) + ".." + std::to_string(most));
    return static_cast<int>(number);
  }

  // Refuses any other value than the one that we honour; fallback: what an absent field means.
  template <class T>
  void require(const char* name, const T& fallback, const T& wanted, const std::string& why) const {
    if (get_or<T>(name, fallback) != wanted) refuse(name, why);
  }

  // "FILE: OBJECT: field "f" is VALUE; WHY"
  [[noreturn]] void refuse(const char* name, const std::string& why) const {
    const std::string value = has(name) ? dump_json(object_[name]).substr(0, 200) : "not there";
    throw Error(Kind::kInput, where_ + ": field \"" + name + "\" is " + value + "; " + why);
  }

 private:
  Json object_;
  std::string where_;
};

}  // namespace ootd
