#include "ootd/ingest/vector_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/json.h"

namespace ootd {
namespace {

constexpr int kMaxDepth = 64;  // as parse_json
constexpr std::size_t kMaxReasonBytes = 200;
constexpr char kNotOneList[] = "field \"values\" is not one list of numbers";

// The names under which writers store where the image is, in lower case without '_' and '-': "full_s3_url", "s3Url" ...
constexpr std::string_view kImageKeys[] = {
    "path",     "imagepath", "filepath", "file",      "filename", "imagefile", "image", "img",    "url",
    "imageurl", "imgurl",    "s3url",    "fulls3url", "s3uri",    "s3path",    "s3key", "source", "uri",
};

bool names_image(std::string_view key) {
  std::string plain;
  for (const char c : key)
    if (c != '_' && c != '-') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return std::ranges::find(kImageKeys, plain) != std::end(kImageKeys);
}

// By the digits themselves: rounding them to double first and then to float can end one float further. The double
// serves what is out of float's range (infinity or 0) and locales in which nlohmann hands over a decimal comma.
float to_float(const std::string& digits, double value) {
  float number = 0;
  const char* last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number);
  return error == std::errc() && end == last ? number : static_cast<float>(value);
}

// Receives nlohmann's events (named by it). `depth_` counts the open arrays and objects; an event's level is 0 if it
// is a record itself, 1 for the record's members, 2 for what these hold, and so on.
class RecordReader {
 public:
  RecordReader(bool is_document, const VisitVector& visit)
      : visit_(visit), record_depth_(is_document ? kNoList : 0), is_document_(is_document) {}

  bool null() { return other("null"); }
  bool boolean(bool) { return other("true or false"); }
  bool binary(Json::binary_t&) { return other("binary"); }
  bool number_integer(std::int64_t value) { return integer(value); }
  bool number_unsigned(std::uint64_t value) { return integer(value); }
  bool number_float(double value, const std::string& digits) {
    if (is_member(Field::kId)) return refuse("field \"id\" is a fraction instead of text");
    return number(to_float(digits, value));
  }
  bool string(std::string& text) {
    if (is_member(Field::kId)) {
      record_.id = std::move(text);
    } else if (in_record_ && level() == 2 && field_ == Field::kMetadata && is_image_key_) {
      record_.image_names.push_back(std::move(text));
    } else {
      return other("text");
    }
    return true;
  }

  bool start_object(std::size_t) {
    if (!in_record_ && level() == 0) {
      record_ = {};
      record_.values.reserve(last_length_);
      in_record_ = true;
      field_ = Field::kOther;
    } else {
      other("an object");
    }
    return open();
  }
  bool end_object() {
    --depth_;
    if (in_record_ && level() == 0) {
      in_record_ = false;
      if (record_.values.empty()) refuse("field \"values\" is missing or empty");
      if (record_.id.empty() && record_.image_names.empty()) refuse("field \"id\" is missing or empty");
      hand_out();
    }
    return true;
  }
  bool key(std::string& name) {
    if (in_record_ && level() == 1) {
      field_ = name == "id"         ? Field::kId
               : name == "values"   ? Field::kValues
               : name == "metadata" ? Field::kMetadata
                                    : Field::kOther;
    } else if (in_record_ && level() == 2) {
      is_image_key_ = field_ == Field::kMetadata && names_image(name);
    } else if (depth_ == 1) {
      is_vectors_key_ = name == "vectors";
    }
    return true;
  }
  bool start_array(std::size_t) {
    if (is_document_ && record_depth_ == kNoList && (depth_ == 0 || (depth_ == 1 && is_vectors_key_))) {
      record_depth_ = depth_ + 1;
      found_list_ = true;
    } else if (in_record_ && field_ == Field::kValues) {
      if (level() == 1) {
        record_.values.clear();
        lists_ = 0;
      } else if (++lists_ > 1 || level() > 2 || !record_.values.empty()) {
        refuse(kNotOneList);  // while [[...]] is a known slip of writers and has only one meaning
      }
    } else {
      other("a list");
    }
    return open();
  }
  bool end_array() {
    --depth_;
    if (is_document_ && depth_ + 1 == record_depth_) record_depth_ = kNoList;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception& problem) {
    // Its text starts with "[json.exception.parse_error.101] parse error at line 1, column 24: " or the like.
    std::string_view what = problem.what();
    what.remove_prefix(what.find("] ") + 2);
    if (what.starts_with("parse error at") && what.find(": ") != std::string_view::npos)
      what.remove_prefix(what.find(": ") + 2);
    damage_ =
        "not valid JSON at byte " + std::to_string(position) + ": " + std::string(what.substr(0, kMaxReasonBytes));
    return false;
  }

  const std::string& damage() const { return damage_; }  // why the reading was stopped
  bool found_list() const { return found_list_; }

