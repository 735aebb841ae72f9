#include "ootd/text/tokenizer_json.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>

#include "ootd/base/error.h"
#include "ootd/base/json.h"

namespace ootd {
namespace {

using Type = Piece::Type;

constexpr std::string_view kEscapedSpace = "\u2581";

class Converter {
 public:
  Converter(const Json& json, const std::string& where) : json_(json), where_(where) {}

  JsonTokenizer run() {
    PieceModel& model = result_.model;
    model.add_dummy_prefix = model.remove_extra_whitespaces = model.escape_whitespaces = false;
    for_each_step("normalizer", "normalizers", [this](const Json& step) { read_normalizer(step); });
    for_each_step("pre_tokenizer", "pretokenizers", [this](const Json& step) { read_pre_tokenizer(step); });
    if (!model.escape_whitespaces) refuse("leaves spaces as they are");
    if (strips_ && !model.remove_extra_whitespaces) refuse("strips texts, but keeps runs of spaces");
    const Json vocabulary = json_field<Json>(json_, "model", where_);
    const std::string at = where_ + ": model";
    // Files of before 2021 do not name the type.
    const bool listed = vocabulary.is_object() && vocabulary.contains("vocab") && vocabulary["vocab"].is_array();
    const std::string type = vocabulary.is_object() && vocabulary.contains("type")
                                 ? json_field<std::string>(vocabulary, "type", at)
                                 : (listed ? "Unigram" : "BPE");
    if (type == "Unigram") {
      read_unigram(vocabulary, at);
    } else if (type == "BPE") {
      read_bpe(vocabulary, at);
    } else {
      refuse("is a " + type);
    }
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(Kind::kInput, where_ + ": " + what +
                                  ", which no SentencePiece model does; put the model's spiece.model or "
                                  "tokenizer.model beside it if there is one");
  }
  [[noreturn]] void fail(const std::string& what) const { throw Error(Kind::kInput, where_ + ": " + what); }

  // The steps of "normalizer" or "pre_tokenizer": null, one, or a Sequence of them under `list` (nested ones too).
  template <class Read>
  void for_each_step(const char* field, const char* list, const Read& read) {
    const auto found = json_.is_object() ? json_.find(field) : json_.end();
    if (found == json_.end() || found->is_null()) return;
    visit_step(*found, field, list, read);
  }
  template <class Read>
  void visit_step(const Json& step, const char* field, const char* list, const Read& read) {
    const std::string at = where_ + ": " + field;
    if (json_field<std::string>(step, "type", at) != "Sequence") return read(step);
    for (const Json& part : json_field<Json>(step, list, at)) visit_step(part, field, list, read);
  }

  void read_normalizer(const Json& step) {
    const std::string at = where_ + ": normalizer";
    PieceModel& model = result_.model;
    const auto type = json_field<std::string>(step, "type", at);
    if (type == "Precompiled") {
      model.charsmap = decode_base64(json_field<std::string>(step, "precompiled_charsmap", at));
    } else if (type == "Lowercase") {
      result_.lowercase = true;
    } else if (type == "Strip") {
      strips_ = true;
    } else if (type == "Prepend" && json_field<std::string>(step, "prepend", at) == kEscapedSpace) {
      model.add_dummy_prefix = true;
    } else if (type == "Replace") {
      const Json pattern = json_field<Json>(step, "pattern", at);
      const auto content = json_field<std::string>(step, "content", at);
      if (pattern == Json{{"String", " "}} && content == kEscapedSpace) {
        model.escape_whitespaces = true;
      } else if (pattern == Json{{"Regex", " {2,}"}} && (content == " " || content == kEscapedSpace)) {
        model.remove_extra_whitespaces = true;
      } else {
        refuse("replaces " + dump_json(pattern));
      }
    } else {
      refuse("normalises by " + type);
    }
  }

