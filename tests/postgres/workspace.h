// A catalog in PostgreSQL for each test, and what the tests put into it. Tests of this folder only.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "ootd/postgres/postgres_catalog.h"
#include "tests/testing/in_child.h"
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

}  // namespace ootd::testing
