// What every store must do, whichever it is: the tests of each role in this folder run over every backend. Tests of
// this folder only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "ootd/postgres/postgres_catalog.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/testing/message_of.h"
#include "tests/testing/postgres_server.h"
#include "tests/testing/temp_dir.h"

namespace ootd::testing {

struct Backend {
  const char* name;
  // The store of this home: an empty one the first time, later the same one as another process has it.
  std::unique_ptr<Catalog> (*open)(const std::filesystem::path& home);
};

inline void PrintTo(const Backend& backend, std::ostream* out) { *out << backend.name; }

// Another backend is another line.
inline constexpr Backend kBackends[] = {
    {"sqlite",
     [](const std::filesystem::path& home) -> std::unique_ptr<Catalog> {
       return std::make_unique<SqliteCatalog>(home);
     }},
    {"postgres",
     [](const std::filesystem::path& home) -> std::unique_ptr<Catalog> {
       // One schema for each home.
       return std::make_unique<PostgresCatalog>(PostgresServer::shared().url(home.filename()), home);
     }},
};

// Those that can run here: all but PostgreSQL where its wheel was never unpacked, which PostgresContract says.
inline std::vector<Backend> backends_here() {
  std::vector<Backend> backends(std::begin(kBackends), std::end(kBackends));
  if (!PostgresServer::is_there())
    std::erase_if(backends, [](const Backend& backend) { return backend.name == std::string_view("postgres"); });
  return backends;
}

#define OOTD_OVER_EVERY_BACKEND(suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(Over, suite, ::testing::ValuesIn(::ootd::testing::backends_here()), \
                           [](const auto& backend) { return std::string(backend.param.name); })

inline ImageRecord image(const ImageId& id, std::vector<Label> labels = {}) {
  ImageRecord record;
  record.id = id;
  record.source = "/photos/" + id + ".jpg";
  record.file = "images/" + id + ".jpg";
  record.format = "jpeg";
  record.bytes = 12'345;
  record.width = 400;
  record.height = 600;
  record.labels = std::move(labels);
  return record;
}

inline Matrix matrix(const std::vector<std::vector<float>>& rows) {
  Matrix result(rows.size(), rows.empty() ? 0 : rows.front().size());
  for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(rows[i], result.row(i).begin());
  return result;
}

// A fresh store for each test, which must be sound at its end.
class Contract : public ::testing::TestWithParam<Backend> {
 protected:
  ~Contract() override { EXPECT_EQ(catalog_.verify(), std::vector<std::string>{}); }

  std::unique_ptr<Catalog> open_again() const { return GetParam().open(home_.path()); }
  LookKey add(const ImageId& id, std::vector<Label> labels = {}) {
    return catalog_.add_image(image(id, std::move(labels))).key;
  }
  // image1, image2 ...; looks_[0] is no look, so that numbers and places agree.
  void add_looks(int count) {
    Catalog::Batch batch(catalog_);
    for (int i = 0; i < count; ++i) looks_.push_back(add("image" + std::to_string(looks_.size())));
    batch.commit();
  }
  std::vector<LookKey> looks(std::initializer_list<std::size_t> numbers) const {
    std::vector<LookKey> keys;
    for (const std::size_t number : numbers) keys.push_back(looks_.at(number));
    return keys;
  }
  // A key that no look has.
  LookKey unknown_look() const { return LookKey{1'000'000'000}; }

  const TempDir home_;
  const std::unique_ptr<Catalog> opened_ = open_again();
  Catalog& catalog_ = *opened_;
  std::vector<LookKey> looks_ = {LookKey{}};
};

}  // namespace ootd::testing
