#include "ootd/base/memory.h"
#include "ootd/cli/verbs.h"

int main(int argc, char** argv) {
  ootd::keep_freed_memory();
  return ootd::run_program(argc, argv);
}
