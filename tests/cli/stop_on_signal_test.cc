#include "ootd/cli/stop_on_signal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

namespace ootd {
namespace {

bool is_asked_to_stop(const StopOnSignal& stopper) {
  for (int i = 0; i < 1000 && !stopper.token().stop_requested(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return stopper.token().stop_requested();
}

TEST(StopOnSignal, TheFirstSignalAsksForAStop) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const StopOnSignal stopper;
    EXPECT_FALSE(stopper.token().stop_requested());
    ::kill(::getpid(), signal);
    EXPECT_TRUE(is_asked_to_stop(stopper));
  }
}

TEST(StopOnSignal, TheSecondSignalEndsTheProgram) {
  EXPECT_EXIT(
      {
        const StopOnSignal stopper;
        ::kill(::getpid(), SIGINT);
        is_asked_to_stop(stopper);
        ::kill(::getpid(), SIGINT);
        std::this_thread::sleep_for(std::chrono::seconds(10));
      },
      ::testing::KilledBySignal(SIGINT), "");
}

TEST(StopOnSignal, AfterwardsSignalsDoWhatTheyDid) {
  EXPECT_EXIT(
      {
        {
          const StopOnSignal stopper;
        }
        std::raise(SIGTERM);
      },
      ::testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace ootd
