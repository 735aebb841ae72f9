// How the C library treats memory that is freed.
#pragma once

namespace ootd {

// For programs that decode pictures by the hundred a second, called once by main: freed megabytes stay with the process
// instead of going back to the kernel, which would map and clear them again for the next picture.
void keep_freed_memory();

// For a process that trains, after keep_freed_memory(): a step frees and takes again activations of some hundred
// megabytes each, and half of its time would go into mapping and clearing them (docs/training.md, Speed).
// Nothing that is freed goes back any more: the process keeps its largest size. Not for servers.
void keep_all_freed_memory();

}  // namespace ootd
