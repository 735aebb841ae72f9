// What an import did, for people and for scripts.
#pragma once

#include "ootd/base/json.h"
#include "ootd/ingest/import.h"

namespace ootd {

Json import_json(const ImportReport& report);
// What was left out or changed, a line a sort, on stderr.
void print_import_notes(const ImportReport& report);

}  // namespace ootd
