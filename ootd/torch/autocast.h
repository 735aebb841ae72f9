// bfloat16 in the operations where it is safe (convolutions, matrix products), while an object of this lives: half the
// memory traffic on a GPU or a CPU with BF16 units. Gradients need no scaling, since its range is float's. One thread.
#pragma once

#include <ATen/autocast_mode.h>

namespace ootd {

class Autocast {
 public:
  Autocast(at::DeviceType device, bool on) : device_(device), was_on_(at::autocast::is_autocast_enabled(device)) {
    at::autocast::set_autocast_enabled(device_, on);
    if (on) at::autocast::set_autocast_dtype(device_, at::kBFloat16);
    at::autocast::increment_nesting();
  }
  ~Autocast() {
    // The weights' bfloat16 copies hold only until the next step changes them.
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, was_on_);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  const at::DeviceType device_;
  const bool was_on_;
};

}  // namespace ootd
