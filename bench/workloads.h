// The named workloads of ootd-bench. Each warms up, repeats, checks its own answer, and prints rows of CSV in the form
//   workload,key=value,...,cpu=...
// with the median over `runs` and its spread; speed never stands without quality. docs/benchmarks.md has the claims.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ootd/base/matrix.h"
#include "ootd/models/model.h"
#include "ootd/workspace/cropping.h"
#include "tools/render/look.h"

namespace ootd::bench {

struct Options {
  std::filesystem::path photos;  // empty: looks drawn into a temporary folder
  int count = 400;               // photos at most
  int runs = 5;
  int vectors = 100'000;  // search, deck
  std::string model = "efficientnet_lite0";
  std::string detector = kDefaultDetector;
  std::string precision = "all";          // embed_model only
  std::filesystem::path quantization;     // embed_model: of --precision int8
  std::filesystem::path pixels;           // embed_model: inputs that an earlier run saved, in place of photos
  std::filesystem::path save;             // embed_model: a folder for pixels.npy and vectors_PRECISION.npy
  std::string architecture = "resnet50";  // make_model; train_full
  std::filesystem::path out = ".";        // make_model, crop_looks
  int batch = 64;                         // train_full, train_head: pictures a step
};

// preprocess      file bytes -> network input: full decode and decode at reduced scale; quality: cosine distance of the
//                 embeddings
// embed_model     the bare model on inputs that lie ready in memory; quality: cosine to f32
// embed_pipeline  `ootd embed` from file to stored vector, paired with the bare model in the same run
// crop_embed      file -> detector -> crop -> vector in one pipeline, paired with either model alone in the same run;
//                 quality: cosine to what `ootd crop`, then `ootd embed` store
// background_swap looks drawn at two places each: cosine of the two vectors, photo whole, crop by the detector, crop by
//                 the drawn boxes; beside it that of two looks at one place
// quantize        f32, bf16 and int8 of one model in turns; --model may be an architecture's name: random weights.
//                 Quality: cosine to f32 on pictures that gave no ranges
// search          index and plain store, alone and 8 queries at once, plain and under filters; quality: recall@10
// against a
//                 loop over all floats
// deck            a deck of 10 by the kernel, on one thread; quality: recall of the 10 looks of the highest mean among
// the
//                 candidates, against the valuing of all unseen looks
// crop_looks      a folder of photos with annotations.json, cut to the persons' boxes with a margin, labels and all
// palette         dominant colours of garments in their true boxes, one core; quality: names of the colours that the
//                 renderer dyed the cloth with, before drawn and before plain backgrounds
// train_head      100 epochs of mode head on 18,000 x 768 features; quality: mAP, before and after, on rows that
//                 training never saw
// train_full      the step of mode full (forward, SupCon, backward, AdamW) on pixels that lie ready; quality: the loss
//                 falls. --save keeps the start and the losses for bench/peers/training.py
// make_model      a checkpoint folder with weights by formula (tests/testing/procedural_weights.h), for comparing speed
void preprocess(const Options& options);
void embed_model(const Options& options);
void embed_pipeline(const Options& options);
void crop_embed(const Options& options);
void background_swap(const Options& options);
void quantize(const Options& options);
void search(const Options& options);
void deck(const Options& options);
void make_model(const Options& options);
void crop_looks(const Options& options);
void palette(const Options& options);
#ifdef OOTD_WITH_TORCH
void train_head(const Options& options);
void train_full(const Options& options);
#endif

// --- shared

// Up to options.count photo files, sorted; draws looks into `scratch` if no folder is given.
std::vector<std::filesystem::path> photo_files(const Options& options, const std::filesystem::path& scratch,
                                               const LookOptions& drawn_as = {});

Model model_of(const Options& options);  // that comes with the program, or a folder

// Unit vectors in clusters of very different sizes, as looks are: some styles are everywhere. Each seed draws others of
// the same clusters. cluster_of: by vector, if wanted. [n, kVectorDim]
inline constexpr int kVectorDim = 128;
Matrix clustered_vectors(std::size_t n, std::uint64_t seed, std::vector<std::size_t>* cluster_of = nullptr);

// Calls of work(0) .. work(n - 1) per second, on so many threads.
double rate_of(std::size_t n, int threads, const std::function<void(std::size_t)>& work);

struct Spread {
  double median = 0, min = 0, max = 0;
};
Spread spread_of(std::vector<double> values);

// One row; values are text already.
class RowPrinter {
 public:
  explicit RowPrinter(const std::string& workload) : line_(workload) {}
  RowPrinter& add(const std::string& key, const std::string& value);
  RowPrinter& add(const std::string& key, double value, int digits = 2);
  RowPrinter& add(const std::string& key, const Spread& spread, int digits = 2);
  void print();  // adds cores and CPU

 private:
  std::string line_;
};

}  // namespace ootd::bench
