// SPDX-License-Identifier: MIT
#ifndef ECHO_REACTOR_HPP
#define ECHO_REACTOR_HPP

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <myepoll/event.hpp>

#include "examples/echo/handler.hpp"
#include "examples/echo/waker.hpp"

namespace echo {

/** What a reactor has done and seen; an event counts once for each flag that it carries. */
struct reactor_counts {
	std::uint64_t calls = 0; ///< of the set: waits and changes, those of a batch as one, from a ring none
	std::uint64_t waits = 0;
	std::uint64_t changes = 0; ///< of what is watched
	std::uint64_t events = 0;
	std::uint64_t in = 0;
	std::uint64_t out = 0;
	std::uint64_t error = 0;
	std::uint64_t hangup = 0;
};

/** A set that applies changes with the next wait, and tells only then which of them failed. */
template <class Instance>
concept batching = requires(const Instance& set) { set.failures(); };

/** A set that does not make a call for each wait. */
template <class Instance>
concept counting = requires(const Instance& set) { set.calls(); };

/**
 * Calls handlers when their descriptors are ready, on the thread that calls run(): level-triggered, unless
 * a handler wants edge.
 * Instance is myepoll::instance or anything with the same add(), modify(), wait() and fd().
 */
template <class Instance>
class reactor {
public:
	reactor()
	{
		auto own = std::make_unique<waker>();
		waker_ = own.get();
		adopt(std::move(own), myepoll::interest::in);
	}

	/**
	 * Starts to watch a handler; it is destroyed when it is done, when it cannot be watched, or with
	 * the reactor.
	 */
	void adopt(std::unique_ptr<handler> newcomer, myepoll::interest wanted)
	{
		const int fd = newcomer->fd();
		if (key(fd) >= entries_.size())
			entries_.resize(key(fd) + 1);
		entries_[key(fd)] = {std::move(newcomer), wanted};
		std::error_code error;
		set_.add(fd, wanted, key(fd), error);
		changed(fd, error);
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
			count_calls();
			counts_.waits++;
			if constexpr (batching<Instance>)
				for (const auto& change : set_.failures())
					refuse(change.target, change.error());
			for (const myepoll::event& event : ready)
				dispatch(event);
		}
	}

	/** Makes run() check done() again; the only function that any thread may call. */
	void wake() noexcept { waker_->wake(); }

	[[nodiscard]] int fd() const noexcept { return set_.fd(); }
	[[nodiscard]] const reactor_counts& counts() const noexcept { return counts_; }

private:
	struct entry {
		std::unique_ptr<handler> owner;
		myepoll::interest wanted{};
	};

	static std::uint64_t key(int fd) noexcept { return static_cast<std::uint64_t>(fd); }

	/*
	 * A handler that is watched is destroyed only during its own event, and there is one event for
	 * each descriptor at most. So a descriptor that is closed and reused has no old event left in
	 * the buffer, and no change left in a batch. Except from a ring, where another event may follow
	 * in the same buffer: for nobody, or for the next owner of the descriptor, which finds nothing.
	 */
	void dispatch(myepoll::event event)
	{
		count(event.ready);
		if (!entries_[event.data].owner)
			return;
		// The handler may adopt others, which moves the entries: keep no reference to one.
		handler& owner = *entries_[event.data].owner;
		const myepoll::interest wanted = owner.on_ready(event.ready);
		entry& current = entries_[event.data];
		if (wanted == current.wanted)
			return;
		current.wanted = wanted;
		if (wanted == myepoll::interest::none) {
			current.owner.reset(); // closes the descriptor, which ends the watch
			return;
		}
		std::error_code error;
		set_.modify(owner.fd(), wanted, event.data, error);
		changed(owner.fd(), error);
	}

	void count_calls() noexcept
	{
		if constexpr (counting<Instance>)
			counts_.calls = set_.calls();
		else
			counts_.calls++;
	}

	void changed(int fd, const std::error_code& error)
	{
		counts_.changes++;
		counts_.calls += batching<Instance> ? 0 : 1;
		if (error)
			refuse(fd, error);
	}

	void refuse(int fd, const std::error_code& error)
	{
		entries_[key(fd)].owner->on_refused(error);
		entries_[key(fd)].owner.reset();
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
	waker* waker_ = nullptr;     // owned by its entry
	std::vector<entry> entries_; // indexed by descriptor
	std::array<myepoll::event, 256> buffer_;
	reactor_counts counts_;
};

} // namespace echo

#endif
