// The verbs of the program, one file each: read flags, call the library, print.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/garment.h"
#include "ootd/base/json.h"
#include "ootd/base/user_id.h"
#include "ootd/workspace/place.h"

namespace ootd {

// What every verb is given.
struct Globals {
  std::filesystem::path home;  // --home, $OOTD_HOME, ./ootd-home
  std::string store;           // --store, $OOTD_STORE; empty: the workspace's own catalog.db
  bool json = false;           // one JSON document (or JSON lines) on stdout
  int exit_code = 0;           // set by a verb that ran, but whose outcome is a failure

  WorkspacePlace place() const { return {home, store}; }
  // The document with --json; otherwise the text.
  void print(const Json& document, const std::string& text) const {
    std::cout << (json ? dump_json(document) : text) << std::endl;
  }
};

// For options that name a garment's category.
inline CLI::IsMember garment_category() {
  return CLI::IsMember(std::vector<std::string>(kGarmentCategories.begin(), kGarmentCategories.end()));
}

// "KEY=VALUE" of an option. Throws CLI::ValidationError.
inline std::pair<std::string, std::string> key_and_value(const std::string& option, const std::string& text,
                                                         bool value_may_be_empty = false) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || (!value_may_be_empty && equals + 1 == text.size()))
    throw CLI::ValidationError(option, "wants KEY=VALUE, not \"" + text + "\"");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// "--user", or a place: a user's id (user_id.h).
inline CLI::Option* add_user_id(CLI::App& verb, const std::string& name, std::string& user) {
  const auto to_id = [](std::string& text) -> std::string {
    try {
      text = user_id(text);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  };
  return verb.add_option(name, user, "Who")->required()->transform(CLI::Validator(to_id, ""));
}

void add_doctor(CLI::App& app, Globals& globals);
void add_doctor_labels(CLI::App& doctor, Globals& globals);
void add_import(CLI::App& app, Globals& globals);
void add_crawl(CLI::App& app, Globals& globals);
void add_images(CLI::App& app, Globals& globals);
void add_images_export(CLI::App& images, Globals& globals);
void add_crop(CLI::App& app, Globals& globals);
void add_detect(CLI::App& app, Globals& globals);
void add_embed(CLI::App& app, Globals& globals);
void add_eval(CLI::App& app, Globals& globals);
void add_eval_detector(CLI::App& app, Globals& globals);
void add_index(CLI::App& app, Globals& globals);
void add_index_compare(CLI::App& verb, Globals& globals);  // of `ootd index`
void add_search(CLI::App& app, Globals& globals);
void add_label(CLI::App& app, Globals& globals);
void add_feedback(CLI::App& app, Globals& globals);
void add_recommend(CLI::App& app, Globals& globals);
void add_simulate(CLI::App& app, Globals& globals);
void add_vectors(CLI::App& app, Globals& globals);
void add_user(CLI::App& app, Globals& globals);
void add_wardrobe(CLI::App& app, Globals& globals);
void add_wardrobe_looks(CLI::App& wardrobe, Globals& globals);
void add_models(CLI::App& app, Globals& globals);
void add_replay(CLI::App& app, Globals& globals);
void add_ab(CLI::App& app, Globals& globals);
void add_serve(CLI::App& app, Globals& globals);
void add_train(CLI::App& app, Globals& globals);
void add_train_detector(CLI::App& app, Globals& globals);

// The parser with all verbs. globals outlives it.
std::unique_ptr<CLI::App> make_program(Globals& globals);
// Parses, runs, and turns the outcome into the exit code: 0 done, 1 failed, 2 misuse.
int run_program(int argc, char** argv);

}  // namespace ootd
