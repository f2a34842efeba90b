// SPDX-License-Identifier: GPL-2.0-only
// myepoll as a program uses it: through the client library, with exceptions.
#pragma once

#include <myepoll/change_list.hpp>
#include <myepoll/instance.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bench {

class myepoll_set {
public:
	explicit myepoll_set(std::size_t most_events = 64) : events_(most_events) {}

	void add(int fd, std::uint32_t wanted) { set_.add(fd, myepoll::interest{wanted}, data(fd)); }
	void modify(int fd, std::uint32_t wanted) { set_.modify(fd, myepoll::interest{wanted}, data(fd)); }
	void remove(int fd) { set_.remove(fd); }

	// Each returns how many are ready.
	std::size_t look() { return set_.wait(events_, std::chrono::nanoseconds::zero()).size(); }
	std::size_t wait() { return set_.wait(events_).size(); }

	// Changes that are applied together.
	void add_later(int fd, std::uint32_t wanted) { changes_.set(fd, myepoll::interest{wanted}, data(fd)); }
	void modify_later(int fd, std::uint32_t wanted) { add_later(fd, wanted); }
	void remove_later(int fd) { changes_.drop(fd); }
	void apply() { changes_.apply(set_); }
	std::size_t apply_and_look()
	{
		return changes_.apply_and_wait(set_, events_, std::chrono::nanoseconds::zero()).size();
	}
	std::size_t apply_and_wait() { return changes_.apply_and_wait(set_, events_).size(); }

	// For several waiters, each with a buffer of its own. Returns what is ready.
	using result = myepoll::event;
	std::span<result> wait(std::span<result> buffer) { return set_.wait(buffer); }
	static int fd_of(const result& of) noexcept { return static_cast<int>(of.data); }

	static void create_and_close() { myepoll::instance{}; }

	int fd() const noexcept { return set_.fd(); }

private:
	static std::uint64_t data(int fd) noexcept { return static_cast<std::uint64_t>(fd); }

	myepoll::instance set_;
	myepoll::change_list changes_;
	std::vector<myepoll::event> events_;
};

} // namespace bench
