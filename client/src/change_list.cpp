// SPDX-License-Identifier: MIT
#include <myepoll/change_list.hpp>

#include <algorithm>
#include <cerrno>
#include <new>

#include "ioctl.hpp"

namespace myepoll {
namespace {

/** Higher numbers, which few programs have, are not merged: memory for each number would be needed. */
constexpr int numbers_merged = 1 << 20;

[[noreturn, gnu::cold]] void fail(int result)
{
	throw std::system_error(ioctls::error_of(result), "MYEPOLL_IOC_CHANGE");
}

/* Inline, because there is little beside the call itself. */
[[gnu::always_inline]] inline std::span<event> delivered(int result, const myepoll_change& argument)
{
	if (result < 0) [[unlikely]]
		fail(result);
	return ioctls::delivered(argument.wait, static_cast<std::size_t>(result));
}

[[gnu::always_inline]] inline std::span<event> delivered(int result, const myepoll_change& argument,
							 std::error_code& error) noexcept
{
	const std::size_t count = ioctls::report(result, error);
	return ioctls::delivered(argument.wait, count);
}

std::error_code no_memory()
{
	return std::make_error_code(std::errc::not_enough_memory);
}

/** Whether it is a set of a module that knows no CHANGE. */
bool is_older(int fd) noexcept
{
	module_info loaded{};
	return ioctls::info(fd, loaded) == 0 && (loaded.features & MYEPOLL_FEATURE_CHANGE) == 0;
}

/** One change by CTL, with the result that it has in a CHANGE. */
int apply_one(int fd, const change& one) noexcept
{
	using op = ioctls::operation;
	const event wanted{one.wanted, one.data};
	const auto ctl = [&](op what) { return ioctls::ctl(fd, what, one.target, wanted); };
	// There are no rings, either.
	if (one.flags != 0)
		return -EINVAL;
	if (one.op == change::operation::drop) {
		const int result = ctl(op::remove);
		return result == -ENOENT ? 0 : result;
	}
	// A MOD would fail with EINVAL whether it is watched or not.
	if (any(one.wanted & interest::exclusive)) {
		const int result = ctl(op::add);
		return result == -EEXIST ? -EINVAL : result;
	}
	for (;;) {
		int result = ctl(op::modify);
		if (result == -ENOENT)
			result = ctl(op::add);
		// Somebody else may have added it in between.
		if (result != -EEXIST)
			return result;
	}
}

/** What a CHANGE does, by one call for each change and one for the wait. */
int apply_singly(int fd, std::span<change> changes, myepoll_change& argument) noexcept
{
	for (change& one : changes) {
		const int result = apply_one(fd, one);
		// The set, and not the target?
		if (result == -ENOTTY || (result == -EBADF && !is_older(fd)))
			return result;
		one.result = result;
		++argument.tried;
		if (result != 0)
			argument.wait.timeout_ns = 0;
	}
	return argument.wait.maxevents == 0 ? 0 : ioctls::wait(fd, argument.wait);
}

} // namespace

void change_list::append(const change& last)
{
	if (pending_.size() == pending_.capacity()) {
		pending_.reserve(std::max<std::size_t>(2 * pending_.size(), 16));
		// take_out() must not allocate.
		failures_.reserve(pending_.capacity());
	}
	pending_.push_back(last);
}

void change_list::merge(const change& last)
{
	if (last.target < 0 || last.target >= numbers_merged)
		return append(last);
	const auto target = static_cast<std::size_t>(last.target);
	if (target >= places_.size())
		places_.resize(std::max(target + 1, 2 * places_.size()));
	std::uint64_t& at = places_[target];
	const bool follows_drop = (at & 1) != 0;
	change* const before = at < first_ ? nullptr : &pending_[(at - first_) / 2];
	const bool after_drop = before != nullptr && before->op == change::operation::drop;
	if (before != nullptr && (follows_drop || !after_drop || last.op == change::operation::drop)) {
		*before = last;
		return;
	}
	const std::uint64_t number = next() + (after_drop ? 1 : 0);
	append(last);
	at = number;
}

void change_list::set(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept
try {
	set(target, wanted, data);
	error.clear();
} catch (const std::bad_alloc&) {
	error = no_memory();
}

void change_list::set_on_ring(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept
try {
	set_on_ring(target, wanted, data);
	error.clear();
} catch (const std::bad_alloc&) {
	error = no_memory();
}

void change_list::drop(int target, std::error_code& error) noexcept
try {
	drop(target);
	error.clear();
} catch (const std::bad_alloc&) {
	error = no_memory();
}

/* Removes the first changes, which were tried. */
void change_list::take_out(std::size_t count) noexcept
{
	for (const change& tried : std::span{pending_}.first(count))
		if (tried.result != 0)
			failures_.push_back(tried);
	pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
	first_ += 2 * count;
}

/* At most as many as a call takes. */
int change_list::apply_part(int fd, myepoll_change& argument) noexcept
{
	if (!single_calls_) {
		const int result = ioctls::apply(fd, argument);
		if (result != -ENOTTY || !is_older(fd))
			return result;
		single_calls_ = true;
	}
	return apply_singly(fd, std::span{pending_}.first(argument.count), argument);
}

int change_list::apply_in_parts(int fd, const myepoll_wait& wait) noexcept
{
	int result = 0;
	while (!pending_.empty() && result >= 0) {
		const std::size_t count = std::min<std::size_t>(pending_.size(), MYEPOLL_CHANGE_MAX);
		myepoll_change argument = ioctls::change_argument(std::span{pending_}.first(count), wait);
		if (count < pending_.size())
			argument.wait.maxevents = 0;
		if (!failures_.empty())
			argument.wait.timeout_ns = 0;
		result = apply_part(fd, argument);
		take_out(argument.tried);
	}
	return result;
}

/* A module that is older, a list that is too long, or no change at all, which the module would refuse. */
int change_list::apply_otherwise(int fd, myepoll_change& argument) noexcept
{
	if (pending_.empty())
		return argument.wait.maxevents == 0 ? 0 : ioctls::wait(fd, argument.wait);
	return apply_in_parts(fd, argument.wait);
}

/* The usual case, one call in which nothing fails, is the short one; inline, because it is so short. */
[[gnu::always_inline]] inline int change_list::apply_to(int fd, myepoll_change& argument) noexcept
{
	failures_.clear();
	if (single_calls_ || argument.count - 1 >= MYEPOLL_CHANGE_MAX) [[unlikely]]
		return apply_otherwise(fd, argument);
	const int result = ioctls::apply(fd, argument);
	int failed = 0;
	for (const change& each : pending_)
		failed |= each.result;
	if (result < 0 || failed != 0) [[unlikely]] {
		if (result == -ENOTTY)
			return apply_in_parts(fd, argument.wait);
		take_out(argument.tried);
		return result;
	}
	first_ = next();
	pending_.clear();
	return result;
}

inline int change_list::wait_on(int fd, myepoll_change& argument) noexcept
{
	// Without room the module would not wait.
	return argument.wait.maxevents == 0 ? -EINVAL : apply_to(fd, argument);
}

void change_list::apply(instance& on)
{
	myepoll_change argument = ioctls::change_argument(pending_, {});
	const int result = apply_to(on.fd(), argument);
	if (result < 0) [[unlikely]]
		fail(result);
}

void change_list::apply(instance& on, std::error_code& error) noexcept
{
	myepoll_change argument = ioctls::change_argument(pending_, {});
	ioctls::report(apply_to(on.fd(), argument), error);
}

std::span<event> change_list::apply_and_wait(instance& on, std::span<event> buffer, instance::timeout limit)
{
	myepoll_change argument = ioctls::change_argument(pending_, ioctls::wait_argument(buffer, limit, nullptr));
	return delivered(wait_on(on.fd(), argument), argument);
}

std::span<event> change_list::apply_and_wait(instance& on, std::span<event> buffer, instance::timeout limit,
					     std::error_code& error) noexcept
{
	myepoll_change argument = ioctls::change_argument(pending_, ioctls::wait_argument(buffer, limit, nullptr));
	return delivered(wait_on(on.fd(), argument), argument, error);
}

std::span<event> change_list::apply_and_wait(instance& on, std::span<event> buffer, instance::timeout limit,
					     const sigset_t& mask)
{
	myepoll_change argument = ioctls::change_argument(pending_, ioctls::wait_argument(buffer, limit, &mask));
	return delivered(wait_on(on.fd(), argument), argument);
}

std::span<event> change_list::apply_and_wait(instance& on, std::span<event> buffer, instance::timeout limit,
					     const sigset_t& mask, std::error_code& error) noexcept
{
	myepoll_change argument = ioctls::change_argument(pending_, ioctls::wait_argument(buffer, limit, &mask));
	return delivered(wait_on(on.fd(), argument), argument, error);
}

} // namespace myepoll
