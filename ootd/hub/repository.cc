#include "ootd/hub/repository.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/json.h"

namespace ootd {
namespace {

constexpr std::uint64_t kMaxListing = 32 << 20;

// What a model may bring beside its weights, in the root of its repository.
constexpr std::string_view kCompanions[] = {"config.json",
                                            "open_clip_config.json",
                                            "preprocessor_config.json",
                                            "processor_config.json",
                                            "tokenizer.json",
                                            "tokenizer_config.json",
                                            "special_tokens_map.json",
                                            "added_tokens.json",
                                            "spiece.model",
                                            "tokenizer.model",
                                            "sentencepiece.bpe.model",
                                            "vocab.json",
                                            "vocab.txt",
                                            "merges.txt",
                                            "LICENSE",
                                            "LICENSE.txt",
                                            "LICENSE.md",
                                            "NOTICE"};

// Best first. The same values lie in several of them, so one is enough; ONNX is a copy with the input's size baked in.
constexpr std::string_view kWeightSets[] = {"open_clip_model.safetensors",
                                            "model.safetensors",
                                            "model.safetensors.index.json",
                                            "open_clip_pytorch_model.bin",
                                            "pytorch_model.bin",
                                            "onnx/vision_model.onnx onnx/text_model.onnx",
                                            "onnx/model.onnx",
                                            "model.onnx"};

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0 || (c >= 'a' && c <= 'f'); });
}

std::string percent_encoded(std::string_view text, bool keep_slash) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const unsigned char c : text) {
    if (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '~' || (keep_slash && c == '/'))
      encoded += static_cast<char>(c);
    else
      encoded += {'%', kHex[c >> 4], kHex[c & 15]};
  }
  return encoded;
}

RemoteFile parse_file(const Json& json, const std::string& where) {
  RemoteFile file;
  file.path = json_field<std::string>(json, "rfilename", where);
  if (const auto problem = path_problem(file.path))
    throw Error(Kind::kInput, where + ": the file name " + dump_json(file.path) + " " + *problem);
  const std::string at = where + ": " + file.path;
  if (json.contains("lfs") && json["lfs"].is_object()) {
    file.sha256 = json_field<std::string>(json["lfs"], "sha256", at);
    file.size = json_field<std::uint64_t>(json["lfs"], "size", at);
    if (!is_hex(file.sha256, 64)) throw_bad_field(at, "sha256", "is no SHA-256");
  } else {
    if (json.contains("size")) file.size = json_field<std::uint64_t>(json, "size", at);
    file.git_blob = json.value("blobId", "");
    if (!file.git_blob.empty() && !is_hex(file.git_blob, 40)) throw_bad_field(at, "blobId", "is no git hash");
  }
  return file;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    words.emplace_back(word);
  }
  return words;
}

// All files of the set, or none if one is not there.
std::vector<RemoteFile> find_set(const Repository& repository, std::string_view set) {
  std::vector<RemoteFile> found;
  for (const auto& path : words_of(set)) {
    const RemoteFile* file = repository.find(path);
    if (file == nullptr) return {};
    found.push_back(*file);
    // Where ONNX keeps what does not fit into its 2 GiB.
    if (path.ends_with(".onnx"))
      if (const RemoteFile* rest = repository.find(path + "_data")) found.push_back(*rest);
  }
  return found;
}

}  // namespace

const RemoteFile* Repository::find(std::string_view path) const {
  const auto file = std::ranges::find(files, path, &RemoteFile::path);
  return file == files.end() ? nullptr : &*file;
}

FetchRequest hub_request(const std::string& url, const Source& source, const HubSettings& settings) {
  FetchRequest request;
  request.url = url;
  request.token = settings.token;
  const std::string page = settings.endpoint + "/" + source.address;
  request.denied_hint =
      settings.token.empty()
          ? "if " + page +
                " exists, it wants to know who asks: accept its licence there, make a token, and set HF_TOKEN"
          : "the token in HF_TOKEN does not open " + page + ": accept its licence there with the account of the token";
  return request;
}

Repository list_repository(const Source& source, const HubSettings& settings) {
  const std::string url = settings.endpoint + "/api/models/" + source.address + "/revision/" +
                          percent_encoded(source.revision, false) + "?blobs=true";
  const Json json = parse_json(fetch_text(hub_request(url, source, settings), kMaxListing, settings.patience), url);
  Repository repository;
  repository.commit = json_field<std::string>(json, "sha", url);
  if (!is_hex(repository.commit, 40)) throw_bad_field(url, "sha", "is no commit");
  const auto siblings = json_field<Json>(json, "siblings", url);
  if (!siblings.is_array()) throw_bad_field(url, "siblings", "is no list");
  for (const Json& sibling : siblings) {
    RemoteFile file = parse_file(sibling, url);
    file.url = settings.endpoint + "/" + source.address + "/resolve/" + repository.commit + "/" +
               percent_encoded(file.path, true);
    repository.files.push_back(std::move(file));
  }
  if (json.contains("cardData") && json["cardData"].is_object()) {
    const Json licence = json["cardData"].value("license", Json());
    if (licence.is_string()) repository.licence = licence;
  }
  return repository;
}

std::vector<RemoteFile> choose_files(const Repository& repository, std::string_view weights, const std::string& where) {
  const auto fail = [&](const std::string& what) {
    std::string listed;
    for (const RemoteFile& file : repository.files)
      if (listed.size() < 2000) listed += "\n  " + file.path;
    throw Error(Kind::kNotFound, where + " holds no " + what + "; its files:" + listed);
  };
  std::vector<RemoteFile> chosen;
  for (const auto& name : kCompanions)
    if (const RemoteFile* file = repository.find(name)) chosen.push_back(*file);
  if (repository.find("config.json") == nullptr && repository.find("open_clip_config.json") == nullptr)
    fail("config.json or open_clip_config.json");
  std::vector<RemoteFile> set;
  if (!weights.empty()) {
    set = find_set(repository, weights);
    if (set.empty()) fail(std::string(weights));
  }
  for (const auto& candidate : kWeightSets)
    if (set.empty()) set = find_set(repository, candidate);
  if (set.empty()) fail("weights that ootd reads (safetensors, .bin, ONNX)");
  chosen.insert(chosen.end(), set.begin(), set.end());
  for (const RemoteFile& file : chosen)
    if (file.sha256.empty() && file.git_blob.empty())
      throw Error(Kind::kUnavailable, where + ": no digest is stated for " + file.path + ", so it cannot be verified");
  return chosen;
}

std::vector<RemoteFile> shards_of(const Repository& repository, const std::filesystem::path& index) {
  const std::string where = index.string();
  const auto map = json_field<Json>(read_json(index), "weight_map", where);
  std::set<std::string> names;
  if (!map.is_object()) throw_bad_field(where, "weight_map", "is no object");
  for (const Json& name : map) {
    if (!name.is_string()) throw_bad_field(where, "weight_map", "holds something else than file names");
    names.insert(name.get<std::string>());
  }
  std::vector<RemoteFile> shards;
  for (const auto& name : names) {
    const RemoteFile* file = repository.find(name);
    if (file == nullptr) throw Error(Kind::kInput, where + ": the repository has no file " + dump_json(name));
    if (file->sha256.empty() && file->git_blob.empty())
      throw Error(Kind::kUnavailable, where + ": no digest is stated for " + name + ", so it cannot be verified");
    shards.push_back(*file);
  }
  return shards;
}

}  // namespace ootd
