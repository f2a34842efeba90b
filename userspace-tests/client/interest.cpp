// SPDX-License-Identifier: GPL-2.0-only
// The flags: their operators and their values, and the layout of the event that carries them.
#include "support/test.hpp"

#include <myepoll/event.hpp>
#include <myepoll/interest.hpp>

#include <cstddef>
#include <cstring>

using myepoll::interest;

namespace {

std::uint32_t bits(interest flags)
{
	return static_cast<std::uint32_t>(flags);
}

TEST(Interest, has_the_values_of_epoll)
{
	const struct {
		interest ours;
		std::uint32_t theirs;
	} rows[] = {
		{interest::in, EPOLLIN},           {interest::pri, EPOLLPRI},
		{interest::out, EPOLLOUT},         {interest::error, EPOLLERR},
		{interest::hangup, EPOLLHUP},      {interest::rdnorm, EPOLLRDNORM},
		{interest::rdband, EPOLLRDBAND},   {interest::wrnorm, EPOLLWRNORM},
		{interest::wrband, EPOLLWRBAND},   {interest::msg, EPOLLMSG},
		{interest::rdhup, EPOLLRDHUP},     {interest::exclusive, EPOLLEXCLUSIVE},
		{interest::wakeup, EPOLLWAKEUP},   {interest::oneshot, EPOLLONESHOT},
		{interest::edge, EPOLLET},         {interest::none, 0},
	};
	for (const auto& [ours, theirs] : rows)
		EXPECT_EQ(bits(ours), theirs);
}

TEST(Interest, is_combined_and_tested_like_a_set)
{
	const interest both = interest::in | interest::edge;

	EXPECT_EQ(bits(both), EPOLLIN | std::uint32_t{EPOLLET});
	EXPECT_EQ(both & interest::in, interest::in);
	EXPECT_TRUE(any(both & interest::edge));
	EXPECT_FALSE(any(both & interest::out));
	EXPECT_FALSE(any(interest::none));
}

TEST(Interest, changes_in_place)
{
	interest wanted = interest::in;
	wanted |= interest::out;
	EXPECT_EQ(wanted, interest::in | interest::out);
	wanted &= ~interest::in;
	EXPECT_EQ(wanted, interest::out);
}

TEST(Interest, keeps_bits_that_have_no_name)
{
	const auto unknown = static_cast<interest>(1U << 20);
	EXPECT_EQ(bits(unknown | interest::in), (1U << 20) | EPOLLIN);
}

TEST(Interest, works_at_compile_time)
{
	static_assert(any((interest::in | interest::out) & ~interest::in));
	static_assert(!any(interest::in & ~interest::in));
}

TEST(Event, is_laid_out_as_the_platform_has_it)
{
	static_assert(sizeof(myepoll::event) == sizeof(epoll_event));
	static_assert(offsetof(myepoll::event, data) == offsetof(epoll_event, data));
	const myepoll::event ours{interest::in | interest::rdhup, 0x0123456789abcdef};

	epoll_event theirs{};
	std::memcpy(&theirs, &ours, sizeof(theirs));

	EXPECT_EQ(std::uint32_t{theirs.events}, std::uint32_t{EPOLLIN | EPOLLRDHUP});
	EXPECT_EQ(std::uint64_t{theirs.data.u64}, 0x0123456789abcdefU);
}

} // namespace
