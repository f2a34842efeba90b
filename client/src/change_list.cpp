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

void check(int result)
{
	if (result < 0)
		throw std::system_error(ioctls::error_of(result), "MYEPOLL_IOC_CHANGE");
}

std::span<event> front(std::span<event> buffer, int result)
{
	return buffer.first(static_cast<std::size_t>(std::max(result, 0)));
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

int apply_singly(int fd, std::span<change> changes, std::span<event> buffer,
		 std::optional<std::chrono::nanoseconds> limit,
		 const sigset_t* mask, std::uint32_t& tried) noexcept
{
	for (change& one : changes) {
		const int result = apply_one(fd, one);
		// The set, and not the target?
		if (result == -ENOTTY || (result == -EBADF && !is_older(fd)))
			return result;
		one.result = result;
		++tried;
		if (result != 0)
			limit = std::chrono::nanoseconds::zero();
	}
	return buffer.empty() ? 0 : ioctls::wait(fd, buffer, limit, mask);
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
	std::uint32_t& at = places_[target];
	const bool follows_drop = (at & 1) != 0;
	change* const before = at == 0 ? nullptr : &pending_[at / 2 - 1];
	const bool after_drop = before != nullptr && before->op == change::operation::drop;
	if (before != nullptr && (follows_drop || !after_drop || last.op == change::operation::drop)) {
		*before = last;
		return;
	}
	append(last);
	at = 2 * static_cast<std::uint32_t>(pending_.size()) + (after_drop ? 1 : 0);
}

void change_list::set(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept
try {
	set(target, wanted, data);
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

inline void change_list::forget_place(const change& of) noexcept
{
	const auto target = static_cast<std::size_t>(of.target);
	if (target < places_.size())
		places_[target] = 0;
}

/* Removes the first changes, which were tried. The others, if any, are not merged any more. */
void change_list::take_out(std::size_t count) noexcept
{
	for (const change& each : pending_)
		forget_place(each);
	for (const change& tried : std::span{pending_}.first(count))
		if (tried.result != 0)
			failures_.push_back(tried);
	pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
}

int change_list::wait_on(int fd, std::span<event> buffer, const instance::timeout& limit,
			 const sigset_t* mask) noexcept
{
	// Without room the module would not wait, and without a change it would refuse the call.
	if (buffer.empty())
		return -EINVAL;
	if (!pending_.empty())
		return apply_to(fd, buffer, limit, mask);
	failures_.clear();
	return ioctls::wait(fd, buffer, limit, mask);
}

/* At most as many as a call takes. Waits unless the buffer is empty. */
int change_list::apply_part(int fd, std::span<change> part, std::span<event> buffer, const instance::timeout& limit,
			    const sigset_t* mask, std::uint32_t& tried) noexcept
{
	if (!single_calls_) {
		const int result = ioctls::apply(fd, part, buffer, limit, mask, tried);
		if (result != -ENOTTY || !is_older(fd))
			return result;
		single_calls_ = true;
	}
	return apply_singly(fd, part, buffer, limit, mask, tried);
}

int change_list::apply_to(int fd, std::span<event> buffer, const instance::timeout& limit,
			  const sigset_t* mask) noexcept
{
	const std::span<change> all{pending_};
	failures_.clear();
	if (single_calls_ || all.size() - 1 >= MYEPOLL_CHANGE_MAX)
		return apply_in_parts(fd, buffer, limit, mask);
	std::uint32_t tried = 0;
	const int result = ioctls::apply(fd, all, buffer, limit, mask, tried);
	if (result == -ENOTTY)
		return apply_in_parts(fd, buffer, limit, mask);
	int failed = tried != all.size();
	for (const change& each : all)
		failed |= each.result;
	if (failed != 0) [[unlikely]] {
		take_out(tried);
		return result;
	}
	for (const change& each : all)
		forget_place(each);
	pending_.clear();
	return result;
}

int change_list::apply_in_parts(int fd, std::span<event> buffer, instance::timeout limit,
				const sigset_t* mask) noexcept
{
	int result = 0;
	while (!pending_.empty() && result >= 0) {
		const std::size_t count = std::min<std::size_t>(pending_.size(), MYEPOLL_CHANGE_MAX);
		const std::span<event> room = count == pending_.size() ? buffer : std::span<event>{};
		std::uint32_t tried = 0;
		result = apply_part(fd, std::span{pending_}.first(count), room, limit, mask, tried);
		take_out(tried);
		if (!failures_.empty())
			limit = std::chrono::nanoseconds::zero();
	}
	return result;
}

void change_list::apply(instance& on)
{
	check(apply_to(on.fd(), {}, std::nullopt, nullptr));
}

void change_list::apply(instance& on, std::error_code& error) noexcept
{
	error = ioctls::error_of(apply_to(on.fd(), {}, std::nullopt, nullptr));
}

std::span<event> change_list::apply_and_wait(instance& on, std::span<event> buffer, instance::timeout limit)
{
	const int count = wait_on(on.fd(), buffer, limit, nullptr);
	check(count);
	return front(buffer, count);
}

std::span<event> change_list::apply_and_wait(instance& on, std::span<event> buffer, instance::timeout limit,
					     std::error_code& error) noexcept
{
	const int count = wait_on(on.fd(), buffer, limit, nullptr);
	error = ioctls::error_of(count);
	return front(buffer, count);
}

std::span<event> change_list::apply_and_wait(instance& on, std::span<event> buffer, instance::timeout limit,
					     const sigset_t& mask)
{
	const int count = wait_on(on.fd(), buffer, limit, &mask);
	check(count);
	return front(buffer, count);
}

std::span<event> change_list::apply_and_wait(instance& on, std::span<event> buffer, instance::timeout limit,
					     const sigset_t& mask, std::error_code& error) noexcept
{
	const int count = wait_on(on.fd(), buffer, limit, &mask);
	error = ioctls::error_of(count);
	return front(buffer, count);
}

} // namespace myepoll
