#include "ootd/catalog/catalog.h"

#include "ootd/base/error.h"

namespace ootd {

Catalog::Batch::Batch(Catalog& catalog) : catalog_(catalog) { catalog_.begin_batch(); }

void Catalog::Batch::commit() {
  if (!open_) throw Error(Kind::kInternal, "a Catalog::Batch was committed twice");
  catalog_.commit_batch();
  open_ = false;
}

Catalog::Batch::~Batch() {
  if (open_) catalog_.abandon_batch();
}

}  // namespace ootd
