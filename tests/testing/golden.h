// Where the golden files lie (tests/golden/README.md says what they are). Tests only.
#pragma once

#include <filesystem>

namespace ootd::testing {

inline const std::filesystem::path kGolden = OOTD_GOLDEN_DIR;
inline const std::filesystem::path kTinySiglip = kGolden / "siglip-tiny";
inline const std::filesystem::path kTinyClip = kGolden / "clip-tiny";
inline const std::filesystem::path kDetectors = kGolden / "detectors";

}  // namespace ootd::testing
