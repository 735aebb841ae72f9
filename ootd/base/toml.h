// TOML files, by toml++, whose only home this is; and reading with errors that name the file, the table and the field.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/words.h"

namespace ootd {

// Throws Error(kInput): "WHERE:LINE: ...".
toml::table parse_toml(std::string_view text, const std::string& where);

// Reads one table of the file. Each field that is read is ticked off; what is left at the end is a field nobody knows.
class TableReader {
 public:
  TableReader(const toml::table* table, std::string where) : table_(table), where_(std::move(where)) {}

  // A field that is not there leaves the default.
  template <class T>
  void field(const char* name, T& value) {
    const toml::node* node = find(name);
    if (node == nullptr) return;
    if constexpr (std::is_same_v<T, bool>) {
      value = get<bool>(*node, name, "true or false");
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(get<std::int64_t>(*node, name, "a whole number"));
    } else if constexpr (std::is_floating_point_v<T>) {
      value = static_cast<T>(get<double>(*node, name, "a number"));
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = get<std::string>(*node, name, "a text in quotes");
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      value = texts(*node, name);
    } else {
      const toml::array* list = node->as_array();
      if (list == nullptr) fail(name, "a list of whole numbers");
      value.clear();
      for (const auto& item : *list) value.push_back(static_cast<int>(get<std::int64_t>(item, name, "whole numbers")));
    }
  }
  template <class E, std::size_t N>
  void word(const char* name, E& value, const Word<E> (&words)[N]) {
    std::string text;
    field(name, text);
    if (text.empty()) return;
    const auto found = find_word(text, words);
    if (!found)
      throw Error(Kind::kInput, where_ + ": field \"" + name + "\" is \"" + text + "\"; known: " + list_words(words));
    value = *found;
  }
  TableReader table(const char* name);                // empty if there is none
  std::vector<TableReader> tables(const char* name);  // [[name]]
  // Sorted; for tables whose keys are the file's own words.
  std::vector<std::string> keys() const;
  bool has(const char* name) const { return table_ != nullptr && table_->contains(name); }
  bool has_table(const char* name) const { return has(name) && table_->get(name)->is_table(); }
  // Throws Error(kInput) for fields that nobody asked for.
  void finish() const;
  const std::string& where() const { return where_; }
  [[noreturn]] void fail(const char* name, const std::string& wanted) const;

 private:
  const toml::node* find(const char* name);
  std::vector<std::string> texts(const toml::node& node, const char* name) const;
  template <class T>
  T get(const toml::node& node, const char* name, const char* wanted) const {
    const auto value = node.value<T>();  // exact, but that a whole number may stand for a real one
    if (!value) fail(name, wanted);
    return *value;
  }

  const toml::table* table_;
  std::string where_;
  std::set<std::string> seen_;
};

// Throws Error(kInput): "FILE: [TABLE]: what".
inline void require(bool good, const TableReader& table, const std::string& what) {
  if (!good) throw Error(Kind::kInput, table.where() + ": " + what);
}

// Writes one table; the other half of TableReader.
class TableWriter {
 public:
  template <class T>
  void field(const char* name, const T& value) {
    if constexpr (std::is_same_v<T, float>) {
      // The shortest decimal: as a double, 0.1f is 0.10000000149.
      std::ostringstream text;
      text << value;
      table_.insert(name, std::stod(text.str()));
    } else if constexpr (std::is_same_v<T, std::vector<int>>) {
      toml::array array;
      for (const int each : value) array.push_back(each);
      table_.insert(name, std::move(array));
    } else if constexpr (std::is_unsigned_v<T> && !std::is_same_v<T, bool>) {
      table_.insert(name, static_cast<std::int64_t>(value));
    } else {
      table_.insert(name, value);
    }
  }
  template <class E, std::size_t N>
  void word(const char* name, E value, const Word<E> (&words)[N]) {
    table_.insert(name, std::string(word_of(value, words)));
  }
  TableWriter table(const char* name) { return TableWriter(this, name); }
  void finish() {
    if (parent_ != nullptr) parent_->table_.insert(name_, std::move(table_));
  }
  toml::table& result() { return table_; }

  TableWriter() = default;

 private:
  TableWriter(TableWriter* parent, const char* name) : parent_(parent), name_(name) {}

  TableWriter* parent_ = nullptr;
  const char* name_ = nullptr;
  toml::table table_;
};

}  // namespace ootd
