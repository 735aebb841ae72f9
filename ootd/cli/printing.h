// What several verbs print alike.
#pragma once

#include <span>
#include <string>

#include "ootd/base/json.h"
#include "ootd/catalog/catalog.h"

namespace ootd {

// [{"item": ..., "reason": ...}]
Json failures_json(std::span<const Failure> failures);
// The first `most` of them on stderr, a line each, and how many more there are.
void print_failures(std::span<const Failure> failures, std::size_t most = SIZE_MAX);

// What came from elsewhere, without what a terminal would take for a command.
std::string printable(std::string text);

// "style=Retro, class=shirt"
std::string labels_text(const ImageRecord& image);

}  // namespace ootd