 private:
  enum class Field { kOther, kId, kValues, kMetadata };
  static constexpr int kNoList = std::numeric_limits<int>::max();  // no event is on a level of 0 or more

  int level() const { return depth_ - record_depth_; }
  bool is_member(Field field) const { return in_record_ && level() == 1 && field_ == field; }

  bool open() {
    if (++depth_ <= kMaxDepth) return true;
    damage_ = "nested deeper than " + std::to_string(kMaxDepth);
    return false;
  }
  bool refuse(std::string problem) {
    if (record_.problem.empty()) record_.problem = std::move(problem);
    return true;
  }
  template <class Integer>
  bool integer(Integer value) {
    if (!is_member(Field::kId)) return number(static_cast<float>(value));
    record_.id = std::to_string(value);
    return true;
  }
  bool number(float value) {
    if (!in_record_ || field_ != Field::kValues || level() < 2) return other("a number");
    if (level() != (lists_ == 0 ? 2 : 3)) return refuse(kNotOneList);
    record_.values.push_back(value);
    return true;
  }
  // Anything that is not what its place asks for.
  bool other(const char* what) {
    if (!in_record_ && level() == 0) {
      record_ = {};
      refuse(std::string("is ") + what + " instead of an object {\"id\": ..., \"values\": [...]}");
      hand_out();
    } else if (is_member(Field::kId)) {
      refuse(std::string("field \"id\" is ") + what + " instead of text");
    } else if (is_member(Field::kValues)) {
      refuse(std::string("field \"values\" is ") + what + " instead of a list of numbers");
    } else if (in_record_ && field_ == Field::kValues) {
      refuse("values[" + std::to_string(record_.values.size()) + "] is " + what + " instead of a number");
    }
    return true;
  }
  void hand_out() {
    last_length_ = record_.values.size();
    visit_(std::move(record_), is_document_ ? place() : std::string());
    ++index_;
  }
  std::string place() const { return (record_depth_ == 2 ? "vectors[" : "[") + std::to_string(index_) + "]"; }

  const VisitVector& visit_;
  int depth_ = 0;
  int record_depth_;  // how many arrays and objects are open around a record
  const bool is_document_;
  bool is_vectors_key_ = false, found_list_ = false;
  std::size_t index_ = 0;

  VectorRecord record_;
  bool in_record_ = false, is_image_key_ = false;
  Field field_ = Field::kOther;
  int lists_ = 0;  // within "values"
  std::size_t last_length_ = 0;
  std::string damage_;
};

void append_text(std::string& out, const std::string& text) { out += dump_json(Json(text)); }

void append_float(std::string& out, float value) {
  if (value == 0) {
    out += std::signbit(value) ? "-0.0" : "0";  // "-0" is an integer, and integers have no -0
    return;
  }
  std::array<char, 24> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end);
}

}  // namespace

void append_vector_json(std::string& out, const ImageRecord& image, std::span<const float> vector) {
  out += "{\"id\":";
  append_text(out, image.id);
  out += ",\"values\":[";
  for (std::size_t i = 0; i < vector.size(); ++i) {
    if (i > 0) out += ',';
    append_float(out, vector[i]);
  }
  out += "],\"metadata\":{\"path\":";
  append_text(out, image.source);
  for (auto label = image.labels.begin(); label != image.labels.end();) {
    const auto next = std::find_if(label, image.labels.end(), [&](const Label& l) { return l.key != label->key; });
    if (label->key != "path") {  // JSON objects have no two members of one name
      out += ',';
      append_text(out, label->key);
      out += next - label > 1 ? ":[" : ":";
      for (auto value = label; value != next; ++value) {
        if (value != label) out += ',';
        append_text(out, value->value);
      }
      if (next - label > 1) out += ']';
    }
    label = next;
  }
  out += "}}";
}

VectorRecord parse_vector_line(std::string_view line) {
  VectorRecord found;
  const VisitVector keep = [&](VectorRecord record, const std::string&) { found = std::move(record); };
  RecordReader reader(/*is_document=*/false, keep);
  if (!Json::sax_parse(line.begin(), line.end(), &reader)) {
    found = {};
    found.problem = reader.damage();
  }
  return found;
}

void parse_vector_document(std::string_view text, const std::string& where, const VisitVector& visit) {
  RecordReader reader(/*is_document=*/true, visit);
  if (!Json::sax_parse(text.begin(), text.end(), &reader)) throw Error(Kind::kInput, where + ": " + reader.damage());
  if (!reader.found_list())
    throw Error(Kind::kInput, where +
                                  ": holds no list of vectors: expected {\"vectors\": [{\"id\", \"values\"}, ...]} or "
                                  "[{\"id\", \"values\"}, ...]");
}

}  // namespace ootd
