// Vectors as JSON objects {"id": "...", "values": [...], "metadata": {...}}: one object written, and texts of one or of
// many read without a tree in memory. Private to vector_files. docs/formats.md shows the format.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/catalog/catalog.h"

namespace ootd {

// Appends one object without a line end. Floats are printed with the fewest digits that give the same float again.
void append_vector_json(std::string& out, const ImageRecord& image, std::span<const float> vector);

// One vector as a file says it, not yet compared with the catalog.
struct VectorRecord {
  std::string id;
  std::vector<float> values;             // may hold infinities: numbers too large for float32
  std::vector<std::string> image_names;  // the paths and urls of the image in its metadata
  std::string problem;                   // why it cannot be used; empty if it can
};

// One line of JSONL; a damaged one becomes a record with a problem.
VectorRecord parse_vector_line(std::string_view line);

// A document {"vectors": [...]} or [...]: visits its records in order; `place` is "vectors[3]" or "[3]".
// Throws Error(kInput) if it is no valid JSON or holds no such list; what came before the damage has been visited then.
using VisitVector = std::function<void(VectorRecord record, const std::string& place)>;
void parse_vector_document(std::string_view text, const std::string& where, const VisitVector& visit);

}  // namespace ootd
