// Models by name, and new ones made from those that are there. Where a name is looked for: first home/models, then the
// models that come with the program, then as a path to a folder.
#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "ootd/models/detector_model.h"
#include "ootd/models/model.h"

namespace ootd {

// models/ beside the program.
std::filesystem::path program_models();

// By id, name or folder. Throw Error(kNotFound).
Model find_model(const std::filesystem::path& home, const std::string& name);
DetectorModel find_detector(const std::filesystem::path& home, const std::string& name);
// Whichever of the two has that name.
std::variant<Model, DetectorModel> find_encoder_or_detector(const std::filesystem::path& home, const std::string& name);

// The folders of the workspace's encoders, then those of the program's, each by name. Nothing is opened.
std::vector<std::filesystem::path> model_folders(const std::filesystem::path& home);

// The mean of the weights of models of one kind, as a new model of home/models. shares: one for each, that sum to 1;
// none: all alike.
Model average_models(const std::filesystem::path& home, const std::vector<std::string>& names,
                     std::vector<double> shares, const std::string& new_name);

}  // namespace ootd
