#include "ootd/hub/pull.h"

#include <algorithm>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/folder_lock.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/http/client.h"
#include "ootd/hub/repository.h"
#include "ootd/models/model.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// One pull at work in the folder that it is built in.
struct Pull {
  const Source& source;
  const std::string name;
  const HubSettings& settings;
  const PullEvents& events;
  const fs::path building;
  Manifest manifest;

  void build();
  void fetch(const RemoteFile& remote, const FetchRequest& request);
  void fetch_all(const std::vector<RemoteFile>& files);
  void from_hub();
  void from_torchvision();
  void from_folder();
  void drop_strangers() const;
};

[[noreturn]] void fail_offline(const std::string& what) {
  throw Error(Kind::kUnavailable, "offline (--offline, OOTD_OFFLINE or HF_HUB_OFFLINE): " + what);
}

// Nothing is fetched that is there already and right.
void Pull::fetch(const RemoteFile& remote, const FetchRequest& request) {
  Download file;
  file.request = request;
  file.dest = building / remote.path;
  file.size = remote.size;
  file.sha256 = remote.sha256;
  file.git_blob = remote.git_blob;
  fs::create_directories(file.dest.parent_path());
  const bool there = fs::is_regular_file(file.dest) && (!file.size || fs::file_size(file.dest) == *file.size) &&
                     !digest_mismatch(file, file.dest);
  if (!there) {
    if (settings.offline)
      fail_offline(remote.path + " is missing; fetch " + remote.url + " elsewhere, put it there as " +
                   file.dest.string() + " and run again");
    download(file, settings.patience, [&](std::uint64_t done, std::uint64_t total) {
      if (events.on_bytes) events.on_bytes(remote.path, done, total);
    });
  }
  if (remote.sha256.size() == 64 && remote.size)  // just verified
    manifest.files.push_back({remote.path, *remote.size, remote.sha256});
  else
    manifest.files.push_back(hash_file(building, remote.path));
}

void Pull::fetch_all(const std::vector<RemoteFile>& files) {
  std::uint64_t missing = 0;
  for (const auto& file : files) {
    std::error_code none;
    const auto part = fs::file_size(building / (file.path + ".part"), none);
    const std::uint64_t here = fs::exists(building / file.path) ? file.size.value_or(0) : none ? 0 : part;
    missing += std::max(file.size.value_or(0), here) - here;
  }
  const auto space = fs::space(building).available;
  if (missing > space)
    throw Error(Kind::kUnavailable, building.string() + ": " + name + " needs " + std::to_string(missing >> 20) +
                                        " MiB, and " + std::to_string(space >> 20) + " MiB are free");
  for (const auto& file : files) fetch(file, hub_request(file.url, source, settings));
}

void Pull::from_hub() {
  if (settings.offline)
    fail_offline(
        name + " is missing; fetch the configuration, the tokenizer and " +
        std::string(source.named != nullptr && !source.named->weights.empty() ? source.named->weights : "the weights") +
        " from " + settings.endpoint + "/" + source.address + "/tree/" + source.revision +
        " elsewhere, and put them into " + (building.parent_path() / name).string());
  const Repository repository = list_repository(source, settings);
  manifest.commit = repository.commit;
  if (manifest.licence.empty()) manifest.licence = repository.licence;
  const auto files =
      choose_files(repository, source.named != nullptr ? source.named->weights : "", "hf:" + source.address);
  fetch_all(files);
  for (const auto& file : files)
    if (file.path.ends_with(".index.json")) fetch_all(shards_of(repository, building / file.path));
}

void Pull::from_torchvision() {
  const NamedModel& row = *source.named;
  RemoteFile file;
  file.path = source.address;
  file.url = settings.torchvision + "/" + source.address;
  // NAME-12345678.pth: the name's own convention (torch.hub's check_hash).
  file.sha256 = source.address.substr(source.address.rfind('-') + 1, 8);
  FetchRequest request;
  request.url = file.url;
  fetch(file, request);

  ModelConfig config = described(row);
  config.name = name;
  config.weights = {source.address};
  const std::string text = dump_json(to_json(config), 2) + "\n";
  write_file_atomically(building / "config.json", std::as_bytes(std::span(text)));
  manifest.files.push_back(hash_file(building, "config.json"));
}