  void read_pre_tokenizer(const Json& step) {
    const std::string at = where_ + ": pre_tokenizer";
    PieceModel& model = result_.model;
    const auto type = json_field<std::string>(step, "type", at);
    if (type == "WhitespaceSplit") {
      model.remove_extra_whitespaces = true;
    } else if (type == "Metaspace") {
      if (json_field<std::string>(step, "replacement", at) != kEscapedSpace) refuse("has another sign for spaces");
      model.escape_whitespaces = true;
      // Files of before 2023 have a flag instead of the scheme.
      if (step.contains("prepend_scheme")) {
        model.add_dummy_prefix = json_field<std::string>(step, "prepend_scheme", at) != "never";
      } else {
        model.add_dummy_prefix = !step.contains("add_prefix_space") || json_field<bool>(step, "add_prefix_space", at);
      }
    } else if (type != "Split" || json_field<Json>(step, "pattern", at) != Json{{"String", " "}} ||
               json_field<std::string>(step, "behavior", at) != "MergedWithPrevious") {
      refuse("cuts texts by " + type);  // The Split at spaces does nothing, since none are left.
    }
  }

  void read_unigram(const Json& unigram, const std::string& at) {
    PieceModel& model = result_.model;
    model.algorithm = PieceModel::Algorithm::kUnigram;
    model.byte_fallback = flag(unigram, "byte_fallback", at);
    for (const Json& entry : json_field<Json>(unigram, "vocab", at)) {
      if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number())
        fail("model: \"vocab\" entry " + std::to_string(model.pieces.size()) + " is no [piece, score]");
      model.pieces.push_back({entry[0].get<std::string>(), entry[1].get<float>()});
    }
    const auto unknown = json_field<std::size_t>(unigram, "unk_id", at);
    if (unknown >= model.pieces.size()) fail("model: \"unk_id\" is no id of its vocabulary");
    read_types(unknown);
  }

  void read_bpe(const Json& bpe, const std::string& at) {
    PieceModel& model = result_.model;
    model.algorithm = PieceModel::Algorithm::kBpe;
    model.byte_fallback = flag(bpe, "byte_fallback", at);
    if (flag(bpe, "ignore_merges", at)) refuse("ignores its merges");
    for (const char* affix : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"})
      if (bpe.contains(affix) && !bpe[affix].is_null() && bpe[affix] != Json("")) refuse(std::string("has a ") + affix);

    const Json vocabulary = json_field<Json>(bpe, "vocab", at);
    if (!vocabulary.is_object()) fail("model: \"vocab\" is no object");
    model.pieces.resize(vocabulary.size());
    for (const auto& [text, id] : vocabulary.items()) {
      // Every id below the size once, or check_piece_model() finds a piece that is empty.
      if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= model.pieces.size())
        fail("model: \"vocab\" does not number its pieces from 0 up");
      model.pieces[id.get<std::size_t>()].text = text;
    }
    const auto unknown = vocabulary.find(json_field<std::string>(bpe, "unk_token", at));
    if (unknown == vocabulary.end()) fail("model: \"unk_token\" is not in its vocabulary");
    const std::size_t merged = read_merges(json_field<Json>(bpe, "merges", at));
    read_types(unknown->get<std::size_t>());
    check_merges(vocabulary, merged);
  }

  // Returns how many there are.
  std::size_t read_merges(const Json& merges) {
    if (!merges.is_array()) fail("model: \"merges\" is no array");
    std::unordered_map<std::string_view, Piece*> by_text;
    for (Piece& piece : result_.model.pieces) by_text.emplace(piece.text, &piece);
    merged_.assign(result_.model.pieces.size(), false);
    std::size_t rank = 0;
    std::string joined;
    for (const Json& merge : merges) {
      joined.clear();
      if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
        joined = merge[0].get_ref<const std::string&>() + merge[1].get_ref<const std::string&>();
      } else if (merge.is_string()) {
        joined = merge.get_ref<const std::string&>();
        if (const auto space = joined.find(' '); space != std::string::npos) joined.erase(space, 1);
      }
      const auto made = by_text.find(joined);
      if (made == by_text.end()) fail("model: merge " + std::to_string(rank) + " makes no piece of the vocabulary");
      const auto id = static_cast<std::size_t>(made->second - result_.model.pieces.data());
      if (!merged_[id]) made->second->score = -static_cast<float>(rank);
      merged_[id] = true;
      ++rank;
    }
    return rank;
  }

