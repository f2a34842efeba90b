// SPDX-License-Identifier: MIT
#ifndef ECHO_BATCHED_INSTANCE_HPP
#define ECHO_BATCHED_INSTANCE_HPP

#include <cstdint>
#include <span>
#include <system_error>

#include <myepoll/change_list.hpp>
#include <myepoll/event.hpp>
#include <myepoll/instance.hpp>

namespace echo {

/** A set that collects changes and applies them with the next wait, in one call. */
class batched_instance {
public:
	[[nodiscard]] int fd() const noexcept { return set_.fd(); }

	void add(int target, myepoll::interest wanted, std::uint64_t data, std::error_code& error) noexcept
	{
		changes_.set(target, wanted, data, error);
	}

	void modify(int target, myepoll::interest wanted, std::uint64_t data, std::error_code& error) noexcept
	{
		changes_.set(target, wanted, data, error);
	}

	std::span<myepoll::event> wait(std::span<myepoll::event> buffer, myepoll::instance::timeout limit,
				       std::error_code& error) noexcept
	{
		return changes_.apply_and_wait(set_, buffer, limit, error);
	}

	/** The changes that the last wait could not apply. */
	[[nodiscard]] std::span<const myepoll::change> failures() const noexcept
	{
		return changes_.failures();
	}

private:
	myepoll::instance set_;
	myepoll::change_list changes_;
};

} // namespace echo

#endif
