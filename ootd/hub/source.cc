#include "ootd/hub/source.h"

#include <algorithm>
#include <cctype>

#include "ootd/base/error.h"

namespace ootd {
namespace {

// One component of a repository's address, or a folder's name.
bool is_plain_name(std::string_view text) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && text.front() != '.' && text.size() <= 96 && std::ranges::all_of(text, plain);
}

Source parse_hub(std::string_view address, const std::string& text) {
  Source source;
  const auto at = address.find('@');
  source.revision = at == std::string_view::npos ? "main" : address.substr(at + 1);
  source.address = address.substr(0, at);
  const auto slash = source.address.find('/');
  const std::string_view whole = source.address;
  if (slash == std::string::npos || !is_plain_name(whole.substr(0, slash)) || !is_plain_name(whole.substr(slash + 1)) ||
      source.revision.empty())
    throw Error(Kind::kInput, "\"" + text + "\": write hf:owner/name or hf:owner/name@revision");
  source.name = whole.substr(slash + 1);
  return source;
}

Source parse_named(const NamedModel& row) {
  Source source;
  const std::string_view address = row.source;
  if (address.starts_with("hf:")) {
    source = parse_hub(address.substr(3), std::string(address));
  } else {
    source.kind = Source::Kind::kTorchvision;
    source.address = address.substr(address.find(':') + 1);
  }
  source.name = row.name;
  source.named = &row;
  return source;
}

}  // namespace

std::string Source::text() const {
  switch (kind) {
    case Kind::kHub:
      return "hf:" + address;
    case Kind::kTorchvision:
      return "torchvision:" + address;
    case Kind::kFolder:
      return "file:" + address;
  }
  return "";
}

Source parse_source(const std::string& text) {
  for (const NamedModel& row : kNamedModels)
    if (row.name == text) return parse_named(row);
  if (text.starts_with("hf:")) return parse_hub(std::string_view(text).substr(3), text);
  if (text.starts_with("file:")) {
    Source source;
    source.kind = Source::Kind::kFolder;
    // Without the slash that may end it, which would hide the folder's name.
    auto folder = std::filesystem::absolute(text.substr(5)).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();
    source.address = folder;
    source.name = folder.filename();
    return source;
  }
  std::string known;
  for (const NamedModel& row : kNamedModels) known += " " + std::string(row.name);
  throw Error(Kind::kNotFound, "no model is called \"" + text + "\"; known:" + known +
                                   "; or give hf:owner/name[@revision], or file:FOLDER");
}

std::optional<std::string> path_problem(std::string_view path) {
  constexpr std::string_view kDevices[] = {"con", "prn", "aux", "nul", "com", "lpt"};
  if (path.empty() || path.size() > 512) return "is empty or too long";
  if (path.front() == '/') return "is absolute";
  if (path.back() == '/') return "names a folder";
  for (const unsigned char c : path)
    if (c < 0x20 || c == 0x7f || c == '\\' || c == ':') return "holds a control character, '\\' or ':'";
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (part.empty() || part == "." || part == "..") return "leads out of the folder";
    // On other systems these name devices whatever their extension: nul, COM1.txt.
    std::string stem(part.substr(0, part.find('.')));
    std::ranges::transform(stem, stem.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (stem.size() == 4 && std::isdigit(static_cast<unsigned char>(stem.back())) != 0) stem.pop_back();
    if (std::ranges::find(kDevices, stem) != std::end(kDevices)) return "names a device";
  }
  return std::nullopt;
}

}  // namespace ootd