  void read_types(std::size_t unknown) {
    std::vector<Piece>& pieces = result_.model.pieces;
    if (result_.model.byte_fallback) name_bytes();
    if (json_.contains("added_tokens")) {
      const std::string at = where_ + ": added_tokens";
      std::vector<Json> tokens = json_field<std::vector<Json>>(json_, "added_tokens", where_);
      std::ranges::stable_sort(tokens, {},
                               [&](const Json& token) { return json_field<std::uint64_t>(token, "id", at); });
      for (const Json& token : tokens) {
        const auto id = json_field<std::size_t>(token, "id", at);
        const auto content = json_field<std::string>(token, "content", at);
        if (id == pieces.size()) pieces.push_back({content});
        if (id > pieces.size()) fail("added_tokens: no piece has an id just below that of \"" + content + "\"");
        if (pieces[id].text != content) fail("added_tokens: \"" + content + "\" has the id of another piece");
        pieces[id].type = json_field<bool>(token, "special", at) ? Type::kControl : Type::kUserDefined;
      }
    }
    pieces[unknown].type = Type::kUnknown;
  }

  void name_bytes() {
    // transformers writes Gemma's <0x09> as the tab itself.
    std::vector<Piece>& pieces = result_.model.pieces;
    const bool has_tab_byte = std::ranges::find(pieces, "<0x09>", &Piece::text) != pieces.end();
    for (Piece& piece : pieces) {
      if (!has_tab_byte && piece.text == "\t") piece.text = "<0x09>";
      if (piece.text.size() == 6 && piece.text.starts_with("<0x") && piece.text.back() == '>') piece.type = Type::kByte;
    }
  }

  // SentencePiece joins any two neighbours that make a piece, a BPE only listed ones.
  void check_merges(const Json& vocabulary, std::size_t merges) {
    std::vector<Piece>& pieces = result_.model.pieces;
    const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    std::size_t ways = 0;
    for (std::size_t id = 0; id < merged_.size(); ++id) {
      const std::string& text = pieces[id].text;
      if (!merged_[id]) {
        // Only a merge makes a piece of several characters, so the BPE never gives this one.
        const bool one = std::ranges::count_if(text, begins_character) == 1;
        if (!one && pieces[id].type == Type::kNormal) pieces[id].type = Type::kControl;
        continue;
      }
      for (std::size_t i = 1; i < text.size(); ++i)
        if (begins_character(text[i]) && vocabulary.contains(text.substr(0, i)) && vocabulary.contains(text.substr(i)))
          ++ways;
    }
    // Nine in ten: files made by old versions of transformers miss a few.
    if (merges * 10 < ways * 9) refuse("lists only some of the merges that make its pieces");
  }

  bool flag(const Json& object, const char* name, const std::string& at) const {
    return object.is_object() && object.contains(name) && json_field<bool>(object, name, at);
  }

  std::string decode_base64(std::string_view text) const {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<int, 256> value_of;
    value_of.fill(-1);
    for (std::size_t i = 0; i < kDigits.size(); ++i)
      value_of[static_cast<unsigned char>(kDigits[i])] = static_cast<int>(i);
    while (text.ends_with('=')) text.remove_suffix(1);
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
      const int value = value_of[static_cast<unsigned char>(c)];
      if (value < 0) fail("normalizer: \"precompiled_charsmap\" is no base64");
      bits = bits << 6 | static_cast<std::uint32_t>(value);
      count += 6;
      if (count >= 8) {
        count -= 8;
        bytes += static_cast<char>(bits >> count);
      }
    }
    return bytes;
  }

  const Json& json_;
  const std::string& where_;
  JsonTokenizer result_;
  bool strips_ = false;
  std::vector<bool> merged_;  // per id: some merge makes it
};

}  // namespace

JsonTokenizer parse_tokenizer_json(std::string_view text, const std::string& where) {
  const Json json = parse_json(text, where);
  return Converter(json, where).run();
}

}  // namespace ootd
