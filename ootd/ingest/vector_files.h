// The vectors of one model as a file, to take to other programs and back. The extension says the format (all three are
// explained in docs/formats.md):
//   .npy    float32, n x dim, with the ids in a text file beside it: looks.npy + looks.ids.txt
//   .jsonl  one object a line: {"id": "...", "values": [...], "metadata": {"path": "...", "style": "Retro"}}
//   .json   Pinecone's upsert shape: {"vectors": [such objects], "namespace": "MODEL"}
//
// Memory:  for .jsonl and .json that of some thousand vectors, whatever the file's size, and the report; .npy is held
// as a
//          whole.
// Errors:  Error(kInput) for another extension, and for a file that cannot be understood as a whole (nothing is written
//          then); kNotFound for a missing file; kUnavailable for the disk. A bad vector is a row of the report.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ootd/base/progress.h"
#include "ootd/catalog/catalog.h"

namespace ootd {

struct VectorFileReport {
  std::int64_t rows = 0;          // vectors written to the file, or in the catalog now
  std::int64_t there = 0;         // of them, those that an import found there to the bit, and did not write
  std::vector<Failure> rejected;  // by place: "looks.jsonl:12", "looks.json: vectors[3]", "looks.npy: [3]"
};

// Writes all vectors of the generation in the order of the catalog. The file is there wholly or not at all.
// Throws Error(kNotFound), listing the generations that have vectors, if this one has none.
VectorFileReport export_vectors(const Catalog& catalog, const Generation& generation,
                                const std::filesystem::path& file);

// Puts the file's vectors into the catalog, scaled to length 1, replacing those that are there. An image is found by
// its id or else, if there is just one, by the file name of its source in the metadata. Rejected are: an unknown image,
// a second vector of an image, and values that are no vector of the model's length (or, for a new model, of the length
// of the file's first good vector). Written in steps of some thousand vectors: stopped half-way, even by kill -9,
// import again, which goes over what is there without writing it. progress: "vectors", with each step. Throws Stopped.
// Cost: linear; some 20 us a 128-d vector of an .npy.
VectorFileReport import_vectors(Catalog& catalog, const Generation& generation, const std::filesystem::path& file,
                                const Progress& progress = {});

}  // namespace ootd
