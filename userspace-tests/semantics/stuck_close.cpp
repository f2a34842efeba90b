// SPDX-License-Identifier: GPL-2.0-only
// The last reference to a target is dropped by a thread that was polling it, and the close then waits
// for the mutex of another set, which a user can hold indefinitely. Nothing else may be held up by
// that: no file that the kernel's own worker has to close, and no target closed in the same way. The
// drawings read: watcher <- watched.
#include "support/late_close.hpp"
#include "support/stuck_set.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"
#include "support/worker_closed_socket.hpp"

#include <poll.h>

#include <deque>
#include <functional>

using namespace support;

namespace {

//	stuck <- target -> set
class StuckClose : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return polled_file::why_impossible(); }
	void prepare() override
	{
		target_.emplace(0);
		other_.emplace(0);
		stuck_.emplace(create());
		ASSERT_THAT(stuck_->set().add(target_->fd(), EPOLLIN | EPOLLET), succeeds());
		stuck_->begin();
	}
	void TearDown() override { stuck_.reset(); }

	// Sets live until the end of the test, because threads wait on them until then.
	const event_set& make_set(backend which) { return sets_.emplace_back(which); }
	const event_set& make_set() { return make_set(GetParam()); }
	const event_set& make_set_with(const polled_file& target)
	{
		const event_set& set = make_set();
		EXPECT_THAT(set.add(target.fd(), EPOLLIN | EPOLLET), succeeds());
		return set;
	}
	const polled_file& target() const { return *target_; }
	polled_file& other() { return *other_; }
	// Makes this call, which polls the target, the holder of the last reference.
	void leave_close_to(const std::function<void()>& poll) { close_.emplace(*target_, poll); }
	void leave_other_close_to(const std::function<void()>& poll) { other_close_.emplace(*other_, poll, EPOLLIN); }

private:
	std::optional<polled_file> target_;
	std::optional<polled_file> other_;
	std::deque<event_set> sets_;
	std::optional<late_close> close_;
	std::optional<late_close> other_close_;
	std::optional<stuck_set> stuck_;
};

SEMANTICS_INSTANCES(StuckClose);

int poll_for_ever(const event_set& set)
{
	pollfd readable{set.fd(), POLLIN, 0};
	return poll(&readable, 1, -1);
}

// Twice: the worker may have taken the first file before it got stuck.
void expect_worker_goes_on()
{
	for (int i = 0; i < 2; ++i) {
		const worker_closed_socket unrelated;
		unrelated.let_go();
		ASSERT_TRUE(soon([&] { return unrelated.is_closed(); })) << "an unrelated file was not closed";
	}
}

// behaviours: 122, 130, 167
TEST_P(StuckClose, by_a_waiter_holds_up_no_other_file)
{
	const event_set& set = make_set_with(target());

	leave_close_to([&set] { set.wait(for_ever); });

	expect_worker_goes_on();
}

// behaviours: 122, 130, 167
TEST_P(StuckClose, by_a_waiter_holds_up_no_other_close_by_a_waiter)
{
	const event_set& set = make_set_with(target());
	const event_set& other_set = make_set_with(other());
	leave_close_to([&set] { set.wait(for_ever); });

	leave_other_close_to([&other_set] { other_set.wait(for_ever); });

	EXPECT_TRUE(soon([this] { return other().is_gone(); }));
}

// behaviours: 122, 135, 167
TEST_P(StuckClose, by_a_poll_of_the_set_holds_up_no_other_file)
{
	const event_set& set = make_set_with(target());

	leave_close_to([&set] { poll_for_ever(set); });

	expect_worker_goes_on();
}

//	outer <- set
//
// behaviours: 116, 122, 167
TEST_P(StuckClose, by_a_waiter_on_an_outer_set_holds_up_no_other_file)
{
	const event_set& set = make_set_with(target());
	const event_set& outer = make_set();
	ASSERT_THAT(outer.add(set.fd(), EPOLLIN | EPOLLET), succeeds());

	leave_close_to([&outer] { outer.wait(for_ever); });

	expect_worker_goes_on();
}

//	outer (kernel epoll) <- set
//
// behaviours: 116, 122, 167
TEST_P(StuckClose, by_a_waiter_on_an_outer_kernel_epoll_holds_up_no_other_file)
{
	const event_set& set = make_set_with(target());
	const event_set& outer = make_set(backend::epoll);
	ASSERT_THAT(outer.add(set.fd(), EPOLLIN | EPOLLET), succeeds());

	leave_close_to([&outer] { outer.wait(for_ever); });

	expect_worker_goes_on();
}

// behaviours: 31, 122, 167
TEST_P(StuckClose, by_a_mod_of_the_target_holds_up_no_other_file)
{
	const event_set& set = make_set_with(target());
	const int number = target().fd();

	leave_close_to([&set, number] { EXPECT_THAT(set.mod(number, EPOLLIN), succeeds()); });

	expect_worker_goes_on();
}

