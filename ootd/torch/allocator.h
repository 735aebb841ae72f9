// The C library's allocator, set for a process that trains.
#pragma once

namespace ootd {

// Freed memory stays with the process. glibc gives blocks above 32 MiB back to the system at once, and the system
// clears each page anew when the next layer asks for it: a training step on a CPU, whose activations are such blocks,
// took twice as long (docs/benchmarks.md, train_full). Call once, before the first allocation of a run; no effect
// elsewhere than with glibc.
void keep_freed_memory();

}  // namespace ootd
