// SPDX-License-Identifier: GPL-2.0-only
// The library's rings on the real module.
#include "support/test.hpp"

#include "client/scripted_ioctl.hpp"

#include <myepoll/change_list.hpp>
#include <myepoll/event_ring.hpp>

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <optional>
#include <vector>

using myepoll::interest;
using support::make_eventfd;
using support::signal_eventfd;
using support::unique_fd;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

namespace {

constexpr interest edge = interest::in | interest::edge;

template <class Ring> class RingOn : public support::device_test {
protected:
	void prepare() override
	{
		set.emplace();
		ring.emplace(*set, 8U);
		recorder.emplace([this](unsigned long, void*) -> long {
			calls++;
			return scripted_ioctl::pass_on;
		});
	}
	void TearDown() override { recorder.reset(); }

	std::vector<std::uint64_t> wait(myepoll::instance::timeout limit = 0ns)
	{
		std::vector<std::uint64_t> all;
		for (const myepoll::event& each : ring->wait(*set, buffer, limit))
			all.push_back(std::uint64_t{each.data});
		return all;
	}
	void await_sleeper(const support::helper_thread& thread) const
	{
		support::await([&] { return support::asleep_in_wait(thread.state(), set->fd()); });
	}

	std::optional<myepoll::instance> set;
	std::optional<Ring> ring;
	std::atomic<int> calls = 0;
	std::array<myepoll::event, 16> buffer{};

private:
	std::optional<scripted_ioctl> recorder;
};

using kinds = testing::Types<myepoll::event_ring, myepoll::shared_event_ring>;
struct names {
	template <class Ring> static std::string GetName(int)
	{
		return std::is_same_v<Ring, myepoll::event_ring> ? "one" : "several";
	}
};
TYPED_TEST_SUITE(RingOn, kinds, names);

TYPED_TEST(RingOn, delivers_each_edge_without_a_call)
{
	const unique_fd counter = make_eventfd();
	this->set->add_on_ring(counter, edge, 42);
	this->calls = 0;
	EXPECT_FALSE(this->ring->maybe_ready());

	for (int i = 0; i < 3; i++) {
		signal_eventfd(counter);
		EXPECT_TRUE(this->ring->maybe_ready());
		EXPECT_THAT(this->wait(std::nullopt), ElementsAre(42));
		EXPECT_EQ(interest{this->buffer[0].ready}, interest::in);
		EXPECT_THAT(this->wait(), IsEmpty());
	}

	EXPECT_EQ(this->calls, 0);
	EXPECT_EQ(this->ring->calls(), 0U);
}

TYPED_TEST(RingOn, delivers_what_is_ready_when_it_is_added_or_modified)
{
	const unique_fd counter = make_eventfd(1);
	this->set->add_on_ring(counter, edge, 1);
	this->calls = 0;
	EXPECT_THAT(this->wait(), ElementsAre(1));
	EXPECT_EQ(this->calls, 0);
	this->set->modify_on_ring(counter, edge, 2);
	EXPECT_THAT(this->wait(), ElementsAre(2));
	EXPECT_EQ(this->calls, 1);
}

TYPED_TEST(RingOn, delivers_all_else_by_a_call)
{
	const unique_fd level = make_eventfd(1);
	const unique_fd modified = make_eventfd(1);
	const unique_fd plain = make_eventfd(1);
	this->set->add_on_ring(level, interest::in, 1);
	this->set->add_on_ring(modified, edge, 2);
	this->set->modify(modified, edge, 3);
	this->set->add(plain, edge, 4);
	EXPECT_TRUE(this->ring->maybe_ready());
	EXPECT_THAT(this->wait(std::nullopt), UnorderedElementsAre(1, 3, 4));
	EXPECT_EQ(this->ring->calls(), 1U);
	support::take_eventfd(level);
	EXPECT_THAT(this->wait(), IsEmpty());
	EXPECT_FALSE(this->ring->maybe_ready());
}

TYPED_TEST(RingOn, delivers_what_the_ring_has_no_room_for)
{
	std::deque<unique_fd> counters;
	for (std::uint64_t i = 0; i < 20; i++) {
		counters.push_back(make_eventfd());
		this->set->add_on_ring(counters.back(), edge, i);
	}
	for (const unique_fd& each : counters)
		signal_eventfd(each);
	std::vector<std::uint64_t> all;
	for (int i = 0; i < 4; i++)
		for (const std::uint64_t each : this->wait())
			all.push_back(each);
	EXPECT_THAT(all, SizeIs(20));
	std::sort(all.begin(), all.end());
	EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

TYPED_TEST(RingOn, delivers_nothing_of_what_is_removed_or_closed)
{
	const unique_fd removed = make_eventfd(1);
	unique_fd closed = make_eventfd(1);
	const unique_fd stays = make_eventfd(1);
	this->set->add_on_ring(removed, edge, 1);
	this->set->add_on_ring(closed, edge, 2);
	this->set->add_on_ring(stays, edge, 3);
	this->set->remove(removed);
	closed.close();
	EXPECT_THAT(this->wait(), ElementsAre(3));
}

TYPED_TEST(RingOn, applies_changes_of_a_list)
{
	const unique_fd on_ring = make_eventfd(1);
	const unique_fd plain = make_eventfd(1);
	myepoll::change_list changes;
	changes.set_on_ring(on_ring, edge, 1);
	changes.set(plain, edge, 2);
	changes.apply(*this->set);
	EXPECT_THAT(changes.failures(), IsEmpty());
	myepoll::event one;
	ASSERT_TRUE(this->ring->take(one));
	EXPECT_EQ(std::uint64_t{one.data}, 1U);
	EXPECT_FALSE(this->ring->take(one));
	EXPECT_THAT(this->wait(), ElementsAre(2));
}

TYPED_TEST(RingOn, sleeps_until_an_event_is_posted)
{
	const unique_fd counter = make_eventfd();
	this->set->add_on_ring(counter, edge, 5);
	std::vector<std::uint64_t> got;
	support::helper_thread waiter{[&] { got = this->wait(std::nullopt); }};
	this->await_sleeper(waiter);
	signal_eventfd(counter);
	waiter.join();
	EXPECT_THAT(got, ElementsAre(5));
	EXPECT_EQ(this->ring->calls(), 1U);
}

TYPED_TEST(RingOn, sleeps_as_long_as_it_is_told)
{
	const support::stopwatch watch;
	EXPECT_THAT(this->wait(20ms), IsEmpty());
	EXPECT_GE(watch.elapsed(), 20ms);
}

TYPED_TEST(RingOn, waits_with_the_given_signal_mask)
{
	support::block_signals({SIGUSR1});
	const support::signal_counter counter{SIGUSR1};
	raise(SIGUSR1);
	std::error_code error;
	this->ring->wait(*this->set, this->buffer, std::nullopt, support::signal_set({}), error);
	EXPECT_EQ(error.value(), EINTR);
	EXPECT_EQ(counter.count(), 1);
}

TYPED_TEST(RingOn, leaves_no_wait_of_the_set_that_might_sleep)
{
	std::error_code error;
	this->set->wait(this->buffer, 1ms, error);
	EXPECT_EQ(error.value(), EINVAL);
	this->set->wait(this->buffer, 0ns, error);
	EXPECT_FALSE(error);
}

TYPED_TEST(RingOn, says_that_the_set_was_closed)
{
	const unique_fd counter = make_eventfd(1);
	this->set->add_on_ring(counter, edge, 6);
	EXPECT_FALSE(this->ring->closed());
	this->set.reset();
	EXPECT_TRUE(this->ring->closed());
	myepoll::instance nothing{myepoll::file_descriptor{}};
	std::error_code error;
	EXPECT_THAT(this->ring->wait(nothing, this->buffer, 0ns, error), IsEmpty());
	EXPECT_EQ(error.value(), EBADF);
}

TYPED_TEST(RingOn, is_one_for_each_set_and_made_first)
{
	std::error_code error;
	const TypeParam second{*this->set, 8, error};
	EXPECT_EQ(error.value(), EEXIST);
	const unique_fd counter = make_eventfd();
	myepoll::instance other;
	other.add(counter, interest::in, 0);
	const TypeParam late{other, 8, error};
	EXPECT_EQ(error.value(), EBUSY);
	const TypeParam odd{other, 6, error};
	EXPECT_EQ(error.value(), EINVAL);
	other.add_on_ring(make_eventfd(), edge, 0, error);
	EXPECT_EQ(error.value(), EINVAL);
}

TYPED_TEST(RingOn, tells_of_a_set_without_slots_whether_a_call_is_needed)
{
	myepoll::instance plain;
	TypeParam header{plain, 0};
	const unique_fd counter = make_eventfd();
	plain.add(counter, interest::in, 9);
	EXPECT_FALSE(header.maybe_ready());
	EXPECT_THAT(header.wait(plain, this->buffer, 0ns), IsEmpty());
	EXPECT_EQ(header.calls(), 0U);

	signal_eventfd(counter);

	EXPECT_TRUE(header.maybe_ready());
	EXPECT_THAT(header.wait(plain, this->buffer), SizeIs(1));
	EXPECT_THAT(plain.wait(this->buffer), SizeIs(1)); // as without a ring
}

TYPED_TEST(RingOn, gives_the_descriptors_of_a_ring_to_no_program_that_is_started)
{
	EXPECT_EQ(fcntl(this->ring->fd(), F_GETFD), FD_CLOEXEC);
	EXPECT_EQ(this->ring->slots(), 8U);
}

TYPED_TEST(RingOn, is_mapped_by_another_process_too)
{
	const unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	this->set->add_on_ring(first, edge, 1);
	this->set->add_on_ring(second, edge, 2);
	TypeParam other{myepoll::file_descriptor{support::duplicate(this->ring->fd()).release()}};
	signal_eventfd(first);
	signal_eventfd(second);
	myepoll::event one;
	ASSERT_TRUE(other.take(one));
	EXPECT_EQ(std::uint64_t{one.data}, 1U);
	EXPECT_THAT(this->wait(), ElementsAre(2));
	EXPECT_FALSE(other.take(one));
}

class SharedRing : public RingOn<myepoll::shared_event_ring> {};

TEST_F(SharedRing, wakes_a_thread_for_each_event)
{
	const unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	set->add_on_ring(first, edge, 1);
	set->add_on_ring(second, edge, 2);
	std::atomic<unsigned> got = 0;
	const auto take_one = [&] {
		myepoll::event one[1];
		got += static_cast<unsigned>(ring->wait(*set, one).size());
	};
	support::helper_thread a{take_one};
	support::helper_thread b{take_one};
	await_sleeper(a);
	await_sleeper(b);

	signal_eventfd(first);
	signal_eventfd(second);

	a.join();
	b.join();
	EXPECT_EQ(got, 2U);
}

} // namespace
