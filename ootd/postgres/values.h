// The parameters of one statement in PostgreSQL's binary format. Private to the folder.
//
// C++ to PostgreSQL: integers, enums -> bigint; bool -> boolean; float, double -> double precision; text -> text;
// PgBytes and bytes -> bytea; PgVector -> pgvector's vector; std::vector of these -> an array; an empty std::optional
// -> NULL. Nothing is rounded on its way.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ootd {

// Text that may be no UTF-8, which PostgreSQL's text can't hold: paths, and what quotes them.
struct PgBytes {
  std::string_view bytes;
};

struct PgVector {
  unsigned type = 0;  // PgConnection::vector_type()
  std::span<const float> numbers;
};

class PgValues {
 public:
  template <class... Values>
  static PgValues of(const Values&... values) {
    PgValues made;
    (made.add(values), ...);
    return made;
  }

  // Throws Error(kInput) for text that is no UTF-8 or holds a zero byte.
  template <class T>
  void add(const T& value) {
    if constexpr (requires { value.has_value(); }) {
      types_.push_back(type_of(value ? *value : typename T::value_type{}));
      bytes_.push_back(value ? std::optional(encoded(*value)) : std::nullopt);
    } else {
      types_.push_back(type_of(value));
      bytes_.emplace_back(encoded(value));
    }
  }

  const std::vector<unsigned>& types() const { return types_; }
  const std::vector<std::optional<std::string>>& bytes() const { return bytes_; }

 private:
  // As in pg_type.dat.
  enum Type : unsigned { kBool = 16, kBytea = 17, kInt8 = 20, kText = 25, kFloat8 = 701 };

  template <class T>
  static constexpr bool is_text = std::convertible_to<const T&, std::string_view>;
  template <class T>
  static constexpr bool is_bytes = std::convertible_to<const T&, std::span<const std::byte>>;
  template <class T>
  static constexpr bool is_array = !is_text<T> && !is_bytes<T> && requires(const T& t) {
    t.begin();
    t.size();
  };

  template <class T>
  static unsigned type_of(const T& value) {
    if constexpr (std::same_as<T, bool>) {
      return kBool;
    } else if constexpr (std::integral<T> || std::is_enum_v<T>) {
      return kInt8;
    } else if constexpr (std::floating_point<T>) {
      return kFloat8;
    } else if constexpr (is_text<T>) {
      return kText;
    } else if constexpr (std::same_as<T, PgBytes> || is_bytes<T>) {
      return kBytea;
    } else if constexpr (std::same_as<T, PgVector>) {
      return value.type;
    } else if constexpr (is_array<T>) {
      return array_of(element_type(value));
    } else {
      return type_of(typename T::value_type{});  // a std::optional within an array
    }
  }
  template <class T>
  static unsigned element_type(const T& array) {
    using Element = std::remove_cvref_t<decltype(*array.begin())>;
    return type_of(array.size() == 0 ? Element{} : Element(*array.begin()));
  }
  // 0: the statement says it ("$1::vector[]"), as for types whose number differs from database to database.
  static unsigned array_of(unsigned element);

  template <class T>
  static std::string encoded(const T& value) {
    std::string out;
    if constexpr (std::same_as<T, bool>) {
      out.push_back(value ? '\1' : '\0');
    } else if constexpr (std::integral<T> || std::is_enum_v<T>) {
      put(out, static_cast<std::uint64_t>(value));
    } else if constexpr (std::floating_point<T>) {
      put(out, std::bit_cast<std::uint64_t>(static_cast<double>(value)));
    } else if constexpr (is_text<T>) {
      out = checked_text(value);
    } else if constexpr (std::same_as<T, PgBytes>) {
      out = value.bytes;
    } else if constexpr (is_bytes<T>) {
      const std::span<const std::byte> bytes = value;
      out.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    } else if constexpr (std::same_as<T, PgVector>) {
      out = encoded_vector(value.numbers);
    } else {
      put(out, std::uint32_t{1});  // dimensions
      put(out, std::uint32_t{1});  // there may be NULLs
      put(out, std::uint32_t{element_type(value)});
      put(out, static_cast<std::uint32_t>(value.size()));
      put(out, std::uint32_t{1});  // its first index
      for (const auto& element : value) put_element(out, element);
    }
    return out;
  }
  template <class T>
  static void put_element(std::string& out, const T& element) {
    if constexpr (requires { element.has_value(); }) {
      if (element) return put_element(out, *element);
      put(out, ~std::uint32_t{0});  // NULL
    } else {
      const std::string bytes = encoded(element);
      put(out, static_cast<std::uint32_t>(bytes.size()));
      out += bytes;
    }
  }

  // Big-endian, as all of PostgreSQL's numbers on the wire.
  template <std::unsigned_integral T>
  static void put(std::string& out, T number) {
    for (int shift = 8 * (sizeof(T) - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
  }
  static std::string_view checked_text(std::string_view text);
  static std::string encoded_vector(std::span<const float> numbers);

  std::vector<unsigned> types_;
  std::vector<std::optional<std::string>> bytes_;
};

}  // namespace ootd
