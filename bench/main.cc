// ootd-bench WORKLOAD: one measured row per run of a named workload; bench/workloads.h lists them.
#include <CLI/CLI.hpp>
#include <iostream>

#include "bench/workloads.h"
#include "ootd/base/memory.h"

int main(int argc, char** argv) {
  using namespace ootd::bench;
  ootd::keep_freed_memory();
  Options options;
  CLI::App app("Measured rows of CSV; every workload checks its answer before it reports", "ootd-bench");
  app.fallthrough();
  app.require_subcommand(1);
  app.add_option("--photos", options.photos, "A folder of photos (default: drawn looks)");
  app.add_option("--count", options.count, "Photos at most")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--runs", options.runs, "Measured runs after one warm-up")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--vectors", options.vectors, "search, deck: how many")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--model", options.model,
                 "A model that comes with the program, or a model folder; quantize: or an architecture")
      ->capture_default_str();
  app.add_option("--detector", options.detector,
                 "crop_embed, background_swap: a detector that comes with the program, or a folder")
      ->capture_default_str();
  app.add_option("--precision", options.precision, "embed_model: all, f32, bf16, int8")->capture_default_str();
  app.add_option("--quantization", options.quantization,
                 "embed_model: what int8 is; made from the inputs if not there");
  app.add_option("--pixels", options.pixels, "embed_model: inputs saved by --save, in place of photos");
  app.add_option("--save", options.save, "embed_model, train_full: a folder for inputs and results");
  app.add_option("--architecture", options.architecture, "make_model, train_full: a name that ootd knows")
      ->capture_default_str();
  app.add_option("--batch", options.batch, "train_full, train_head: pictures a step, a multiple of 4")
      ->capture_default_str()
      ->check(CLI::Range(8, 4096));
  app.add_option("--out", options.out, "make_model, crop_looks: the folder to write into")->capture_default_str();
  const auto add = [&](const char* name, const char* about, void (*workload)(const Options&)) {
    app.add_subcommand(name, about)->callback([&options, workload] { workload(options); });
  };
  add("preprocess", "File bytes to network input, one thread", preprocess);
  add("embed_model", "The bare model, all cores", embed_model);
  add("embed_pipeline", "ootd embed from file to stored vector, paired with the bare model", embed_pipeline);
  add("crop_embed", "File to the vector of its crop, paired with the bare detector and encoder", crop_embed);
  add("background_swap", "Looks at two places each: what the crop keeps of the second place", background_swap);
  add("quantize", "f32, bf16 and int8 of one model in turns", quantize);
  add("make_model", "A checkpoint with weights by formula: real sizes without a download", make_model);
  add("palette", "Dominant colours of drawn garments, one core", palette);
  add("crop_looks", "Photos cut to the person boxes of their annotations.json", crop_looks);
#ifdef OOTD_WITH_TORCH
  add("train_head", "100 epochs of mode head on 18,000 x 768 features", train_head);
  add("train_full", "The step of mode full on pixels that lie ready", train_full);
#endif
  add("search", "Exact scan and index, with and without filters", search);
  add("deck", "A deck of 10 by the kernel, one thread", deck);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  } catch (const std::exception& problem) {
    std::cerr << "ootd-bench: " << problem.what() << std::endl;
    return 1;
  }
}
