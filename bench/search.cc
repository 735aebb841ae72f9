#include <algorithm>
#include <chrono>
#include <iostream>

#include "bench/workloads.h"
#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/index/flat_store.h"
#include "ootd/index/vector_index.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/testing/temp_dir.h"

namespace ootd::bench {
namespace {

constexpr int kQueries = 200, kK = 10;

}  // namespace

void search(const Options& options) {
  const testing::TempDir home;
  SqliteCatalog catalog(home.path());
  const auto n = static_cast<std::size_t>(options.vectors);
  std::vector<std::size_t> cluster_of;
  const Matrix vectors = clustered_vectors(n, 2, &cluster_of);
  const Generation generation = {"bench", ""};
  std::vector<LookKey> looks;
  const auto load_start = std::chrono::steady_clock::now();
  const auto seconds_since = [](std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  constexpr std::size_t kLoadedAtOnce = 4096;
  for (std::size_t begin = 0; begin < n; begin += kLoadedAtOnce) {
    Catalog::Batch batch(catalog);
    Matrix rows(std::min(kLoadedAtOnce, n - begin), kVectorDim);
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      ImageRecord image;
      image.id = std::to_string(begin + i);
      looks.push_back(catalog.add_image(image).key);
      std::ranges::copy(vectors.row(begin + i), rows.row(i).begin());
    }
    catalog.put_vectors(generation, std::span(looks).subspan(begin), rows);
    batch.commit();
    if (begin / kLoadedAtOnce % 32 == 31) std::cerr << looks.size() << " of " << n << " loaded\n";
  }
  const double load_s = seconds_since(load_start);
  const auto build_start = std::chrono::steady_clock::now();
  const auto view = VectorIndex(catalog, generation, home.path()).view();
  const double build_s = seconds_since(build_start);
  FlatStore flat(kVectorDim);
  flat.put(looks, vectors);
  const Matrix queries = clustered_vectors(kQueries, 3);

  struct Filter {
    std::string name;
    bool used = true;
    std::vector<LookKey> allowed = {};
  };
  std::vector<Filter> filters = {{"none", false}};
  Random random(4);
  for (const double share : {0.001, 0.01, 0.1, 0.5, 0.99}) {
    Filter chance{"random_" + std::to_string(share).substr(0, 5)},
        style{"cluster_" + std::to_string(share).substr(0, 5)};
    const auto clusters = static_cast<std::size_t>(static_cast<double>(std::max<std::size_t>(1, n / 50)) * share) + 1;
    for (std::size_t i = 0; i < n; ++i) {
      if (random.uniform() < share) chance.allowed.push_back(looks[i]);
      if (cluster_of[i] * 7919 % std::max<std::size_t>(1, n / 50) < clusters) style.allowed.push_back(looks[i]);
    }
    filters.push_back(chance);
    filters.push_back(style);
  }
  for (const Filter& filter : filters) {
    const auto subset = view->where(filter.allowed);
    Bitmap slots;
    for (const LookKey look : filter.allowed) slots.add(flat.slot(look));
    const auto measure = [&](const auto& store, const auto& allowed, std::vector<std::vector<Hit>>& hits) {
      std::vector<double> each;
      for (int run = 0; run <= options.runs; ++run) {
        hits.clear();
        for (std::size_t q = 0; q < queries.rows(); ++q) {
          const auto start = std::chrono::steady_clock::now();
          hits.push_back(store.search(queries.row(q), kK, filter.used ? &allowed : nullptr));
          if (run > 0)
            each.push_back(1e6 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        }
      }
      std::sort(each.begin(), each.end());
      return each;
    };
    std::vector<std::vector<Hit>> exact, found;
    const auto flat_us = measure(flat, slots, exact), index_us = measure(*view, subset, found);
    double agreed = 0, possible = 0;
    for (std::size_t q = 0; q < exact.size(); ++q) {
      possible += static_cast<double>(exact[q].size());
      for (const Hit& hit : found[q])
        agreed += std::any_of(exact[q].begin(), exact[q].end(), [&](const Hit& e) { return e.key == hit.key; });
    }
    const double recall = possible > 0 ? agreed / possible : 1;
    RowPrinter("search")
        .add("n", std::to_string(n))
        .add("dim", std::to_string(kVectorDim))
        .add("filter", filter.name)
        .add("allowed", std::to_string(filter.used ? filter.allowed.size() : n))
        .add("index_p50_us", index_us[index_us.size() / 2], 1)
        .add("index_p99_us", index_us[index_us.size() * 99 / 100], 1)
        .add("flat_p50_us", flat_us[flat_us.size() / 2], 1)
        .add("recall10", recall, 4)
        .add("load_s", load_s, 1)
        .add("build_s", build_s, 1)
        .print();
  }
}

}  // namespace ootd::bench
