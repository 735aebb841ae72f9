#include "ootd/text/mojibake.h"

#include <array>
#include <optional>
#include <utility>

#include "ootd/text/unicode.h"

namespace ootd {
namespace {

// Windows-1252 at 0x80..0x9f; the five bytes that it does not define stay C1 controls.
constexpr std::array<char32_t, 32> kWindows1252 = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                                   0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
                                                   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                                   0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

// The byte that was read as this character, if one was.
std::optional<unsigned char> byte_of(char32_t c) {
  if (c < 0x100) return static_cast<unsigned char>(c);
  for (std::size_t i = 0; i < kWindows1252.size(); ++i)
    if (kWindows1252[i] == c) return static_cast<unsigned char>(0x80 + i);
  return std::nullopt;
}

// How a continuation byte (0x80..0xbf) looks in Windows-1252, by where it stands in running text.
enum class Look {
  kSign,      // not right behind a letter: fractions, daggers, accents without a letter, C1 controls
  kOpening,   // in front of a word: not behind a lower-case letter nor between two letters
  kCurrency,  // not behind a lower-case letter
  kClosing,   // behind a word: not between two letters
  kJoining,   // anywhere
  kLetter,    // a letter of its own
};

Look look_of(char32_t c) {
  switch (c) {
    case U'Š':
    case U'Œ':
    case U'Ž':
    case U'š':
    case U'œ':
    case U'ž':
    case U'Ÿ':
      return Look::kLetter;
    case U'‚':
    case U'„':
    case U'‹':
    case U'‘':
    case U'“':
    case U'•':
    case U'¡':
    case U'©':
    case U'«':
    case U'¿':
      return Look::kOpening;
    case U'€':
    case U'¢':
    case U'£':
    case U'¥':
      return Look::kCurrency;
    case U'”':
    case U'™':
    case U'›':
    case U'®':
    case U'»':
      return Look::kClosing;
    case U'…':
    case U'’':
    case U'–':
    case U'—':
    case 0xa0:  // no-break space
    case 0xad:  // soft hyphen
    case U'´':
    case U'·':
      return Look::kJoining;
    default:
      return Look::kSign;
  }
}

bool is_lower(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 0xdf && c <= 0xff && c != 0xf7); }
bool is_letter(char32_t c) { return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7); }
bool is_c1_control(char32_t c) { return c >= 0x80 && c < 0xa0; }

struct Broken {
  char32_t c = 0;
  std::size_t length = 0;  // characters of the line
  bool certain = false;    // does not look like text
};

class Line {
 public:
  explicit Line(std::u32string_view text) : text_(text) {}