void Pull::from_folder() {
  const fs::path from = source.address;
  if (!fs::is_directory(from)) throw Error(Kind::kNotFound, from.string() + ": no such folder");
  if (const auto problem = model_problem(from)) throw Error(Kind::kInput, *problem);
  manifest.licence = open_model(from).config.licence;
  for (auto entry = fs::recursive_directory_iterator(from); entry != fs::end(entry); ++entry) {
    const std::string path = entry->path().lexically_relative(from).generic_string();
    if (entry->path().filename().string().starts_with('.')) {
      if (entry->is_directory()) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file() || path == kManifestFile) continue;
    if (const auto problem = path_problem(path))
      throw Error(Kind::kInput, from.string() + ": " + path + " " + *problem);
    const fs::path to = building / path;
    fs::create_directories(to.parent_path());
    fs::remove(to);
    link_or_copy(entry->path(), to);
    manifest.files.push_back(hash_file(building, path));
  }
}

void Pull::build() {
  switch (source.kind) {
    case Source::Kind::kHub:
      return from_hub();
    case Source::Kind::kTorchvision:
      return from_torchvision();
    case Source::Kind::kFolder:
      return from_folder();
  }
}

// Leaves of an earlier try that this one has no use for: the branch has moved on since.
void Pull::drop_strangers() const {
  std::set<fs::path> ours;
  for (const auto& file : manifest.files) ours.insert(building / file.path);
  std::vector<fs::path> strangers;
  for (const auto& entry : fs::recursive_directory_iterator(building))
    if (!entry.is_directory() && !ours.contains(entry.path())) strangers.push_back(entry.path());
  for (const auto& path : strangers) fs::remove(path);
}

PullResult already_there(const fs::path& folder, const Source& source) {
  const auto manifest = read_manifest(folder);
  const std::string remedy = "; give the new one another name with --name, or remove that folder first";
  if (!manifest) {  // put there by hand, maybe as the offline error says
    if (const auto problem = model_problem(folder)) throw Error(Kind::kInput, *problem + remedy);
    return {folder, Manifest{}, true, std::nullopt};
  }
  const bool other_revision = manifest->revision != source.revision && !manifest->commit.starts_with(source.revision);
  if (manifest->source != source.text() || other_revision)
    throw Error(Kind::kInput, folder.string() + " is there and comes from " + manifest->source +
                                  (manifest->commit.empty() ? "" : "@" + manifest->commit) + remedy);
  for (const auto& file : manifest->files) {
    std::error_code problem;
    if (fs::file_size(folder / file.path, problem) != file.size || problem)
      throw Error(Kind::kInput, folder.string() + " is damaged (" + file.path + "); remove that folder and pull again");
  }
  return {folder, *manifest, true, model_problem(folder)};
}

}  // namespace

PullResult pull_model(const Source& source, const std::string& as, const fs::path& models, const HubSettings& settings,
                      const PullEvents& events) try {
  const std::string name = as.empty() ? source.name : as;
  if (path_problem(name) || name.find('/') != std::string::npos || name.starts_with('.'))
    throw Error(Kind::kInput, "\"" + name + "\" cannot be the name of a model's folder; choose another with --name");
  const fs::path folder = models / name, building = models / (".pull-" + name);
  if (fs::exists(folder)) return already_there(folder, source);
  fs::create_directories(models);
  const FolderLock lock(building, [&] {
    if (events.on_note) events.on_note("another process is pulling " + name + "; waiting for it");
  });
  if (fs::exists(folder)) {
    std::error_code not_empty;
    fs::remove(building, not_empty);
    return already_there(folder, source);
  }

  Pull pull{source, name, settings, events, building, {}};
  pull.manifest.source = source.text();
  pull.manifest.revision = source.revision;
  if (source.named != nullptr) pull.manifest.licence = source.named->licence;
  try {
    pull.build();
  } catch (...) {
    std::error_code not_empty;
    fs::remove(building, not_empty);  // what was fetched stays for the next try
    throw;
  }
  pull.drop_strangers();
  write_manifest(building, pull.manifest);
  fs::rename(building, folder);
  sync_folder(models);
  return {folder, pull.manifest, false, model_problem(folder)};
} catch (const fs::filesystem_error& problem) {
  throw Error(Kind::kUnavailable, problem.what());
}

}  // namespace ootd
