#include "ootd/base/json.h"

#include "ootd/base/error.h"
#include "ootd/base/io.h"

namespace ootd {

Json parse_json(std::string_view text, const std::string& where) {
  constexpr int kMaxDepth = 64;
  bool too_deep = false;
  const auto watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxDepth) too_deep = true;
    return !too_deep;
  };
  try {
    Json value = Json::parse(text, watch_depth);
    if (too_deep) throw Error(Kind::kInput, where + ": JSON is nested deeper than " + std::to_string(kMaxDepth));
    return value;
  } catch (const Json::exception& problem) {
    throw Error(Kind::kInput, where + ": not valid JSON: " + problem.what());
  }
}

Json read_json(const std::filesystem::path& path) { return parse_json(read_text(path), path.string()); }

std::string dump_json(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

void throw_bad_field(const std::string& where, const char* name, const char* what) {
  throw Error(Kind::kInput, where + ": field \"" + name + "\" " + what);
}

}  // namespace ootd
