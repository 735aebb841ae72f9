// A program of the tests' own that a test kills. Tests only.
#pragma once

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace ootd::testing {

// args[0]: the program's path.
inline pid_t start_child(std::vector<std::string> args) {
  std::vector<char*> arguments;
  for (auto& arg : args) arguments.push_back(arg.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  EXPECT_EQ(::posix_spawn(&child, arguments[0], nullptr, nullptr, arguments.data(), environ), 0);
  return child;
}

// As waitpid() gives it.
inline int wait_for(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

}  // namespace ootd::testing
