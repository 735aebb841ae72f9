// What an import did, for people and for scripts.
#pragma once

#include <string>

#include "ootd/base/json.h"
#include "ootd/ingest/import.h"

namespace ootd {

Json import_json(const ImportReport& report);
// "3 added, 0 known already, 1 failed, 2 that are no photos left out (.tif: 2)"
std::string import_text(const ImportReport& report);
// What else was left out or changed, a line a sort, on stderr.
void print_import_notes(const ImportReport& report);

}  // namespace ootd
