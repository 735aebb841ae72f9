#include "ootd/base/toml.h"

namespace ootd {

toml::table parse_toml(std::string_view text, const std::string& where) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& problem) {
    throw Error(Kind::kInput,
                where + ":" + std::to_string(problem.source().begin.line) + ": " + std::string(problem.description()));
  }
}

TableReader TableReader::table(const char* name) {
  const toml::node* node = find(name);
  if (node != nullptr && !node->is_table()) fail(name, "a table");
  return TableReader(node == nullptr ? nullptr : node->as_table(), where_ + ": [" + name + "]");
}

std::vector<TableReader> TableReader::tables(const char* name) {
  std::vector<TableReader> list;
  const toml::node* node = find(name);
  if (node == nullptr) return list;
  if (!node->is_array_of_tables()) fail(name, std::string("written as [[") + name + "]]");
  for (const auto& item : *node->as_array())
    list.emplace_back(item.as_table(), where_ + ": [[" + name + "]] " + std::to_string(list.size() + 1));
  return list;
}

std::vector<std::string> TableReader::keys() const {
  std::vector<std::string> list;
  if (table_ != nullptr)
    for (const auto& [key, node] : *table_) list.emplace_back(key.str());
  return list;
}

void TableReader::finish() const {
  if (table_ == nullptr) return;
  std::string unknown, known;
  for (const auto& [key, node] : *table_)
    if (!seen_.contains(std::string(key.str()))) unknown += " " + std::string(key.str());
  for (const auto& name : seen_) known += " " + name;
  if (!unknown.empty()) throw Error(Kind::kInput, where_ + ": unknown field" + unknown + "; known:" + known);
}

void TableReader::fail(const char* name, const std::string& wanted) const {
  throw Error(Kind::kInput, where_ + ": field \"" + name + "\" must be " + wanted);
}

const toml::node* TableReader::find(const char* name) {
  seen_.insert(name);
  return table_ == nullptr ? nullptr : table_->get(name);
}

std::vector<std::string> TableReader::texts(const toml::node& node, const char* name) const {
  const toml::array* list = node.as_array();
  if (list == nullptr) fail(name, "a list of texts in quotes");
  std::vector<std::string> values;
  for (const auto& item : *list) values.push_back(get<std::string>(item, name, "a list of texts in quotes"));
  return values;
}

}  // namespace ootd
