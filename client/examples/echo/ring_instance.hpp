// SPDX-License-Identifier: MIT
#ifndef ECHO_RING_INSTANCE_HPP
#define ECHO_RING_INSTANCE_HPP

#include <cstdint>
#include <span>
#include <system_error>

#include <myepoll/change_list.hpp>
#include <myepoll/event.hpp>
#include <myepoll/event_ring.hpp>
#include <myepoll/instance.hpp>

#include "examples/echo/edge_connection.hpp"

namespace echo {

/**
 * A set with a ring: events of edge-triggered descriptors are taken without a call. Changes are collected and
 * applied before the next wait, in one call.
 */
class ring_instance {
public:
	/** What serves a client is edge-triggered. */
	using connection = edge_connection;

	[[nodiscard]] int fd() const noexcept { return set_.fd(); }

	void add(int target, myepoll::interest wanted, std::uint64_t data, std::error_code& error) noexcept
	{
		changes_.set_on_ring(target, wanted, data, error);
	}

	void modify(int target, myepoll::interest wanted, std::uint64_t data, std::error_code& error) noexcept
	{
		changes_.set_on_ring(target, wanted, data, error);
	}

	std::span<myepoll::event> wait(std::span<myepoll::event> buffer, myepoll::instance::timeout limit,
				       std::error_code& error) noexcept
	{
		failures_ = {};
		if (changes_.size() > 0) {
			changes_.apply(set_, error);
			applied_++;
			failures_ = changes_.failures();
			// What failed is to be seen before the wait.
			if (error || !failures_.empty())
				return {};
		}
		return ring_.wait(set_, buffer, limit, error);
	}

	/** The changes that could not be applied before the last wait. */
	[[nodiscard]] std::span<const myepoll::change> failures() const noexcept { return failures_; }

	/** How many calls there have been. */
	[[nodiscard]] std::uint64_t calls() const noexcept { return applied_ + ring_.calls(); }

private:
	static constexpr std::uint32_t slots = 4096;

	myepoll::instance set_;
	myepoll::event_ring ring_{set_, slots};
	myepoll::change_list changes_;
	std::span<const myepoll::change> failures_; // of the last wait
	std::uint64_t applied_ = 0;
};

} // namespace echo

#endif
