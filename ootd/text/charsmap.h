// The compiled normalisation rules of a SentencePiece model ("precompiled_charsmap"): u32 byte size of a Darts
// double-array trie, its u32 units, then NUL-terminated replacements, to whose offsets the trie's values point; all
// little-endian. Format: normalizer.cc of SentencePiece, darts.h of Darts-clone.
#pragma once

#include <string>
#include <string_view>

namespace ootd {

// Walks the whole trie as libsentencepiece may, which checks no bounds. Throws Error(kInput), starting with `where`, if
// some text would lead it out of the trie, out of the replacements or past its 32 results. Empty rules are fine.
void check_charsmap(std::string_view charsmap, const std::string& where);

}  // namespace ootd
