// What an Error says and of which kind it is, for tests that hold messages to naming the file, the field and what to
// do. Tests only.
#pragma once

#include <optional>
#include <string>

#include "ootd/base/error.h"

namespace ootd::testing {

// "accepted" if nothing is thrown.
template <class Function>
std::string message_of(const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

// Nothing if nothing is thrown.
template <class Function>
std::optional<Kind> kind_of(const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

}  // namespace ootd::testing
