// Shards of photos: WebDataset's (img2dataset, our own export), tar files in which KEY.jpg, KEY.json and KEY.txt stand
// together.
#include <condition_variable>
#include <mutex>

#include "ootd/base/error.h"
#include "ootd/image/decode.h"
#include "ootd/ingest/annotations.h"
#include "ootd/ingest/folder_words.h"
#include "ootd/ingest/tar.h"
#include "ootd/ingest/text_encoding.h"
#include "ootd/models/garment_names.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// How many bytes of photos are on their way: whoever reads on waits until there is room.
class Room {
 public:
  void take(std::size_t bytes) {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [&] { return taken_ == 0 || taken_ + bytes <= kBytesAhead; });
    taken_ += bytes;
  }
  void give(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    taken_ -= bytes;
    freed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t taken_ = 0;
};

// WebDataset's key: the name up to the first dot after the last slash.
std::string key_of(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return name.substr(0, name.find('.', slash == std::string::npos ? 0 : slash));
}

// What stands together under one key.
class Sample {
 public:
  void add_photo(Listed photo) {
    bytes_ += photo.bytes->size();
    photos_.push_back(std::move(photo));
  }
  std::size_t bytes() const { return bytes_; }
  void add_text(const std::string& name, const std::vector<std::byte>& bytes) {
    texts_.emplace_back(name, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }

  // Returns how many photos were handed on.
  std::int64_t finish(ListingNotes& notes, const ListingSink& sink) {
    for (Listed& photo : photos_) {
      for (const auto& [name, text] : texts_) describe(photo, name, text, notes);
      std::vector<std::string> words;
      for (const Garment& garment : photo.garments) words.push_back(garment.category);
      name_garments(photo, default_categories(words), notes);
      sink(std::move(photo));
    }
    if (photos_.empty())
      for (const auto& [name, text] : texts_) note_left_out(notes, name);
    const auto count = static_cast<std::int64_t>(photos_.size());
    photos_.clear();
    texts_.clear();
    bytes_ = 0;
    return count;
  }

 private:
  static void describe(Listed& photo, const std::string& name, const std::string& text, ListingNotes& notes) {
    const std::string extension = lower_case(fs::path(name).extension().native());
    if (extension != ".json") {
      // Some texts are class numbers or captions; boxes as YOLO writes them are neither.
      if (extension == ".cls")
        add_labels(photo, "label", utf8_text(text), notes);
      else if (!read_yolo_boxes(text, {}, photo, notes))
        add_labels(photo, "caption", utf8_text(text), notes);
      return;
    }
    try {
      if (!read_photo_json(parse_json(utf8_text(text), name), photo, notes)) note_left_out(notes, name);
    } catch (const Error&) {
      note_left_out(notes, name);
    }
  }

  std::vector<Listed> photos_;
  std::vector<std::pair<std::string, std::string>> texts_;
  std::size_t bytes_ = 0;
};

}  // namespace

std::int64_t read_archive(const fs::path& file, const std::string& label_key, ListingNotes& notes,
                          const ListingSink& sink) {
  constexpr std::size_t kMaxText = 16u << 20;
  const std::size_t most = DecodeLimits{}.max_bytes + 1;  // one more is refused by whoever decodes it
  TarReader tar(file);
  // Shared with the photos, which may outlive this call.
  const auto room = std::make_shared<Room>();
  std::string key;
  Sample sample;
  std::int64_t photos = 0;
  try {
    while (const auto entry = tar.next()) {
      const fs::path name = entry->name;
      const std::string base = name.filename().native();
      if (base.starts_with('.') || entry->name.find("__MACOSX") != std::string::npos) continue;
      // A key without an end must not wait for the room that it takes itself.
      if (key_of(entry->name) != key || sample.bytes() > kBytesAhead / 4) photos += sample.finish(notes, sink);
      key = key_of(entry->name);
      const std::string extension = lower_case(name.extension().native());
      if (extension == ".json" || extension == ".txt" || extension == ".cls" || extension == ".caption") {
        sample.add_text(entry->name, tar.read(kMaxText));
        continue;
      }
      const std::size_t size = std::min<std::uint64_t>(entry->bytes, most);
      room->take(size);
      const auto give = [room, size](const std::vector<std::byte>* bytes) {
        delete bytes;
        room->give(size);
      };
      const std::shared_ptr<const std::vector<std::byte>> bytes(new std::vector<std::byte>(tar.read(most)), give);
      if (sniff_format(*bytes).empty() && !has_photo_extension(name)) {
        note_left_out(notes, entry->name);
        continue;
      }
      Listed photo;
      photo.path = file / name.relative_path();
      photo.where = photo.path.native();
      photo.by = file.native();
      photo.bytes = bytes;
      const FolderPlace place = place_of(name.parent_path().relative_path());
      if (!place.style.empty()) add_labels(photo, label_key, place.style, notes, Joined::kNever);
      if (!place.split.empty()) add_labels(photo, kSplitKey, place.split, notes);
      sample.add_photo(std::move(photo));
    }
  } catch (const Error&) {
    sample.finish(notes, sink);
    throw;
  }
  return photos + sample.finish(notes, sink);
}

}  // namespace ootd
