// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_CHANGE_LIST_HPP
#define MYEPOLL_CHANGE_LIST_HPP

#include <myepoll/language.hpp>

#include <csignal>

#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include <myepoll/event.hpp>
#include <myepoll/instance.hpp>
#include <myepoll/interest.hpp>

struct myepoll_change;
struct myepoll_wait;

namespace myepoll {

/** A change of one descriptor. Has the layout of struct myepoll_change_entry. */
struct change {
	enum class operation : std::int32_t { set = 4, drop = 5 };
	static constexpr std::uint32_t on_ring = 1;

	operation op;
	int target;
	interest wanted;
	std::uint32_t flags; ///< on_ring or 0
	std::uint64_t data;
	std::int32_t result; ///< of apply(): 0, or a negative errno
	std::uint32_t pad;   ///< 0

	/** Why it failed. */
	[[nodiscard]] std::error_code error() const noexcept { return {-result, std::system_category()}; }
};

/**
 * Changes of a set that are collected and then applied in one call, and if wanted together with the
 * wait that follows: an event loop needs one call an iteration.
 *
 *     changes.set(client, interest::in | interest::oneshot, data);
 *     for (const event& ready : changes.apply_and_wait(set, buffer))
 *             ...
 *
 * What is collected for a descriptor is merged, at most into two changes: a later set() takes the
 * place of an earlier one, a drop() that of a set(). A set() after a drop() stays a change of its own,
 * because by then the descriptor may be that of another file. So a descriptor that may be open in
 * another process, or under another number, is to be dropped, and the list applied, before it is
 * closed, as with epoll.
 *
 * A change that fails does not keep the others from being applied. failures() has those that failed;
 * they are not tried again. A wait does not sleep if a change has failed, so look there after each.
 *
 * The call itself fails in the two ways of instance: what has not been tried then stays in the list.
 * On modules before ABI version 4, which cannot do it in one call, there is one for each change, with
 * the same results. A list is not for use by several threads at the same time; a set is.
 */
class [[gnu::visibility("default")]] change_list {
public:
	/**
	 * Watches a descriptor, as instance::add() does or, if it is watched already, as
	 * instance::modify() does.
	 *
	 * @throws std::bad_alloc
	 */
	void set(int target, interest wanted, std::uint64_t data)
	{
		put(change::operation::set, target, wanted, data);
	}
	void set(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept;

	/** The same, with events that go through the ring of the set: as instance::add_on_ring() does. */
	void set_on_ring(int target, interest wanted, std::uint64_t data)
	{
		merge({change::operation::set, target, wanted, change::on_ring, data, 0, 0});
	}
	void set_on_ring(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept;

	/** Stops watching a descriptor; nothing if it is not watched. */
	void drop(int target)
	{
		put(change::operation::drop, target, interest::none, 0);
	}
	void drop(int target, std::error_code& error) noexcept;

	/** How many changes are in the list. */
	[[nodiscard]] std::size_t size() const noexcept { return pending_.size(); }

	/**
	 * Applies the changes.
	 *
	 * @throws std::system_error EBADF; for a descriptor that is not a set of this module, whatever
	 * its driver returns, usually ENOTTY
	 */
	void apply(instance& on);
	void apply(instance& on, std::error_code& error) noexcept;

	/**
	 * Applies the changes, then waits as instance::wait() does.
	 *
	 * @throws std::system_error as apply() and instance::wait() do
	 */
	std::span<event> apply_and_wait(instance& on, std::span<event> buffer,
					instance::timeout limit = std::nullopt);
	std::span<event> apply_and_wait(instance& on, std::span<event> buffer, instance::timeout limit,
					std::error_code& error) noexcept;
	std::span<event> apply_and_wait(instance& on, std::span<event> buffer, instance::timeout limit,
					const sigset_t& mask);
	std::span<event> apply_and_wait(instance& on, std::span<event> buffer, instance::timeout limit,
					const sigset_t& mask, std::error_code& error) noexcept;

	/** The changes that failed, of the last that were applied; valid until the next are. */
	[[nodiscard]] std::span<const change> failures() const noexcept { return failures_; }

private:
	/* Inline what most calls do: the first change of a descriptor. */
	void put(change::operation op, int target, interest wanted, std::uint64_t data)
	{
		const auto at = static_cast<std::size_t>(target);
		if (at >= places_.size() || places_[at] >= first_ || pending_.size() == pending_.capacity())
			return merge({op, target, wanted, 0, data, 0, 0});
		places_[at] = next();
		pending_.push_back({op, target, wanted, 0, data, 0, 0});
	}
	std::uint64_t next() const noexcept { return first_ + 2 * pending_.size(); }
	void merge(const change& last);
	void append(const change& last);
	int wait_on(int fd, myepoll_change& argument) noexcept;
	int apply_to(int fd, myepoll_change& argument) noexcept;
	int apply_otherwise(int fd, myepoll_change& argument) noexcept;
	int apply_part(int fd, myepoll_change& argument) noexcept;
	int apply_in_parts(int fd, const myepoll_wait& wait) noexcept;
	void take_out(std::size_t count) noexcept;

	std::vector<change> pending_;
	std::vector<change> failures_;
	// By descriptor: the number of its last change. Never cleared: smaller numbers than first_ are of changes
	// that are gone. Odd if there is another change, a drop, in front of that one.
	std::vector<std::uint64_t> places_;
	std::uint64_t first_ = 2;   // the number of the first in pending_; the next has 2 more
	bool single_calls_ = false; // the module is older
};

} // namespace myepoll

#endif
