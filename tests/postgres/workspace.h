// A catalog in PostgreSQL for each test, and what the tests put into it. Tests of this folder only.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ootd/postgres/postgres_catalog.h"
#include "tests/testing/message_of.h"
#include "tests/testing/postgres_server.h"
#include "tests/testing/temp_dir.h"

namespace ootd::testing {

inline const Generation kGeneration = {"m", ""};

inline ImageRecord image(const ImageId& id, std::vector<Label> labels = {}) {
  ImageRecord record;
  record.id = id;
  record.source = "/photos/" + id + ".jpg";
  record.labels = std::move(labels);
  return record;
}

inline void put_vector(Catalog& catalog, LookKey look, float value) {
  Matrix vector(1, 2);
  vector.row(0)[0] = value;
  catalog.put_vectors(kGeneration, {&look, 1}, vector);
}

// Skipped where the server's wheel was not unpacked.
class PostgresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresServer::is_there())
      GTEST_SKIP() << "no PostgreSQL in " << OOTD_POSTGRES_DIR << "; run scripts/setup --tests";
    url_ = PostgresServer::shared().url(home_.path().filename());
  }
  // Each call is another server of ootd.
  std::unique_ptr<PostgresCatalog> open() const { return std::make_unique<PostgresCatalog>(url_, home_.path()); }

  const TempDir home_;
  std::string url_;
};

// Runs `work` in another process and returns its id. The work must not use a catalog opened before.
inline pid_t in_child(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  int code = 0;
  try {
    work();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "process %d: %s\n", static_cast<int>(::getpid()), error.what());
    code = 1;
  }
  ::_exit(code);  // no destructors of the parent's objects, no report of the test twice
}

inline bool succeeded(pid_t child) {
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace ootd::testing
