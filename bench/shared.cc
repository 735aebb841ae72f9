#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <set>
#include <thread>

#include "bench/workloads.h"
#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/workspace/workspace.h"
#include "tools/render/look_set.h"

namespace ootd::bench {
namespace {

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  std::string line, name, flags;
  while (std::getline(file, line)) {
    if (line.starts_with("model name") && name.empty()) name = line.substr(line.find(':') + 2);
    if (line.starts_with("flags") && flags.empty()) {
      for (const char* flag : {" avx2 ", " avx512f ", " avx512_vnni ", " avx512_bf16 ", " amx_tile "})
        if ((line + " ").find(flag) != std::string::npos) flags += flag;
    }
  }
  std::string text = name + " [" + flags + "]";
  text.erase(std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; }), text.end());
  std::replace(text.begin(), text.end(), ',', ' ');
  return text;
}

}  // namespace

std::vector<std::filesystem::path> photo_files(const Options& options, const std::filesystem::path& scratch,
                                               const LookOptions& drawn_as) {
  std::filesystem::path folder = options.photos;
  if (folder.empty()) {
    folder = scratch / "looks";
    LookSetOptions looks;
    looks.count = options.count;
    looks.look = drawn_as;
    write_look_set(folder, looks);
  }
  const std::set<std::string> extensions = {".jpg", ".jpeg", ".png", ".webp"};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && extensions.contains(entry.path().extension().string()))
      files.push_back(entry.path());
  if (files.empty()) throw Error(Kind::kInput, folder.string() + ": no photos there");
  std::sort(files.begin(), files.end());
  // An even draw over the whole folder: neighbours often look alike.
  const auto wanted = static_cast<std::size_t>(options.count);
  std::vector<std::filesystem::path> drawn;
  for (std::size_t i = 0; i < std::min(wanted, files.size()); ++i)
    drawn.push_back(files[i * files.size() / std::min(wanted, files.size())]);
  return drawn;
}

Model model_of(const Options& options) {
  const auto ours = program_models() / options.model;
  return open_model(is_model_folder(ours) ? ours : std::filesystem::path(options.model));
}

Matrix clustered_vectors(std::size_t n, std::uint64_t seed, std::vector<std::size_t>* cluster_of) {
  Random random(seed);
  const std::size_t clusters = std::max<std::size_t>(1, n / 50);
  Matrix centres(clusters, kVectorDim), vectors(n, kVectorDim);
  Random centre_random(1);
  for (std::size_t c = 0; c < clusters; ++c)
    for (float& v : centres.row(c)) v = static_cast<float>(centre_random.normal());
  for (std::size_t i = 0; i < n; ++i) {
    const auto c = static_cast<std::size_t>(static_cast<double>(clusters) * std::pow(random.uniform(), 2));
    if (cluster_of != nullptr) cluster_of->push_back(c);
    for (std::size_t d = 0; d < kVectorDim; ++d)
      vectors.row(i)[d] = centres.row(c)[d] + static_cast<float>(0.7 * random.normal());
    normalize(vectors.row(i));
  }
  return vectors;
}

double rate_of(std::size_t n, int threads, const std::function<void(std::size_t)>& work) {
  const auto start = std::chrono::steady_clock::now();
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> pool;
  for (int t = 0; t < threads; ++t)
    pool.emplace_back([&] {
      for (std::size_t i = next++; i < n; i = next++) work(i);
    });
  for (auto& thread : pool) thread.join();
  return static_cast<double>(n) / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values.front(), values.back()};
}

RowPrinter& RowPrinter::add(const std::string& key, const std::string& value) {
  line_ += "," + key + "=" + value;
  return *this;
}

RowPrinter& RowPrinter::add(const std::string& key, double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return add(key, std::string(text));
}

RowPrinter& RowPrinter::add(const std::string& key, const Spread& spread, int digits) {
  return add(key, spread.median, digits).add(key + "_min", spread.min, digits).add(key + "_max", spread.max, digits);
}

void RowPrinter::print() {
  static const std::string cpu = cpu_name();
  add("cores", std::to_string(std::thread::hardware_concurrency())).add("cpu", cpu);
  std::cout << line_ << std::endl;
}

}  // namespace ootd::bench
