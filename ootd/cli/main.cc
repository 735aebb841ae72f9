#include "ootd/cli/verbs.h"

int main(int argc, char** argv) { return ootd::run_program(argc, argv); }
