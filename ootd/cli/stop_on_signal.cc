#include "ootd/cli/stop_on_signal.h"

namespace ootd {

StopOnSignal::StopOnSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &blocked_before_);
  thread_ = std::jthread([this](const std::stop_token& over) {
    for (;;) {
      int signal = 0;
      sigwait(&signals_, &signal);
      if (over.stop_requested()) return;
      if (stop_.request_stop()) continue;
      // The second one.
      std::signal(signal, SIG_DFL);
      pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
      std::raise(signal);
    }
  });
}

StopOnSignal::~StopOnSignal() {
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), SIGTERM);  // to wake it
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &blocked_before_, nullptr);
}

}  // namespace ootd
