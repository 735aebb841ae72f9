// Threads for one kind of work, with a bounded queue before them, so that no kind ever waits for another. Private to
// this folder: Boost's types show here. Threads: any, at once.
#pragma once

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <memory>
#include <utility>

namespace ootd {

class WorkPool {
 public:
  // A piece of work's place among those that wait or run; given back when it is destroyed, be it after the pool.
  class Place {
   public:
    Place() = default;
    explicit Place(std::shared_ptr<std::atomic<std::size_t>> depth) : depth_(std::move(depth)) {}
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&& other) noexcept {
      std::swap(depth_, other.depth_);
      return *this;
    }
    ~Place() {
      if (depth_) --*depth_;
    }
    explicit operator bool() const { return depth_ != nullptr; }

   private:
    std::shared_ptr<std::atomic<std::size_t>> depth_;
  };

  WorkPool(std::size_t threads, std::size_t max_waiting) : room_(threads + max_waiting), threads_(threads) {}

  // False if all places are taken.
  Place enter() {
    if (depth_->fetch_add(1) < room_) return Place(depth_);
    --*depth_;
    return {};
  }

  // Runs it on one of the threads, unless all places are taken: then false.
  template <class Work>
  bool run(Work work) {
    Place place = enter();
    if (!place) return false;
    boost::asio::post(threads_, [place = std::move(place), work = std::move(work)]() mutable { work(); });
    return true;
  }

  boost::asio::thread_pool& threads() { return threads_; }
  std::size_t depth() const { return *depth_; }  // waiting or running

 private:
  const std::shared_ptr<std::atomic<std::size_t>> depth_ = std::make_shared<std::atomic<std::size_t>>(0);
  const std::size_t room_;
  boost::asio::thread_pool threads_;
};

}  // namespace ootd
