#include "ootd/text/charsmap.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/unicode.h"

namespace ootd {
namespace {

static_assert(std::endian::native == std::endian::little, "the trie is used as it lies in the file");

constexpr int kMaxResults = 32;                    // rules that may match at one place, kMaxTrieResultsSize
constexpr std::size_t kMaxReplacementBytes = 256;  // the longest of NFKC has 33; more could blow a text up

// One unit of the trie, as in darts.h.
std::uint32_t offset_of(std::uint32_t unit) { return (unit >> 10) << ((unit & (1u << 9)) >> 6); }
std::uint32_t label_of(std::uint32_t unit) { return unit & ((1u << 31) | 0xffu); }
bool has_value(std::uint32_t unit) { return ((unit >> 8) & 1) != 0; }
std::uint32_t value_of(std::uint32_t unit) { return unit & ((1u << 31) - 1); }

class TrieWalk {
 public:
  TrieWalk(std::vector<std::uint32_t> units, std::size_t replacement_bytes, const std::string& where)
      : units_(std::move(units)), replacement_bytes_(replacement_bytes), where_(where), values_(units_.size(), kNew) {}

  // Depth first. Ends are shared between words, so a unit may have many parents; each is walked once.
  void run() {
    enter(0);
    while (!path_.empty()) {
      Frame& frame = path_.back();
      if (frame.next_label == 256) {
        const int total = frame.most_below + (has_value(units_[frame.unit]) ? 1 : 0);
        if (total > kMaxResults) fail("has too many rules for one place of a text");
        values_[frame.unit] = total;
        path_.pop_back();
        if (!path_.empty()) path_.back().most_below = std::max(path_.back().most_below, total);
        continue;
      }
      const auto label = static_cast<std::uint32_t>(frame.next_label++);
      const std::uint32_t child = frame.children ^ label;
      if (label_of(units_[child]) != label) continue;
      if (values_[child] == kOnPath) fail("runs in a circle");
      if (values_[child] == kNew)
        enter(child);
      else
        frame.most_below = std::max(frame.most_below, values_[child]);
    }
  }

 private:
  static constexpr int kNew = -1, kOnPath = -2;
  struct Frame {
    std::uint32_t unit;
    std::uint32_t children;  // child of label c: children ^ c
    int next_label = 0;
    int most_below = 0;
  };

  void enter(std::uint32_t unit) {
    const std::uint32_t children = unit ^ offset_of(units_[unit]);
    if ((children | 0xffu) >= units_.size()) fail("points out of its trie");
    if (has_value(units_[unit]) && value_of(units_[children]) >= replacement_bytes_)
      fail("points out of its replacements");
    values_[unit] = kOnPath;
    path_.push_back({unit, children});
  }

  [[noreturn]] void fail(const char* what) const {
    throw Error(Kind::kInput, where_ + ": the normalisation table " + what + "; the file is damaged");
  }

  const std::vector<std::uint32_t> units_;
  const std::size_t replacement_bytes_;
  const std::string& where_;
  std::vector<int> values_;  // per unit: the most values on a way down from it; or kNew, kOnPath
  std::vector<Frame> path_;
};

}  // namespace

void check_charsmap(std::string_view charsmap, const std::string& where) {
  if (charsmap.empty()) return;
  const auto fail = [&](const char* what) {
    throw Error(Kind::kInput, where + ": the normalisation table " + what + "; the file is damaged");
  };
  std::uint32_t trie_bytes = 0;
  if (charsmap.size() < sizeof trie_bytes) fail("is truncated");
  std::memcpy(&trie_bytes, charsmap.data(), sizeof trie_bytes);
  charsmap.remove_prefix(sizeof trie_bytes);
  if (trie_bytes == 0 || trie_bytes % sizeof(std::uint32_t) != 0 || trie_bytes >= charsmap.size())
    fail("has a wrong size");
  const std::string_view replacements = charsmap.substr(trie_bytes);
  if (replacements.back() != '\0') fail("ends within a replacement");
  for (std::size_t begin = 0, end; begin < replacements.size(); begin = end + 1) {
    end = replacements.find('\0', begin);
    if (end - begin > kMaxReplacementBytes) fail("has an endless replacement");
  }
  if (!is_utf8(replacements)) fail("has a replacement that is no UTF-8");
  std::vector<std::uint32_t> units(trie_bytes / sizeof(std::uint32_t));
  std::memcpy(units.data(), charsmap.data(), trie_bytes);
  TrieWalk(std::move(units), replacements.size(), where).run();
}

}  // namespace ootd
