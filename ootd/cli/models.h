// The parts of `ootd models`, and what they say of a model in common.
#pragma once

#include <string>

#include "ootd/cli/verbs.h"
#include "ootd/models/model.h"

namespace ootd {

void add_models_pull(CLI::App& verb, Globals& globals);
void add_models_verify(CLI::App& verb, Globals& globals);
void add_models_quantize(CLI::App& verb, Globals& globals);
void add_models_show(CLI::App& verb, Globals& globals);
void add_models_average(CLI::App& verb, Globals& globals);

// name, id, dim, params, sha256 (of the weights), folder, source, licence.
Json model_json(const Model& model);

// 816000000 -> "816 MB"
std::string megabytes(double bytes);

}  // namespace ootd
