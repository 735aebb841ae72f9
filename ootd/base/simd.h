// OOTD_SIMD_CLONES before a hot function compiles it once per instruction set (baseline, AVX2+FMA, AVX-512); the loader
// picks at start-up, so one binary is right on every x86-64 and fast on the new ones. The loop must be one that the
// compiler vectorises by itself. Elsewhere the macro is empty.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(OOTD_NO_SIMD_CLONES)
#define OOTD_SIMD_CLONES \
  __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default"), optimize("O3,fast-math")))
#else
#define OOTD_SIMD_CLONES
#endif
