// A repository of a model hub: what lies in it, and which of it makes a model.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/http/client.h"
#include "ootd/hub/settings.h"
#include "ootd/hub/source.h"

namespace ootd {

// A file that is to be fetched; at least one of the digests is known.
struct RemoteFile {
  std::string path, url;
  std::optional<std::uint64_t> size;
  std::string sha256, git_blob;
};

struct Repository {
  std::string commit;   // 40 hex digits: what is fetched is of this commit, whatever the branch does meanwhile
  std::string licence;  // as its card says
  std::vector<RemoteFile> files;

  const RemoteFile* find(std::string_view path) const;
};

// Asks <endpoint>/api/models/owner/name/revision/REVISION?blobs=true.
Repository list_repository(const Source& source, const HubSettings& settings);

// Its configuration, tokenizer and pre-processing, and one set of weights: `weights` (separated by spaces), or if that
// is empty the best it has. A set in shards is given by its index alone. Throws kNotFound if no model is there.
std::vector<RemoteFile> choose_files(const Repository& repository, std::string_view weights, const std::string& where);

// The shards that an index (*.safetensors.index.json) names.
std::vector<RemoteFile> shards_of(const Repository& repository, const std::filesystem::path& index);

// A request for a hub's URL, with the token and what to do if it does not suffice.
FetchRequest hub_request(const std::string& url, const Source& source, const HubSettings& settings);

}  // namespace ootd
