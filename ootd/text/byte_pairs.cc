#include "ootd/text/byte_pairs.h"

#include <algorithm>
#include <queue>
#include <span>

#include "ootd/base/error.h"
#include "ootd/base/gzip.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/base/unicode.h"

namespace ootd {
namespace {

constexpr std::size_t kMaxBytes = 64 << 20;
constexpr std::int64_t kMaxIds = 1'000'000;
constexpr std::string_view kEnd = "</w>";
constexpr const char* kOpenAiFile = "bpe_simple_vocab_16e6.txt.gz";
// The pattern that words are cut by; cut_words() is it. Files may ask for the marks' names before it.
constexpr std::string_view kPattern = R"('s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)";

// GPT-2's letters for bytes: printable characters stand for themselves, the others for U+0100 and up, in order.
std::array<char32_t, 256> letters_of_bytes() {
  std::array<char32_t, 256> letters{};
  char32_t next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    letters[byte] = printable ? byte : next++;
  }
  return letters;
}

std::string letter(char32_t c) { return encode_utf8(std::u32string_view(&c, 1)); }

// How long the first word at `at` is; 0 if white space stands there.
std::size_t word_length(std::u32string_view text, std::size_t at) {
  constexpr std::u32string_view kEndings[] = {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"};
  for (const auto ending : kEndings)
    if (text.substr(at).starts_with(ending)) return ending.size();
  if (is_number(text[at])) return 1;
  const auto other = [](char32_t c) { return !is_space(c) && !is_letter(c) && !is_number(c); };
  std::size_t end = at;
  if (is_letter(text[at]))
    while (end < text.size() && is_letter(text[end])) ++end;
  else
    while (end < text.size() && other(text[end])) ++end;
  return end - at;
}

std::uint64_t pair_of(int left, int right) {
  return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    lines.push_back(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
  }
  return lines;
}

std::pair<std::string, std::string> halves_of(std::string_view merge, const std::string& where) {
  const auto space = merge.find(' ');
  if (space == merge.npos || space == 0 || space + 1 == merge.size() || merge.find(' ', space + 1) != merge.npos)
    throw Error(Kind::kInput, where + ": the merge \"" + std::string(merge.substr(0, 80)) + "\" is no pair");
  return {std::string(merge.substr(0, space)), std::string(merge.substr(space + 1))};
}

// Steps of "normalizer" or "pre_tokenizer", those of a sequence one by one.
std::vector<Json> steps_of(const Json& json, const char* field, const char* list) {
  if (!json.contains(field) || !json[field].is_object()) return {};
  const Json& step = json[field];
  return step.contains(list) && step[list].is_array() ? step[list].get<std::vector<Json>>() : std::vector{step};
}

}  // namespace

BytePairs::BytePairs(const std::filesystem::path& folder) {
  const auto there = [&](const char* name) { return std::filesystem::exists(folder / name); };
  if (there("vocab.json") && there("merges.txt")) {
    file_ = folder / "vocab.json";
    read_files(folder / "merges.txt");
  } else if (there("tokenizer.json")) {
    file_ = folder / "tokenizer.json";
    read_json();
  } else if (there(kOpenAiFile)) {
    file_ = folder / kOpenAiFile;
    read_openai();
  } else {
    throw Error(Kind::kNotFound,
                folder.string() + ": holds none of vocab.json with merges.txt, tokenizer.json and " + kOpenAiFile);
  }
  index_bytes();
}

void BytePairs::read_files(const std::filesystem::path& merges_file) {
  const Json vocabulary = parse_json(read_text(file_, kMaxBytes), file_.string());
  if (!vocabulary.is_object()) throw Error(Kind::kInput, file_.string() + ": is no JSON object");
  for (const auto& [piece, id] : vocabulary.items())
    add_piece(piece, json_field<std::int64_t>(vocabulary, piece.c_str(), file_.string()));
  Merges merges;
  const std::string text = read_text(merges_file, kMaxBytes);
  for (const auto line : lines_of(text)) {
    const bool head = merges.empty() && line.find("#version") != line.npos;
    if (!line.empty() && !head) merges.push_back(halves_of(line, merges_file.string()));
  }
  add_merges(merges);
}

void BytePairs::read_json() {
  const std::string where = file_.string();
  const Json json = parse_json(read_text(file_, kMaxBytes), where);
  const Json model = json_field<Json>(json, "model", where);
  const auto refuse = [&](const std::string& what) {
    throw Error(Kind::kInput, where + ": " + what + ", which CLIP's tokenizer does not");
  };
  if (!model.is_object() || model.value("type", Json("BPE")) != "BPE") refuse("is no BPE");
  if (model.value("end_of_word_suffix", Json()) != kEnd) refuse("does not end words with \"</w>\"");
  if (const Json prefix = model.value("continuing_subword_prefix", Json()); !prefix.is_null() && prefix != "")
    refuse("begins pieces inside words with " + dump_json(prefix));
  if (model.value("ignore_merges", Json(false)) != false) refuse("ignores its merges");
  for (const Json& step : steps_of(json, "normalizer", "normalizers")) {
    const auto type = json_field<std::string>(step, "type", where + ": normalizer");
    const bool spaces = type == "Replace" && step.value("content", Json()) == " ";
    if (type != "NFC" && type != "Lowercase" && type != "Strip" && !spaces) refuse("normalises texts by " + type);
  }
  for (const Json& step : steps_of(json, "pre_tokenizer", "pretokenizers")) {
    const auto type = json_field<std::string>(step, "type", where + ": pre_tokenizer");
    bool words = false;
    if (type == "Split") {
      const Json pattern = json_field<Json>(step, "pattern", where + ": pre_tokenizer");
      words = pattern.is_object() && pattern.contains("Regex") && pattern["Regex"].is_string() &&
              pattern["Regex"].get<std::string>().ends_with(kPattern);
    }
    if (!words && type != "ByteLevel") refuse("cuts texts by " + type);
  }
  const Json vocabulary = json_field<Json>(model, "vocab", where + ": model");
  if (!vocabulary.is_object()) refuse("has a vocabulary that is no object");
  for (const auto& [piece, id] : vocabulary.items())
    add_piece(piece, json_field<std::int64_t>(vocabulary, piece.c_str(), where + ": model: vocab"));
  if (json.contains("added_tokens"))
    for (const Json& token : json_field<std::vector<Json>>(json, "added_tokens", where))
      add_piece(json_field<std::string>(token, "content", where + ": added_tokens"),
                json_field<std::int64_t>(token, "id", where + ": added_tokens"));
  Merges merges;
  for (const Json& merge : json_field<std::vector<Json>>(model, "merges", where + ": model")) {
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
      merges.emplace_back(merge[0].get<std::string>(), merge[1].get<std::string>());
    else if (merge.is_string())
      merges.push_back(halves_of(merge.get<std::string>(), where));
    else
      throw Error(Kind::kInput, where + ": a merge is no pair");
  }
  add_merges(merges);
}

// simple_tokenizer.py: the letters in the order of their characters, the same at a word's end, merges, the two marks.
void BytePairs::read_openai() {
  constexpr std::size_t kMerges = 49'152 - 256 - 2;  // of the file's quarter million
  const std::string text = gunzip(read_text(file_, kMaxBytes), kMaxBytes);
  Merges merges;
  const auto lines = lines_of(text);
  for (const auto line : std::span(lines).subspan(std::min<std::size_t>(1, lines.size())))  // a heading
    if (!line.empty() && merges.size() < kMerges) merges.push_back(halves_of(line, file_.string()));
  std::vector<std::string> letters;
  const auto of_bytes = letters_of_bytes();
  for (const bool printable : {true, false})
    for (unsigned byte = 0; byte < 256; ++byte)
      if ((of_bytes[byte] == byte) == printable) letters.push_back(letter(of_bytes[byte]));
  std::int64_t next = 0;
  for (const auto& each : letters) add_piece(each, next++);
  for (const auto& each : letters) add_piece(each + std::string(kEnd), next++);
  for (const auto& [left, right] : merges) add_piece(left + right, next++);
  for (const char* mark : {"<|startoftext|>", "<|endoftext|>"}) add_piece(mark, next++);
  add_merges(merges);
}

void BytePairs::add_piece(const std::string& piece, std::int64_t id) {
  if (id < 0 || id >= kMaxIds)
    throw Error(Kind::kInput, file_.string() + ": \"" + piece + "\" has the id " + std::to_string(id) +
                                  "; they must lie in 0.." + std::to_string(kMaxIds - 1));
  const auto index = static_cast<std::size_t>(id);
  if (index >= pieces_.size()) pieces_.resize(index + 1);
  pieces_[index] = piece;
  ids_[piece] = static_cast<int>(id);
}

void BytePairs::add_merges(const Merges& merges) {
  int rank = 0;
  for (const auto& [left, right] : merges) {
    const auto a = ids_.find(left), b = ids_.find(right), joined = ids_.find(left + right);
    if (a == ids_.end() || b == ids_.end() || joined == ids_.end())
      throw Error(Kind::kInput, file_.string() + ": merge " + std::to_string(rank) + ", \"" + left + "\" and \"" +
                                    right + "\", is not made of pieces of the vocabulary");
    merges_.emplace(pair_of(a->second, b->second), Merge{rank, joined->second});
    ++rank;
  }
}

void BytePairs::index_bytes() {
  const auto letters = letters_of_bytes();
  bool ends = false;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string inner = letter(letters[byte]);
    const auto whole = ids_.find(inner), last = ids_.find(inner + std::string(kEnd));
    bytes_[byte] = whole == ids_.end() ? -1 : whole->second;
    last_bytes_[byte] = last == ids_.end() ? -1 : last->second;
    ends = ends || last != ids_.end();
  }
  // GPT-2's and RoBERTa's files have the same names, and would give other ids in silence.
  if (!ends) throw Error(Kind::kInput, file_.string() + ": is no tokenizer of CLIP: no piece ends with \"</w>\"");
}

