// For those who fill the catalog's roles: what every store refuses, and how it keeps what it is given, so that the
// stores differ in their statements only. (check_event() and its like stand with their roles.)
// Threads: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ootd/base/box.h"
#include "ootd/base/error.h"
#include "ootd/base/matrix.h"
#include "ootd/catalog/catalog.h"

namespace ootd {

// --- Looks and claims. All throw Error(kInput).
inline constexpr char kByHand[] = "hand", kByProgram[] = "ootd";  // who says it, of no source
void check_image(const ImageRecord& image);
Label tidied(const Label& label);
// Tidied; not one of the program's own. where: what the error begins with.
Label given_label(const std::string& where, const Label& label);

// --- Garments and crops. Throw Error(kInput).
void check_garments(LookKey look, std::span<const Garment> garments);
void check_crop(LookKey look, const Crop& crop);

// A box that may be missing, as four columns: all NULL or none. A float is a double exactly: equal boxes stay equal.
struct BoxColumns {
  explicit BoxColumns(const std::optional<Box>& box) {
    if (!box) return;
    x = box->x, y = box->y, w = box->w, h = box->h;
  }
  std::optional<double> x, y, w, h;
};
template <class Row>
std::optional<Box> box_at(const Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return Box{row.template get<float>(column), row.template get<float>(column + 1), row.template get<float>(column + 2),
             row.template get<float>(column + 3)};
}

// --- Vectors
std::string look_text(const Generation& generation, LookKey look);  // for messages
// Of put_vectors(), and of the generation that they begin. Throw Error(kInput).
void check_vectors(const Generation& generation, std::span<const LookKey> looks, const Matrix& vectors,
                   std::span<const std::optional<Box>> seen);
void check_generation(const Generation& generation, std::size_t dim);
void check_same_length(const Generation& generation, std::size_t dim, std::size_t stored);
// Where in a feed the cursor stands. prefix: what cursors of the generation begin with; empty = there is none.
// newest: the feed's last number; a cursor beyond it is of a later copy of this store. Throws Error(kInput).
std::int64_t position_in_feed(std::string_view prefix, const VectorLog::Cursor& cursor, std::int64_t newest);

// --- Events
std::string picks_text(const QuizPicks& picks);
QuizPicks parse_picks(const std::string& text);
[[noreturn]] void throw_nothing_to_undo(const Event& undo);
// Row: id, kind, look, undoes, at_ms, client_key, policy, probability, prediction, place, dealt_after, picks; what is
// NULL reads as 0 or empty.
template <class Row>
Event event_in(const Row& row, const std::string& user) {
  const auto kind = parse_event_kind(row.text(1));
  if (!kind)
    throw Error(Kind::kInternal, "event of kind " + std::string(row.text(1)) + ", which the table's CHECK forbids");
  Event event;
  event.id = row.template get<std::int64_t>(0);
  event.user = user;
  event.kind = *kind;
  event.look = row.template get<LookKey>(2);
  event.undoes = row.template get<std::int64_t>(3);
  event.at_ms = row.template get<std::int64_t>(4);
  event.client_key = row.template get<std::string>(5);
  if (auto policy = row.template get<std::string>(6); !policy.empty())
    event.deal = Deal{.policy = std::move(policy),
                      .probability = row.template get<double>(7),
                      .prediction = row.template get<double>(8),
                      .place = row.template get<int>(9),
                      .after = row.template get<std::int64_t>(10)};
  if (*kind == EventKind::kQuiz) event.picks = parse_picks(row.template get<std::string>(11));
  return event;
}

}  // namespace ootd
