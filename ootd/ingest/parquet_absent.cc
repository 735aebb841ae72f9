// Builds without Arrow C++: see parquet.h.
#include "ootd/base/error.h"
#include "ootd/ingest/parquet.h"

namespace ootd {
namespace {

[[noreturn]] void refuse(const std::string& where) {
  throw Error(Kind::kUnavailable, where +
                                      "this build of ootd has no Parquet; use CSV, or the build that `make build` "
                                      "makes (build/release/ootd), which has it");
}

}  // namespace

struct ParquetReader::Source {};
struct ParquetWriter::Target {};

bool has_parquet() { return false; }

ParquetReader::ParquetReader(std::string_view, std::string where) { refuse(where); }
ParquetReader::~ParquetReader() = default;
void ParquetReader::select(std::vector<std::size_t>, std::int64_t) {}
std::optional<ParquetRow> ParquetReader::next() { return std::nullopt; }

ParquetWriter::ParquetWriter(const std::filesystem::path& path, std::vector<ParquetField>) {
  refuse(path.string() + ": ");
}
ParquetWriter::~ParquetWriter() = default;
void ParquetWriter::add(std::span<const ParquetCell>) {}
void ParquetWriter::commit() {}

}  // namespace ootd
