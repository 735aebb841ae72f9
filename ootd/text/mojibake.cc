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
  kSign,     // not right behind a letter: currency, dagger, fraction, accent without letter, C1 control
  kOpening,  // not right behind a lower-case letter: opening quotes, bullets, and signs that are prefixes
  kClosing,  // anywhere: closing quotes, dashes, dots, trade marks, degrees, no-break space
  kLetter,   // a letter of its own
};

Look look_of(unsigned char byte) {
  switch (byte) {
    case 0x8a:  // Š
    case 0x8c:  // Œ
    case 0x8e:  // Ž
    case 0x9a:  // š
    case 0x9c:  // œ
    case 0x9e:  // ž
    case 0x9f:  // Ÿ
      return Look::kLetter;
    case 0x80:  // €
    case 0x82:  // ‚
    case 0x84:  // „
    case 0x8b:  // ‹
    case 0x91:  // ‘
    case 0x93:  // “
    case 0x95:  // •
    case 0xa1:  // ¡
    case 0xa2:  // ¢
    case 0xa3:  // £
    case 0xa5:  // ¥
    case 0xa9:  // ©
    case 0xab:  // «
    case 0xbf:  // ¿
      return Look::kOpening;
    case 0x85:  // …
    case 0x92:  // ’
    case 0x94:  // ”
    case 0x96:  // –
    case 0x97:  // —
    case 0x99:  // ™
    case 0x9b:  // ›
    case 0xa0:  // no-break space
    case 0xad:  // soft hyphen
    case 0xae:  // ®
    case 0xb0:  // °
    case 0xb4:  // ´
    case 0xb7:  // ·
    case 0xbb:  // »
      return Look::kClosing;
    default:
      return Look::kSign;
  }
}

bool is_lower(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 0xdf && c <= 0xff && c != 0xf7); }

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
    return Broken{decoded[0], length, is_certain(at, *lead, bytes)};
  }

  std::optional<std::u32string> mend_whole() const {
    return rewrite([](const Broken&) { return true; }, /*all=*/true);
  }
  std::u32string mend_certain() const {
    return *rewrite([](const Broken& broken) { return broken.certain; }, /*all=*/false);
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
    const bool alone = at == 0 || text_[at - 1] == ' ' || text_[at - 1] == '\'';
    if (text_[at] == 0xc2) return alone ? std::optional(Broken{0xa0, 2, true}) : std::nullopt;
    const bool two = at + 2 < text_.size() && text_[at + 2] == ' ';
    // The word "à" keeps the space that follows it.
    if (alone && !two) return Broken{0xe0, 1, true};
    return Broken{0xe0, 2, alone || two};
  }

  bool is_certain(std::size_t at, unsigned char lead, std::string_view bytes) const {
    if (bytes.size() == 4) return true;
    const bool behind_lower = at > 0 && is_lower(text_[at - 1]);
    if (bytes.size() == 2) {
      const auto byte = static_cast<unsigned char>(bytes[1]);
      const Look look = look_of(byte);
      switch (lead) {
        case 0xc2:  // Â, Ã, Î, Ð: rare in front of anything but letters
        case 0xc3:
        case 0xce:
        case 0xd0:
          return behind_lower || (look == Look::kLetter ? byte == 0x8a || byte >= 0x9a : byte != 0x85 && byte != 0x92);
        case 0xd2:  // Ò, Ó, Ô, Õ, Ö, Ù, Ú, Û, Þ: as second letters rare, as capitals frequent
        case 0xd3:
        case 0xd4:
        case 0xd5:
        case 0xd6:
        case 0xd9:
        case 0xda:
        case 0xdb:
        case 0xde:
          return kWindows1252[byte & 0x1f] == byte && byte < 0xa0;
        default:
          return look == Look::kSign || (look == Look::kOpening && behind_lower);
      }
    }
    // The lead itself is a lower-case letter (à to ï).
    int strange = 0;
    for (const char c : bytes.substr(1)) {
      const Look look = look_of(static_cast<unsigned char>(c));
      if (look == Look::kSign || look == Look::kOpening) ++strange;
    }
    return strange > 0;
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
