// What the verbs that train are told beside their configuration: where the run lies, and whether it goes on.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <string>

#include "ootd/base/error.h"

namespace ootd {

struct RunFlags {
  std::filesystem::path config, out;
  bool resume = false;

  // The run's folder: `out`, else runs/NAME of the workspace. Throws Error(kInput) if it holds a run that is not to be
  // resumed.
  std::filesystem::path folder(const std::filesystem::path& home, const std::string& name) const {
    const auto run = out.empty() ? std::filesystem::absolute(home) / "runs" / name : std::filesystem::absolute(out);
    if (!resume && std::filesystem::exists(run / "config.toml"))
      throw Error(Kind::kInput,
                  run.string() + ": holds a run already; go on with it by --resume, or name another --out");
    return run;
  }
};

inline std::shared_ptr<RunFlags> add_run_flags(CLI::App& verb) {
  auto flags = std::make_shared<RunFlags>();
  verb.add_option("--config", flags->config, "The run; docs/training.md explains its fields")
      ->required()
      ->check(CLI::ExistingFile);
  verb.add_option("--out", flags->out, "The run's folder (default: runs/NAME of the workspace)");
  verb.add_flag("--resume", flags->resume, "Go on where the run stopped");
  return flags;
}

}  // namespace ootd
