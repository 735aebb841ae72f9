// OOTD_SIMD_CLONES before a hot function compiles it once per instruction set (baseline, AVX2+FMA, AVX-512); the loader
// picks at start-up, so one binary is right on every x86-64 and fast on the new ones. The loop must be one that the
// compiler vectorises by itself. Elsewhere the macro is empty.
// The levels x86-64-v3 and -v4 are tested by the CPU's features; "arch=haswell" would test for that very model, and run
// the baseline on every AMD and every later Intel.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(OOTD_NO_SIMD_CLONES)
#define OOTD_SIMD_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), optimize("O3,fast-math")))
#else
#define OOTD_SIMD_CLONES
#endif