//	outer <- set
//
// behaviours: 31, 116, 122, 167
TEST_P(StuckClose, by_a_mod_of_the_set_in_an_outer_one_holds_up_no_other_file)
{
	const event_set& set = make_set_with(target());
	const event_set& outer = make_set();
	ASSERT_THAT(outer.add(set.fd(), EPOLLIN | EPOLLET), succeeds());

	leave_close_to([&] { EXPECT_THAT(outer.mod(set.fd(), EPOLLIN | EPOLLET), succeeds()); });

	expect_worker_goes_on();
}

// The limit on pending closes per user; up to it, the waiters that caused them sleep on.
constexpr std::size_t most_closes_of_a_user = 16;

//	stuck <- 16 targets -> a set for each, all of one user; all targets are closed
class StuckCloses : public device_test {
protected:
	static constexpr uid_t user = watch_limit::some_user;
	static constexpr uid_t other_user = watch_limit::other_user;

	std::optional<std::string> why_impossible() const override { return polled_file::why_impossible(); }
	void prepare() override
	{
		may_take(60s);
		stuck_.emplace(create_as(user, backend::myepoll));
		for (std::size_t i = 0; i < most_closes_of_a_user; ++i) {
			make_set(user);
			ASSERT_THAT(stuck_->set().add(target().fd(), EPOLLIN | EPOLLET), succeeds());
		}
		stuck_->begin();
		for (std::size_t i = 0; i < most_closes_of_a_user; ++i) {
			close_by_waiter(targets_[i], sets_[i]);
			ASSERT_TRUE(waiter_sleeps_on()) << i;
		}
	}
	void TearDown() override { stuck_.reset(); }
	void let_them_end()
	{
		stuck_->end();
		for (polled_file& target : targets_)
			ASSERT_TRUE(soon([&] { return target.is_gone(); }));
	}

	// The set watches a new target.
	const event_set& make_set(uid_t owner)
	{
		targets_.emplace_back(0);
		sets_.push_back(create_as(owner, backend::myepoll));
		EXPECT_THAT(sets_.back().add(target().fd(), EPOLLIN | EPOLLET), succeeds());
		return sets_.back();
	}
	// The newest one.
	polled_file& target() { return targets_.back(); }
	helper_thread& poller() { return closes_.back().poller(); }

	void leave_close_to(const std::function<void()>& poll) { closes_.emplace_back(target(), poll); }
	void leave_close_to_waiter() { close_by_waiter(target(), sets_.back()); }
	bool waiter_sleeps_on()
	{
		// The thread may be about to return, or in the close itself.
		await([this] { return poller().finished() || poller().state().state != 'R'; });
		return asleep_in_wait(poller().state(), waited_on_);
	}
	long waiter_result()
	{
		poller().join();
		return result_;
	}

private:
	void close_by_waiter(polled_file& target, const event_set& set)
	{
		waited_on_ = set.fd();
		closes_.emplace_back(target, [this, &set] { result_ = set.wait(for_ever).result; });
	}

	std::deque<polled_file> targets_;
	std::deque<event_set> sets_;
	std::atomic<long> result_ = 0;
	int waited_on_ = -1;
	std::deque<late_close> closes_;
	std::optional<stuck_set> stuck_;
};

// behaviours: 87, 122, 167
TEST_F(StuckCloses, leave_further_ones_to_the_waiters_themselves)
{
	for (int i = 0; i < 3; ++i) {
		make_set(user);

		leave_close_to_waiter();

		ASSERT_TRUE(soon([this] { return target().is_gone(); }));
		EXPECT_THAT(waiter_result(), fails_with(EINTR));
	}
}

// behaviours: 122, 135, 167
TEST_F(StuckCloses, leave_a_further_one_to_a_poll_of_the_set_which_goes_on)
{
	const event_set& set = make_set(user);
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	std::atomic<int> result = -1;

	leave_close_to([&] { result = poll_for_ever(set); });

	EXPECT_TRUE(soon([this] { return target().is_gone(); }));
	EXPECT_FALSE(poller().finished());
	signal_eventfd(counter);
	poller().join();
	EXPECT_EQ(result, 1);
}

// behaviours: 122, 167
TEST_F(StuckCloses, do_not_concern_another_user)
{
	make_set(other_user);

	leave_close_to_waiter();

	EXPECT_TRUE(soon([this] { return target().is_gone(); }));
	EXPECT_TRUE(waiter_sleeps_on());
}

// behaviours: 122, 167
TEST_F(StuckCloses, that_have_come_to_an_end_do_not_count)
{
	let_them_end();
	make_set(user);

	leave_close_to_waiter();

	EXPECT_TRUE(soon([this] { return target().is_gone(); }));
	EXPECT_TRUE(waiter_sleeps_on());
}

} // namespace
