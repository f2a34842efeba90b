// SPDX-License-Identifier: GPL-2.0-only
// What the library takes from a ring, and when it makes a call; runs without the module.
#include "support/test.hpp"

#include "client/fake_ring.hpp"
#include "client/scripted_ioctl.hpp"

#include <myepoll/event_ring.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

using myepoll::event_ring;
using myepoll::interest;
using myepoll::shared_event_ring;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

namespace {

static_assert(!std::is_copy_constructible_v<event_ring>);
static_assert(std::is_nothrow_move_constructible_v<event_ring>);
static_assert(std::is_nothrow_move_assignable_v<event_ring>);
static_assert(std::is_nothrow_move_constructible_v<shared_event_ring>);
static_assert(std::is_nothrow_move_assignable_v<shared_event_ring>);

std::vector<std::uint64_t> data_of(std::span<const myepoll::event> events)
{
	std::vector<std::uint64_t> all;
	for (const myepoll::event& each : events)
		all.push_back(std::uint64_t{each.data});
	return all;
}

std::vector<std::uint64_t> numbers(std::uint64_t from, std::uint64_t to)
{
	std::vector<std::uint64_t> all;
	for (; from < to; from++)
		all.push_back(from);
	return all;
}

template <class Ring> class Taking : public testing::Test {
protected:
	static constexpr std::uint32_t slots = 8;

	void post(std::uint64_t from, std::uint64_t to)
	{
		for (; from < to; from++)
			ASSERT_TRUE(kernel.post(EPOLLIN, from));
	}

	fake_ring kernel{slots};
	Ring ring{kernel.descriptor()};
	std::array<myepoll::event, 16> buffer{};
	myepoll::event one{};
};

using kinds = testing::Types<event_ring, shared_event_ring>;
struct names {
	template <class Ring> static std::string GetName(int)
	{
		return std::is_same_v<Ring, event_ring> ? "one" : "several";
	}
};
TYPED_TEST_SUITE(Taking, kinds, names);

TYPED_TEST(Taking, finds_the_events_and_the_data_that_were_posted)
{
	this->kernel.post(EPOLLIN | EPOLLRDNORM, 0xfedcba9876543210);

	ASSERT_TRUE(this->ring.take(this->one));

	EXPECT_EQ(interest{this->one.ready}, interest::in | interest::rdnorm);
	EXPECT_EQ(std::uint64_t{this->one.data}, 0xfedcba9876543210);
	EXPECT_FALSE(this->ring.take(this->one));
}

TYPED_TEST(Taking, goes_round_with_any_size_of_buffer)
{
	for (std::uint64_t size = 1, next = 0; size <= this->slots; size++)
		for (int lap = 0; lap < 9; lap++, next += size) {
			this->post(next, next + size);
			const auto all = this->ring.take(this->buffer);
			EXPECT_EQ(data_of(all), numbers(next, next + size));
		}
}

TYPED_TEST(Taking, stops_when_the_buffer_is_full)
{
	this->post(0, 8);
	EXPECT_THAT(data_of(this->ring.take(std::span{this->buffer}.first(3))), ElementsAre(0, 1, 2));
	EXPECT_THAT(this->ring.take(std::span<myepoll::event>{}), IsEmpty());
	EXPECT_THAT(data_of(this->ring.take(std::span{this->buffer}.first(5))), ElementsAre(3, 4, 5, 6, 7));
	EXPECT_THAT(this->ring.take(this->buffer), IsEmpty());
}

TYPED_TEST(Taking, frees_the_slots)
{
	this->post(0, 8);
	EXPECT_FALSE(this->kernel.post(EPOLLIN, 8));
	ASSERT_TRUE(this->ring.take(this->one));
	EXPECT_TRUE(this->kernel.post(EPOLLIN, 8));
}

TYPED_TEST(Taking, sees_what_was_added_to_an_event)
{
	this->post(0, 2);
	this->kernel.add(0, EPOLLOUT);
	ASSERT_TRUE(this->ring.take(this->one));
	EXPECT_EQ(interest{this->one.ready}, interest::in | interest::out);
}

TYPED_TEST(Taking, skips_what_was_taken_back)
{
	this->post(0, 6);
	for (const unsigned seq : {0U, 2U, 3U, 5U})
		this->kernel.take_back(seq);
	EXPECT_THAT(data_of(this->ring.take(this->buffer)), ElementsAre(1, 4));
	this->post(6, 8);
	this->kernel.take_back(6);
	ASSERT_TRUE(this->ring.take(this->one));
	EXPECT_EQ(std::uint64_t{this->one.data}, 7U);
	this->post(8, 9);
	this->kernel.take_back(8);
	EXPECT_FALSE(this->ring.take(this->one));
	this->post(9, 17); // all slots are free
}

TYPED_TEST(Taking, skips_what_another_process_has_taken)
{
	TypeParam other{this->kernel.descriptor()};
	this->post(0, 4);
	EXPECT_THAT(data_of(other.take(std::span{this->buffer}.first(2))), ElementsAre(0, 1));
	EXPECT_THAT(data_of(this->ring.take(this->buffer)), ElementsAre(2, 3));
	EXPECT_THAT(other.take(this->buffer), IsEmpty());
	// Several laps later.
	for (std::uint64_t next = 4; next < 40; next += 4) {
		this->post(next, next + 4);
		EXPECT_THAT(this->ring.take(this->buffer), SizeIs(4));
	}
	this->post(40, 41);
	EXPECT_THAT(data_of(other.take(this->buffer)), ElementsAre(40));
}

TYPED_TEST(Taking, begins_with_the_oldest_event_of_a_ring_that_is_adopted_late)
{
	this->post(0, 8);
	this->ring.take(this->buffer);
	this->post(8, 13);
	this->ring.take(this->one);
	TypeParam late{this->kernel.descriptor()};
	EXPECT_THAT(data_of(late.take(this->buffer)), ElementsAre(9, 10, 11, 12));
}

TYPED_TEST(Taking, goes_on_when_the_numbers_begin_again)
{
	fake_ring old{this->slots, 0xfffffffb};
	TypeParam taker{old.descriptor()};
	for (std::uint64_t i = 0; i < 12; i += 6) {
		for (std::uint64_t each = i; each < i + 6; each++)
			ASSERT_TRUE(old.post(EPOLLIN, each));
		EXPECT_EQ(data_of(taker.take(this->buffer)), numbers(i, i + 6));
		EXPECT_FALSE(taker.maybe_ready());
	}
}

TYPED_TEST(Taking, is_known_to_be_vain_without_trying)
{
	EXPECT_FALSE(this->ring.maybe_ready());
	this->post(0, 1);
	EXPECT_TRUE(this->ring.maybe_ready());
	this->ring.take(this->one);
	EXPECT_FALSE(this->ring.maybe_ready());
	for (const unsigned state : {MYEPOLL_RING_WAIT, MYEPOLL_RING_CLOSED}) {
		this->kernel.set_state(state);
		EXPECT_TRUE(this->ring.maybe_ready());
		EXPECT_EQ(this->ring.closed(), state == MYEPOLL_RING_CLOSED);
	}
}

TYPED_TEST(Taking, goes_on_after_a_move)
{
	this->post(0, 3);
	this->ring.take(this->one);

	TypeParam second{std::move(this->ring)};
	EXPECT_THAT(this->ring.take(this->buffer), IsEmpty()); // NOLINT: a moved-from ring is promised to be empty
	EXPECT_FALSE(this->ring.maybe_ready());
	EXPECT_EQ(this->ring.fd(), -1);
	EXPECT_EQ(second.slots(), this->slots);

	this->ring = std::move(second);
	EXPECT_THAT(data_of(this->ring.take(this->buffer)), ElementsAre(1, 2));
}

TYPED_TEST(Taking, takes_nothing_from_a_ring_without_slots)
{
	const fake_ring header{0};
	TypeParam taker{header.descriptor()};
	EXPECT_EQ(taker.slots(), 0U);
	EXPECT_FALSE(taker.maybe_ready());
	EXPECT_FALSE(taker.take(this->one));
	EXPECT_THAT(taker.take(this->buffer), IsEmpty());
}

// How much the threads have taken: of each number, and of all.
struct taken {
	explicit taken(std::size_t count) : times(count) {}
	std::vector<std::atomic<unsigned>> times;
	std::atomic<std::size_t> sum = 0;
};

template <class Ring> void take_all(Ring& ring, taken& by_all, std::size_t room)
{
	std::array<myepoll::event, 16> buffer{};
	while (by_all.sum < by_all.times.size()) {
		const auto got = ring.take(std::span{buffer}.first(room));
		for (const myepoll::event& each : got)
			by_all.times[std::uint64_t{each.data}]++;
		by_all.sum += got.size();
		// There may be more threads than CPUs.
		if (got.empty())
			std::this_thread::yield();
	}
}

void post_all(fake_ring& kernel, std::size_t count)
{
	for (std::size_t i = 0; i < count;)
		if (kernel.post(EPOLLIN, i))
			i++;
		else
			std::this_thread::yield();
}

TEST(SharedEventRing, gives_each_event_to_one_thread)
{
	support::may_take(60s);
	fake_ring kernel{4};
	shared_event_ring ring{kernel.descriptor()};
	taken by_all{20000};
	{
		std::vector<std::jthread> takers;
		for (const std::size_t room : {1U, 2U, 16U})
			takers.emplace_back([&, room] { take_all(ring, by_all, room); });
		post_all(kernel, by_all.times.size());
	}
	EXPECT_TRUE(std::ranges::all_of(by_all.times, [](unsigned times) { return times == 1; }));
}

TEST(EventRing, gives_each_event_to_one_process)
{
	support::may_take(60s);
	fake_ring kernel{4};
	taken by_all{20000};
	{
		std::vector<std::jthread> takers;
		for (int i = 0; i < 2; i++)
			takers.emplace_back([&] {
				event_ring ring{kernel.descriptor()};
				take_all(ring, by_all, 3);
			});
		post_all(kernel, by_all.times.size());
	}
	EXPECT_TRUE(std::ranges::all_of(by_all.times, [](unsigned times) { return times == 1; }));
}

// Waits whose calls are answered by the test.
template <class Ring> class Waiting : public Taking<Ring> {
protected:
	struct call {
		std::int32_t maxevents;
		std::uint32_t flags;
		std::int64_t timeout_ns;
		std::uint32_t seen;
		std::uint64_t sigmask;
	};

	std::span<myepoll::event> wait(myepoll::instance::timeout limit = std::nullopt)
	{
		return this->ring.wait(set, this->buffer, limit);
	}

	myepoll::instance set{myepoll::file_descriptor{support::make_eventfd().release()}};
	std::vector<call> calls;
	std::function<long(myepoll::event* events)> answer = [](auto) { return 0; };
	scripted_ioctl module{[this](unsigned long request, void* argument) -> long {
		EXPECT_EQ(request, MYEPOLL_IOC_WAIT);
		const auto& wait = *static_cast<myepoll_wait*>(argument);
		calls.push_back({wait.maxevents, wait.flags, wait.timeout_ns, wait.pad, wait.sigmask});
		return answer(reinterpret_cast<myepoll::event*>(wait.events));
	}};
};
TYPED_TEST_SUITE(Waiting, kinds, names);

TYPED_TEST(Waiting, needs_no_call_for_what_is_on_the_ring)
{
	this->post(0, 3);
	EXPECT_THAT(data_of(this->wait()), ElementsAre(0, 1, 2));
	EXPECT_THAT(this->calls, IsEmpty());
}

TYPED_TEST(Waiting, needs_no_call_to_find_nothing)
{
	EXPECT_THAT(this->wait(0ns), IsEmpty());
	EXPECT_THAT(this->wait(-1ns), IsEmpty());
	EXPECT_THAT(this->calls, IsEmpty());
}

TYPED_TEST(Waiting, tells_where_the_ring_was_found_empty)
{
	this->post(0, 5);
	this->wait();
	this->answer = [this](auto) {
		this->post(5, 7);
		return 0;
	};

	EXPECT_THAT(data_of(this->wait()), ElementsAre(5, 6));

	ASSERT_THAT(this->calls, SizeIs(1));
	EXPECT_EQ(this->calls[0].maxevents, 16);
	EXPECT_EQ(this->calls[0].flags, MYEPOLL_WAIT_RING);
	EXPECT_LT(this->calls[0].timeout_ns, 0);
	EXPECT_EQ(this->calls[0].seen, 5U);
	EXPECT_EQ(this->calls[0].sigmask, 0U);
}

TYPED_TEST(Waiting, puts_what_the_call_delivers_first)
{
	this->answer = [this](myepoll::event* events) {
		this->post(0, 8);
		for (std::uint64_t i = 0; i < 10; i++)
			events[i] = {interest::in, 100 + i};
		return 10;
	};
	EXPECT_THAT(data_of(this->wait()),
		    ElementsAre(100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 0, 1, 2, 3, 4, 5));
	EXPECT_THAT(data_of(this->wait()), ElementsAre(6, 7));
}

TYPED_TEST(Waiting, looks_by_a_call_if_the_header_says_so)
{
	this->kernel.set_state(MYEPOLL_RING_WAIT);
	this->answer = [](myepoll::event* events) {
		events[0] = {interest::out, 7};
		return 1;
	};
	EXPECT_THAT(data_of(this->wait(0ns)), ElementsAre(7));
	ASSERT_THAT(this->calls, SizeIs(1));
	EXPECT_EQ(this->calls[0].timeout_ns, 0);
}

// Else a ring that never gets empty would keep all others waiting.
TYPED_TEST(Waiting, makes_a_call_after_256_events_if_the_header_says_so)
{
	for (const unsigned state : {0U, unsigned{MYEPOLL_RING_WAIT}}) {
		this->kernel.set_state(state);
		std::vector<std::size_t> calls_at;
		for (std::uint64_t next = 0; next < 1024; next += 8) {
			this->post(next, next + 8);
			this->wait();
			if (!this->calls.empty()) {
				EXPECT_EQ(this->calls[0].timeout_ns, 0);
				calls_at.push_back(next);
				this->calls.clear();
			}
		}
		if (state == 0)
			EXPECT_THAT(calls_at, IsEmpty());
		else
			EXPECT_THAT(calls_at, ElementsAre(0, 256, 512, 768));
	}
}

TYPED_TEST(Waiting, goes_on_for_the_rest_of_the_time_if_others_were_faster)
{
	this->answer = [this](auto) {
		if (this->calls.size() == 3)
			this->post(0, 1);
		std::this_thread::sleep_for(1ms);
		return 0;
	};
	EXPECT_THAT(data_of(this->wait(1h)), ElementsAre(0));
	ASSERT_THAT(this->calls, SizeIs(3));
	EXPECT_EQ(this->calls[0].timeout_ns, std::chrono::nanoseconds{1h}.count());
	EXPECT_LE(this->calls[2].timeout_ns, std::chrono::nanoseconds{1h - 2ms}.count());
	EXPECT_GT(this->calls[2].timeout_ns, std::chrono::nanoseconds{1min}.count());
}

TYPED_TEST(Waiting, ends_when_the_time_is_over)
{
	this->answer = [](auto) {
		std::this_thread::sleep_for(2ms);
		return 0;
	};
	EXPECT_THAT(this->wait(1ms), IsEmpty());
	EXPECT_THAT(this->calls, SizeIs(1));
}

TYPED_TEST(Waiting, passes_the_mask)
{
	const sigset_t mask = support::signal_set({SIGUSR1});
	this->answer = [this](auto) {
		this->post(0, 1);
		return 0;
	};
	EXPECT_THAT(this->ring.wait(this->set, this->buffer, std::nullopt, mask), SizeIs(1));
	EXPECT_EQ(this->calls.at(0).sigmask, reinterpret_cast<std::uintptr_t>(&mask));
}

TYPED_TEST(Waiting, reports_errors_in_both_styles)
{
	const sigset_t mask{};
	for (const int number : {EINTR, EBADF, EINVAL}) {
		this->answer = [number](auto) { return -number; };
		std::error_code error;
		EXPECT_THAT(this->ring.wait(this->set, this->buffer, std::nullopt, error), IsEmpty());
		EXPECT_EQ(error.value(), number);
		error.clear();
		EXPECT_THAT(this->ring.wait(this->set, this->buffer, std::nullopt, mask, error), IsEmpty());
		EXPECT_EQ(error.value(), number);
		try {
			this->wait();
			ADD_FAILURE() << "did not throw";
		} catch (const std::system_error& thrown) {
			EXPECT_EQ(thrown.code().value(), number);
			EXPECT_THAT(thrown.what(), testing::StartsWith("MYEPOLL_IOC_WAIT: "));
		}
	}
	static_assert(noexcept(this->ring.take(this->one)));
	static_assert(noexcept(this->ring.take(this->buffer)));
	static_assert(noexcept(this->ring.maybe_ready()));
}

TYPED_TEST(Waiting, needs_room)
{
	std::error_code error;
	this->post(0, 1);
	this->ring.wait(this->set, {}, 0ns, error);
	EXPECT_EQ(error.value(), EINVAL);
	EXPECT_THROW(this->ring.wait(this->set, {}), std::system_error);
	EXPECT_THAT(this->wait(), SizeIs(1));
}

TYPED_TEST(Waiting, clears_the_error_code)
{
	std::error_code error{EINVAL, std::system_category()};
	this->ring.wait(this->set, this->buffer, 0ns, error);
	EXPECT_FALSE(error);
}

// Rings that cannot be made.
template <class Ring> class Making : public testing::Test {};
TYPED_TEST_SUITE(Making, kinds, names);

// INFO's answer, and ENOTTY for all else, as a module without rings has.
scripted_ioctl older_module(std::uint32_t abi)
{
	return scripted_ioctl{[abi](unsigned long request, void* argument) -> long {
		if (request != MYEPOLL_IOC_INFO)
			return -ENOTTY;
		*static_cast<myepoll_info*>(argument) = {.abi_version = abi,
							 .event_size = sizeof(myepoll::event),
							 .features = 0,
							 .instance = 1,
							 .reserved = 0};
		return 0;
	}};
}

TYPED_TEST(Making, names_both_versions_if_the_module_is_older)
{
	myepoll::instance set{myepoll::file_descriptor{support::make_eventfd().release()}};
	const scripted_ioctl module = older_module(4);
	std::error_code error;
	const TypeParam ring{set, 64, error};
	EXPECT_EQ(error.value(), EPROTONOSUPPORT);
	EXPECT_EQ(ring.fd(), -1);
	try {
		const TypeParam other{set, 64};
		ADD_FAILURE() << "did not throw";
	} catch (const std::system_error& thrown) {
		EXPECT_EQ(thrown.code().value(), EPROTONOSUPPORT);
		EXPECT_THAT(thrown.what(),
			    testing::StartsWith("MYEPOLL_IOC_RING (the module has ABI 4, a ring needs 5 or later): "));
	}
}

TYPED_TEST(Making, reports_other_errors_as_they_are)
{
	myepoll::instance no_set{myepoll::file_descriptor{support::make_eventfd().release()}};
	std::error_code error;
	const TypeParam ring{no_set, 64, error};
	EXPECT_EQ(error.value(), ENOTTY);
	for (const int number : {EEXIST, EBUSY, ENOSPC, EINVAL}) {
		const scripted_ioctl module{[number](unsigned long, void*) { return -number; }};
		try {
			const TypeParam other{no_set, 64};
			ADD_FAILURE() << "did not throw";
		} catch (const std::system_error& thrown) {
			EXPECT_EQ(thrown.code().value(), number);
			EXPECT_THAT(thrown.what(), testing::StartsWith("MYEPOLL_IOC_RING: "));
		}
	}
}

TYPED_TEST(Making, fails_for_what_is_no_ring)
{
	const auto other = [] { return myepoll::file_descriptor{support::make_eventfd().release()}; };
	std::error_code error;
	TypeParam ring{other(), error};
	EXPECT_EQ(error.value(), ENODEV);
	EXPECT_FALSE(ring.maybe_ready());
	myepoll::event one;
	EXPECT_FALSE(ring.take(one));
	EXPECT_THROW(TypeParam{other()}, std::system_error);
	EXPECT_THROW(TypeParam{myepoll::file_descriptor{}}, std::system_error);
}

} // namespace