  // The broken character that may begin at `at`.
  std::optional<Broken> broken_at(std::size_t at) const {
    if (auto spaced = spaced_at(at)) return spaced;
    const auto lead = byte_of(text_[at]);
    if (!lead || *lead < 0xc2 || *lead > 0xf4) return std::nullopt;
    const std::size_t length = *lead >= 0xf0 ? 4 : *lead >= 0xe0 ? 3 : 2;
    if (at + length > text_.size()) return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < length; ++i) {
      const auto byte = byte_of(text_[at + i]);
      if (!byte) return std::nullopt;
      bytes += static_cast<char>(*byte);
    }
    const std::u32string decoded = decode_utf8(bytes);
    if (decoded.size() != 1 || decoded[0] == 0xfffd) return std::nullopt;
    return Broken{decoded[0], length, is_certain(at, length)};
  }

  std::optional<std::u32string> mend_whole() const {
    return rewrite([](const Broken&) { return true; }, /*all=*/true);
  }
  std::u32string mend_certain() const {
    return rewrite([](const Broken& broken) { return broken.certain; }, /*all=*/false).value_or(U"");
  }
  bool has_certain() const {
    for (std::size_t i = 0; i < text_.size(); ++i)
      if (const auto broken = broken_at(i); broken && broken->certain) return true;
    return false;
  }

 private:
  // A no-break space (0xa0) behind Ã or Â, which some program made a plain one: "voilÃ  le" was "voilà le".
  std::optional<Broken> spaced_at(std::size_t at) const {
    if ((text_[at] != 0xc3 && text_[at] != 0xc2) || at + 1 == text_.size() || text_[at + 1] != ' ') return std::nullopt;
    const bool certain = at == 0 || text_[at - 1] == ' ' || text_[at - 1] == '\'' || is_lower(text_[at - 1]);
    if (text_[at] == 0xc2) return Broken{0xa0, 2, certain};
    // The word that ends in "à" keeps a space behind it.
    const bool two = at + 2 < text_.size() && text_[at + 2] == ' ';
    return Broken{0xe0, two ? 2u : 1u, certain || two};
  }

  // The `length` characters at `at` code one character; do they not look like text?
  bool is_certain(std::size_t at, std::size_t length) const {
    if (length == 4) return true;
    const char32_t lead = text_[at];
    const Look look = look_of(text_[at + 1]);
    const bool behind_lower = at > 0 && is_lower(text_[at - 1]);
    const bool before_letter = at + length < text_.size() && is_letter(text_[at + length]);
    if (length == 3) {  // the lead is a lower-case letter, à to ï
      const auto strange = [](Look seen) {
        return seen == Look::kSign || seen == Look::kOpening || seen == Look::kCurrency;
      };
      return strange(look) || strange(look_of(text_[at + 2]));
    }
    switch (lead) {
      case U'Â':  // rare in front of anything but letters
      case U'Ã':
      case U'Î':
      case U'Ð':
        return behind_lower || is_c1_control(text_[at + 1]) ||
               (text_[at + 1] != U'…' && text_[at + 1] != U'’' && text_[at + 1] != U'Œ' && text_[at + 1] != U'Ž');
      case U'Ò':  // frequent in text, rare in broken text
      case U'Ó':
      case U'Ô':
      case U'Õ':
      case U'Ö':
      case U'Ù':
      case U'Ú':
      case U'Û':
      case U'Þ':
        return is_c1_control(text_[at + 1]);
      case U'×':  // no letter; twice in a row it is Hebrew
        return look != Look::kClosing && look != Look::kJoining;
      case U'ß':  // a lower-case letter itself: "weiß« 10 m²"
        return look == Look::kCurrency || (look == Look::kSign && (text_[at + 1] < 0xb0 || text_[at + 1] > 0xff)) ||
               (before_letter && (look == Look::kOpening || look == Look::kClosing));
      default:
        return look == Look::kSign || (look == Look::kCurrency && behind_lower) ||
               (look == Look::kOpening && (behind_lower || before_letter)) || (look == Look::kClosing && before_letter);
    }
  }

  // Replaces the broken characters that `chosen` picks. all: nullopt if any other character is not ASCII.
  template <class Chosen>
  std::optional<std::u32string> rewrite(const Chosen& chosen, bool all) const {
    std::u32string out;
    for (std::size_t i = 0; i < text_.size();) {
      const auto broken = text_[i] < 0x80 ? std::nullopt : broken_at(i);
      if (broken && chosen(*broken)) {
        out += broken->c;
        i += broken->length;
        continue;
      }
      if (all && text_[i] >= 0x80) return std::nullopt;
      out += text_[i++];
    }
    return out;
  }

  const std::u32string_view text_;
};

}  // namespace

std::u32string mend_mojibake(std::u32string line) {
  constexpr int kMaxRounds = 4;
  for (int round = 0; round < kMaxRounds; ++round) {
    const Line broken(line);
    if (!broken.has_certain()) break;
    auto whole = broken.mend_whole();
    line = whole ? std::move(*whole) : broken.mend_certain();
  }
  for (char32_t& c : line)
    if (c >= 0x80 && c < 0xa0) c = kWindows1252[c - 0x80];
  return line;
}

}  // namespace ootd
