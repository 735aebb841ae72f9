// Runs the built programs as a user does. Tests only.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "tests/testing/temp_dir.h"

namespace ootd::testing {

struct Outcome {
  int exit_code = 0;  // -9 if it was killed
  std::string out, err;

  Json json() const { return parse_json(out, "stdout"); }
  std::vector<Json> json_lines() const {
    std::vector<Json> lines;
    for (std::size_t at = 0; at < out.size();) {
      const std::size_t end = std::min(out.find('\n', at), out.size());
      lines.push_back(parse_json(std::string_view(out).substr(at, end - at), "stdout"));
      at = end + 1;
    }
    return lines;
  }
};

// Waits for the end, or kills with SIGKILL as soon as wait_to_kill returns.
inline Outcome run_program(std::vector<std::string> args, const std::function<void()>& wait_to_kill) {
  const TempDir dir;
  const std::string out = dir.path() / "out", err = dir.path() / "err";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::vector<char*> argv;
  for (auto& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int problem = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) throw std::runtime_error("cannot start " + args[0]);
  if (wait_to_kill) {
    wait_to_kill();
    ::kill(pid, SIGKILL);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), read_text(out), read_text(err)};
}

// kill_after_ms: 0 = never.
inline Outcome run_program(std::vector<std::string> args, int kill_after_ms = 0) {
  if (kill_after_ms == 0) return run_program(std::move(args), std::function<void()>());
  return run_program(std::move(args), [=] { std::this_thread::sleep_for(std::chrono::milliseconds(kill_after_ms)); });
}

}  // namespace ootd::testing
