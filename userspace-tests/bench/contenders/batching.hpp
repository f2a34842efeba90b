// SPDX-License-Identifier: GPL-2.0-only
// Changes that are collected and then applied in one call; call by call for a contender that cannot do that.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bench {

template <typename Set>
concept collects_changes = requires(Set set) { set.apply(); };

template <typename Set> struct batching : Set {
	using Set::Set;

	void add_later(int fd, std::uint32_t wanted)
	{
		if constexpr (collects_changes<Set>)
			Set::add_later(fd, wanted);
		else
			Set::add(fd, wanted);
	}
	void modify_later(int fd, std::uint32_t wanted)
	{
		if constexpr (collects_changes<Set>)
			Set::modify_later(fd, wanted);
		else
			Set::modify(fd, wanted);
	}
	void remove_later(int fd)
	{
		if constexpr (collects_changes<Set>)
			Set::remove_later(fd);
		else
			Set::remove(fd);
	}
	void apply()
	{
		if constexpr (collects_changes<Set>)
			Set::apply();
	}
	// Each returns how many are ready.
	std::size_t apply_and_look()
	{
		if constexpr (collects_changes<Set>)
			return Set::apply_and_look();
		else
			return Set::look();
	}
	std::size_t apply_and_wait()
	{
		if constexpr (collects_changes<Set>)
			return Set::apply_and_wait();
		else
			return Set::wait();
	}
};

} // namespace bench
