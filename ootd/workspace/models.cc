#include "ootd/workspace/models.h"

#include <set>

#include "ootd/base/error.h"
#include "ootd/base/json.h"
#include "ootd/models/average.h"

namespace ootd {
namespace {

const std::string& id_of(const Model& model) { return model.id; }
const std::string& id_of(const DetectorModel& model) { return model.id; }
const std::string& id_of(const std::variant<Model, DetectorModel>& model) {
  return std::visit([](const auto& each) -> const std::string& { return each.id; }, model);
}

template <class IsFolder, class Open>
auto find_folder(const std::filesystem::path& home, const std::string& name, const std::string& what,
                 const IsFolder& is_folder, const Open& open) {
  for (const auto& parent : {home / "models", program_models()}) {
    if (is_folder(parent / name)) return open(parent / name);
    // An id is the name and a hash; the folder of a model that comes with the program has the name alone.
    const auto dash = name.rfind('-');
    if (dash != std::string::npos && is_folder(parent / name.substr(0, dash))) {
      auto model = open(parent / name.substr(0, dash));
      if (id_of(model) == name) return model;
    }
  }
  if (is_folder(std::filesystem::path(name))) return open(std::filesystem::path(name));
  throw Error(Kind::kNotFound, "no " + what + " \"" + name + "\" in " + (home / "models").string() + " or " +
                                   program_models().string() + ", and no folder of that name");
}

}  // namespace

std::filesystem::path program_models() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "models";
}

Model find_model(const std::filesystem::path& home, const std::string& name) {
  return find_folder(home, name, "model", is_model_folder, open_model);
}

DetectorModel find_detector(const std::filesystem::path& home, const std::string& name) {
  return find_folder(
      home, name, "detector", [](const std::filesystem::path& folder) { return std::filesystem::is_directory(folder); },
      open_detector);
}

std::variant<Model, DetectorModel> find_encoder_or_detector(const std::filesystem::path& home,
                                                            const std::string& name) {
  using Either = std::variant<Model, DetectorModel>;
  return find_folder(
      home, name, "encoder or detector",
      [](const std::filesystem::path& folder) { return is_model_folder(folder) || is_detector_folder(folder); },
      [](const std::filesystem::path& folder) {
        return is_detector_folder(folder) ? Either(open_detector(folder)) : Either(open_model(folder));
      });
}

std::vector<std::filesystem::path> model_folders(const std::filesystem::path& home) {
  std::vector<std::filesystem::path> folders;
  for (const auto& parent : {std::filesystem::absolute(home) / "models", program_models()}) {
    if (!std::filesystem::is_directory(parent)) continue;
    std::set<std::filesystem::path> sorted;
    for (const auto& entry : std::filesystem::directory_iterator(parent))
      if (entry.is_directory() && !entry.path().filename().string().starts_with('.') &&
          !is_detector_folder(entry.path()))
        sorted.insert(entry.path());
    folders.insert(folders.end(), sorted.begin(), sorted.end());
  }
  return folders;
}

Model average_models(const std::filesystem::path& home, const std::vector<std::string>& names,
                     std::vector<double> shares, const std::string& new_name) {
  std::vector<Model> models;
  for (const auto& name : names) models.push_back(find_model(home, name));
  if (shares.empty()) shares.assign(models.size(), 1.0 / static_cast<double>(models.size()));
  std::vector<NamedFloats> weights = average_weights(models, shares);
  ModelConfig config = models[0].config;
  config.name = new_name;
  config.weights = {"model.safetensors"};
  config.passes_over_head = false;
  config.source = "average of";
  for (std::size_t i = 0; i < models.size(); ++i)
    config.source += (i > 0 ? ", " : " ") + models[i].id + " (" + dump_json(shares[i]) + ")";
  return save_model(std::filesystem::absolute(home) / "models", config, std::move(weights),
                    models[0].tokenizer_files());
}

}  // namespace ootd