std::optional<std::int64_t> BytePairs::find(std::string_view piece) const {
  const auto found = ids_.find(std::string(piece));
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

// The pair with the lowest rank is joined first, the leftmost of equal ones.
void BytePairs::append_word(std::string_view bytes, std::int64_t unknown, std::vector<std::int64_t>& ids) const {
  struct Symbol {
    int piece, before, after;
  };
  std::vector<Symbol> symbols;
  const int count = static_cast<int>(bytes.size());
  for (int i = 0; i < count; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
    symbols.push_back({i + 1 == count ? last_bytes_[byte] : bytes_[byte], i - 1, i + 1 == count ? -1 : i + 1});
  }
  struct Join {
    int rank, left, right, piece, left_piece, right_piece;
    bool operator<(const Join& other) const {  // std::priority_queue gives the largest first
      return std::pair(rank, left) > std::pair(other.rank, other.left);
    }
  };
  std::priority_queue<Join> joins;
  const auto at = [&](int i) -> Symbol& { return symbols[static_cast<std::size_t>(i)]; };
  const auto offer = [&](int left) {
    if (left < 0 || at(left).after < 0) return;
    const int right = at(left).after, a = at(left).piece, b = at(right).piece;
    if (a < 0 || b < 0) return;
    const auto merge = merges_.find(pair_of(a, b));
    if (merge != merges_.end()) joins.push({merge->second.rank, left, right, merge->second.piece, a, b});
  };
  for (int i = 0; i < count; ++i) offer(i);
  constexpr int kGone = -2;
  while (!joins.empty()) {
    const Join join = joins.top();
    joins.pop();
    // One of the two may have been joined with another since.
    if (at(join.left).piece != join.left_piece || at(join.left).after != join.right ||
        at(join.right).piece != join.right_piece)
      continue;
    at(join.left).piece = join.piece;
    at(join.left).after = at(join.right).after;
    at(join.right).piece = kGone;
    if (at(join.left).after >= 0) at(at(join.left).after).before = join.left;
    offer(at(join.left).before);
    offer(join.left);
  }
  for (int i = 0; i >= 0 && count > 0; i = at(i).after) ids.push_back(at(i).piece < 0 ? unknown : at(i).piece);
}

std::vector<std::int64_t> BytePairs::encode(std::string_view text, std::int64_t unknown) const {
  const std::u32string characters = decode_utf8(text);
  std::vector<std::int64_t> ids;
  for (std::size_t at = 0; at < characters.size();) {
    const std::size_t length = word_length(characters, at);
    if (length > 0) append_word(encode_utf8(std::u32string_view(characters).substr(at, length)), unknown, ids);
    at += std::max<std::size_t>(1, length);
  }
  return ids;
}

}  // namespace ootd
