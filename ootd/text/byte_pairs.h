// CLIP's tokenizer: a text is cut into words by a fixed pattern, a word's bytes are joined pair by pair (Sennrich et
// al. 2016), and "</w>" marks a word's end. As OpenAI's simple_tokenizer.py, open_clip and transformers have it.
//
// Threads: const calls may run on many threads at once.
// Cost:    opening reads the vocabulary (49k pieces: tens of milliseconds); a text of n bytes takes n log n.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ootd {

class BytePairs {
 public:
  // The folder holds the first of
  //   vocab.json and merges.txt      as transformers writes them
  //   tokenizer.json                 of the tokenizers library
  //   bpe_simple_vocab_16e6.txt.gz   OpenAI's list of merges, which the ids follow from
  // Throws Error: kNotFound if there is no such file; kInput, naming the file, if it is damaged or of another
  // tokenizer.
  explicit BytePairs(const std::filesystem::path& folder);

  // text: cleaned (clean_text), UTF-8. Ids of its pieces, without marks round them; a token's name in the text is text.
  // A byte that the vocabulary lacks, as small ones may, gives `unknown`.
  std::vector<std::int64_t> encode(std::string_view text, std::int64_t unknown) const;

  std::optional<std::int64_t> find(std::string_view piece) const;
  const std::string& piece(std::int64_t id) const { return pieces_[static_cast<std::size_t>(id)]; }
  std::size_t size() const { return pieces_.size(); }  // ids lie below it
  const std::filesystem::path& file() const { return file_; }

 private:
  struct Merge {
    int rank = 0, piece = 0;
  };
  using Merges = std::vector<std::pair<std::string, std::string>>;

  void read_files(const std::filesystem::path& merges);
  void read_json();
  void read_openai();
  void add_piece(const std::string& piece, std::int64_t id);
  void add_merges(const Merges& merges);
  void index_bytes();
  void append_word(std::string_view bytes, std::int64_t unknown, std::vector<std::int64_t>& ids) const;

  std::filesystem::path file_;
  std::vector<std::string> pieces_;  // by id; empty where no piece has it
  std::unordered_map<std::string, int> ids_;
  std::unordered_map<std::uint64_t, Merge> merges_;  // by the two pieces' ids
  std::array<int, 256> bytes_{}, last_bytes_{};      // a byte's piece, and that of a word's last byte; -1: none
};

}  // namespace ootd
