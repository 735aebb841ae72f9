// JSON values, by nlohmann/json, whose only home this is; and reading with errors that name the file and the field.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace ootd {

using Json = nlohmann::json;

// Throws Error(kInput): "WHERE: not valid JSON: ...". Nesting deeper than 64 is refused (a hostile file must not
// exhaust the stack). So that a field which nobody reads never refuses a whole document, these are read as well:
//   half of a surrogate pair ("\ud83d", a cut emoji), escaped or as bytes   U+FFFD; a key that holds one, too
//   NaN, Infinity, -Infinity (Python and JavaScript), numbers beyond 1e308   null, so a reader of numbers refuses them
//   an integer beyond 64 bits                                                a text of its digits: an id stays exact
// Integers within 64 bits are exact numbers, also beyond 2^53. Cost: one walk over the text before the parse.
Json parse_json(std::string_view text, const std::string& where);
Json read_json(const std::filesystem::path& path);

// Throws Error(kInput) naming `where` and the field if it is missing or of another type.
template <class T>
T json_field(const Json& object, const char* name, const std::string& where);

// One line per dump; bytes that are no UTF-8 (file names may hold them) become U+FFFD instead of an exception.
std::string dump_json(const Json& value, int indent = -1);

[[noreturn]] void throw_bad_field(const std::string& where, const char* name, const char* what);

template <class T>
T json_field(const Json& object, const char* name, const std::string& where) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (found == object.end()) throw_bad_field(where, name, "is missing");
  try {
    return found->get<T>();
  } catch (const Json::exception&) {
    throw_bad_field(where, name, "has the wrong type");
  }
}

}  // namespace ootd
