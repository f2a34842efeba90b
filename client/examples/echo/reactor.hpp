// SPDX-License-Identifier: MIT
#ifndef ECHO_REACTOR_HPP
#define ECHO_REACTOR_HPP

#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <myepoll/event.hpp>
#include <myepoll/file_descriptor.hpp>

#include "examples/echo/handler.hpp"

namespace echo {

/** What a reactor has seen; an event counts once for each flag that it carries. */
struct reactor_counts {
	std::uint64_t waits = 0;
	std::uint64_t events = 0;
	std::uint64_t in = 0;
	std::uint64_t out = 0;
	std::uint64_t error = 0;
	std::uint64_t hangup = 0;
};

/**
 * Calls handlers when their descriptors are ready, level-triggered, on the thread that calls run().
 * Instance is myepoll::instance or anything with the same add(), modify(), wait() and fd().
 */
template <class Instance>
class reactor {
public:
	reactor() : waker_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}
	{
		if (!waker_)
			throw std::system_error(errno, std::system_category(), "eventfd");
		set_.add(waker_.get(), myepoll::interest::in, key(waker_.get()));
	}

	/** Starts to watch a handler; it is destroyed when it is done, or with the reactor. */
	void adopt(std::unique_ptr<handler> newcomer, myepoll::interest wanted)
	{
		const int fd = newcomer->fd();
		set_.add(fd, wanted, key(fd));
		if (key(fd) >= entries_.size())
			entries_.resize(key(fd) + 1);
		entries_[key(fd)] = {std::move(newcomer), wanted};
	}

	/** Runs until done() is true; checks it before each wait. */
	template <class Done>
	void run(Done done)
	{
		while (!done()) {
			std::error_code error;
			const auto ready = set_.wait(buffer_, std::nullopt, error);
			if (error && error != std::errc::interrupted)
				throw std::system_error(error, "wait");
			counts_.waits++;
			for (const myepoll::event& event : ready)
				dispatch(event);
		}
	}

	/** Makes run() check done() again; the only function that any thread may call. */
	void wake() noexcept { eventfd_write(waker_.get(), 1); }

	[[nodiscard]] int fd() const noexcept { return set_.fd(); }
	[[nodiscard]] const reactor_counts& counts() const noexcept { return counts_; }

private:
	struct entry {
		std::unique_ptr<handler> owner;
		myepoll::interest wanted{};
	};

	static std::uint64_t key(int fd) noexcept { return static_cast<std::uint64_t>(fd); }

	/*
	 * A handler is destroyed only during its own event, and a batch has one event for each
	 * descriptor at most. So a descriptor that is closed and reused has no old event left in it.
	 */
	void dispatch(myepoll::event event)
	{
		count(event.ready);
		if (event.data == key(waker_.get())) {
			eventfd_t ignored;
			eventfd_read(waker_.get(), &ignored);
			return;
		}
		// The handler may adopt others, which moves the entries: keep no reference to one.
		handler& owner = *entries_[event.data].owner;
		const myepoll::interest wanted = owner.on_ready(event.ready);
		entry& current = entries_[event.data];
		if (wanted == myepoll::interest::none)
			current.owner.reset(); // closes the descriptor, which ends the watch
		else if (wanted != current.wanted)
			set_.modify(owner.fd(), wanted, event.data);
		current.wanted = wanted;
	}

	void count(myepoll::interest ready) noexcept
	{
		counts_.events++;
		counts_.in += any(ready & myepoll::interest::in);
		counts_.out += any(ready & myepoll::interest::out);
		counts_.error += any(ready & myepoll::interest::error);
		counts_.hangup += any(ready & myepoll::interest::hangup);
	}

	Instance set_;
	myepoll::file_descriptor waker_;
	std::vector<entry> entries_; // indexed by descriptor
	std::array<myepoll::event, 256> buffer_;
	reactor_counts counts_;
};

} // namespace echo

#endif
