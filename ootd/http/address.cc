#include "ootd/http/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace ootd {
namespace {

struct Range4 {
  std::uint32_t network;
  int bits;
  const char* what;
};
constexpr std::uint32_t ip4(std::uint32_t a, std::uint32_t b, std::uint32_t c = 0) {
  return a << 24 | b << 16 | c << 8;
}
constexpr Range4 kRanges4[] = {
    {ip4(0, 0), 8, "an address of this network"},
    {ip4(10, 0), 8, "a private address"},
    {ip4(100, 64), 10, "an address behind a carrier's NAT"},
    {ip4(127, 0), 8, "a loopback address"},
    {ip4(169, 254), 16, "a link-local address"},
    {ip4(172, 16), 12, "a private address"},
    {ip4(192, 0), 24, "a reserved address"},
    {ip4(192, 0, 2), 24, "an address for documentation"},
    {ip4(192, 88, 99), 24, "a reserved address"},
    {ip4(192, 168), 16, "a private address"},
    {ip4(198, 18), 15, "an address for benchmarks"},
    {ip4(198, 51, 100), 24, "an address for documentation"},
    {ip4(203, 0, 113), 24, "an address for documentation"},
    {ip4(224, 0), 4, "a multicast address"},
    {ip4(240, 0), 4, "a reserved address"},
};

// Only 2000::/3 is given out; of it these are not. The first says more of what lies elsewhere.
struct Range6 {
  std::array<std::uint8_t, 6> network;
  int bits;
  const char* what;
};
constexpr Range6 kRanges6[] = {
    {{0xfc}, 7, "a private address"},
    {{0xfe, 0x80}, 10, "a link-local address"},
    {{0xff}, 8, "a multicast address"},
    {{0x20, 0x01, 0x00}, 23, "a reserved address"},  // Teredo among them, which wraps an IPv4 address
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "an address for documentation"},
    {{0x20, 0x02}, 16, "a wrapped IPv4 address"},
    {{0x3f, 0xff}, 20, "an address for documentation"},
};

const char* problem4(std::uint32_t address) {
  for (const Range4& range : kRanges4)
    if ((address ^ range.network) >> (32 - range.bits) == 0) return range.what;
  return nullptr;
}

const char* problem6(const in6_addr& address) {
  const auto& bytes = address.s6_addr;
  if (IN6_IS_ADDR_LOOPBACK(&address)) return "a loopback address";
  if (IN6_IS_ADDR_V4MAPPED(&address)) return "a wrapped IPv4 address";
  for (const Range6& range : kRanges6) {
    bool inside = true;
    for (int bit = 0; bit < range.bits && inside; ++bit) {
      const auto i = static_cast<std::size_t>(bit / 8);
      inside = ((bytes[i] ^ range.network[i]) >> (7 - bit % 8) & 1) == 0;
    }
    if (inside) return range.what;
  }
  return bytes[0] >> 5 == 1 ? nullptr : "a reserved address";
}

}  // namespace

std::optional<std::string> address_problem(const std::string& ip) {
  in_addr v4 = {};
  in6_addr v6 = {};
  const char* what = "no internet address";
  if (::inet_pton(AF_INET, ip.c_str(), &v4) == 1)
    what = problem4(ntohl(v4.s_addr));
  else if (::inet_pton(AF_INET6, ip.substr(0, ip.find('%')).c_str(), &v6) == 1)
    what = problem6(v6);
  if (what == nullptr) return std::nullopt;
  return ip + " is " + what;
}

}  // namespace ootd
