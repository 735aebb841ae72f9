#include <algorithm>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/cli/verbs.h"
#include "ootd/cli/workspace.h"
#include "ootd/embed/encoder.h"
#include "ootd/embed/zero_shot.h"
#include "ootd/render/look.h"

namespace ootd {
namespace {

struct LabelFlags {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> styles{kStyles.begin(), kStyles.end()};
  ZeroShotOptions zero_shot;
  std::string model, key = "style_guess", unless;
  double min_share = 0;
  bool write = false;
};

Json scores_json(const std::vector<NameScore>& scores) {
  Json list = Json::array();
  for (const auto& score : scores) {
    list.push_back({{"style", score.name}, {"score", score.share}, {"cosine", score.cosine}});
    if (score.match) list.back()["match"] = *score.match;
  }
  return list;
}

// One image's answer, on a line of its own.
void print_scores(const Globals& globals, const char* what, const std::string& name,
                  const std::vector<NameScore>& scores) {
  if (globals.json) {
    std::cout << dump_json({{what, name}, {"style", scores.front().name}, {"scores", scores_json(scores)}}) << "\n";
    return;
  }
  std::cout << name;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, scores.size()); ++i) {
    char share[16];
    std::snprintf(share, sizeof share, " %.0f%%", 100 * static_cast<double>(scores[i].share));
    std::cout << (i == 0 ? "  " : ", ") << scores[i].name << share;
  }
  std::cout << "\n";
}

void label_files(Globals& globals, const LabelFlags& flags, const Model& model, const ZeroShot& zero_shot,
                 const OutfitFinder* outfits) {
  const auto encoder = make_encoder(model);
  std::size_t failed = 0;
  for (const auto& file : flags.files) {
    try {
      const Image image = load_query(file, encoder->input(), outfits);
      print_scores(globals, "file", file.string(), zero_shot.score(encoder->encode({&image, 1}).row(0)));
    } catch (const Error& error) {
      ++failed;
      if (globals.json)
        std::cout << dump_json({{"file", file.string()}, {"error", error.what()}}) << "\n";
      else
        std::cerr << "  failed: " << error.what() << "\n";
    }
  }
  if (failed == flags.files.size()) globals.exit_code = 1;
}

void label_workspace(Globals& globals, const LabelFlags& flags, Workspace& workspace, const Model& model,
                     const ZeroShot& zero_shot) {
  Catalog& catalog = workspace.catalog();
  constexpr int kImagesAtOnce = 1000;
  std::int64_t scored = 0, written = 0, without_vector = 0;
  for (Row after = 0;;) {
    const auto page = catalog.images_after(after, kImagesAtOnce);
    if (page.empty()) break;
    after = page.back().row;
    Catalog::Batch batch(catalog);
    for (const auto& image : page) {
      if (std::any_of(image.labels.begin(), image.labels.end(),
                      [&](const Label& label) { return !flags.unless.empty() && label.key == flags.unless; }))
        continue;
      const auto vector = catalog.embedding(model.id, image.row);
      if (!vector) {
        ++without_vector;
        continue;
      }
      const auto scores = zero_shot.score(*vector);
      ++scored;
      if (!flags.write) {
        print_scores(globals, "id", image.id, scores);
      } else if (static_cast<double>(scores.front().share) >= flags.min_share) {
        catalog.set_labels(image.row, flags.key, {&scores.front().name, 1});
        ++written;
      }
    }
    batch.commit();
  }
  if (without_vector > 0)
    std::cerr << "  " << without_vector << " photos have no vector by " << model.id << ": ootd embed --model "
              << model.config.name << "\n";
  if (flags.write)
    globals.print({{"scored", scored}, {"written", written}, {"key", flags.key}, {"without_vector", without_vector}},
                  std::to_string(written) + " of " + std::to_string(scored) + " photos labelled. Next: ootd search " +
                      "... --filter '" + flags.key + " = " + flags.styles.front() + "'");
}

void run_label(Globals& globals, const LabelFlags& flags) {
  if (!flags.files.empty() && flags.write)
    throw CLI::ValidationError("--write", "labels photos of the workspace; leave the files out");
  // Files and a model by name need no workspace; where there is one, its detector crops them.
  std::optional<Workspace> workspace;
  if (flags.files.empty() || flags.model.empty() || std::filesystem::exists(globals.home / "catalog.db"))
    workspace.emplace(globals.home);
  const Model model = flags.model.empty() ? workspace->need_model() : find_model(globals.home, flags.model);
  const ZeroShot zero_shot(model, flags.styles, flags.zero_shot);
  if (flags.files.empty())
    label_workspace(globals, flags, *workspace, model, zero_shot);
  else
    label_files(globals, flags, model, zero_shot, workspace ? workspace->outfit_finder().get() : nullptr);
}

}  // namespace

void add_label(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand(
      "label", "Guess styles from their names alone, to pre-sort photos (needs a model with a text tower)");
  auto flags = std::make_shared<LabelFlags>();
  verb->add_option("FILE", flags->files, "Score these files and store nothing (default: the workspace's photos)");
  verb->add_option("--styles", flags->styles, "Names, separated by commas (default: the thirteen of Musinsa)")
      ->delimiter(',');
  verb->add_option("--prompt", flags->zero_shot.prompts, "The sentence around the name {}; may be given several times")
      ->capture_default_str()
      ->take_all();
  verb->add_option("--model", flags->model, "A model with a text tower (default: the one in use)");
  verb->add_flag("--write", flags->write, "Store each photo's best name as a label");
  verb->add_option("--key", flags->key,
                   "The label that --write sets; not \"style\", so that guesses stay apart from facts")
      ->capture_default_str();
  verb->add_option("--min-score", flags->min_share, "--write only if the best name has this share of 1")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  verb->add_option("--unless", flags->unless, "Leave out photos that have a label of this key, for example style");
  verb->callback([&globals, flags] { run_label(globals, *flags); });
}

}  // namespace ootd
