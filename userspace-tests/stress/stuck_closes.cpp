// SPDX-License-Identifier: GPL-2.0-only
// Many users hold up the last closes of their files for as long as they like: more closes than each user, and
// than all users together, may have in progress at once. How long do others wait meanwhile: for an unrelated
// file that the kernel's worker closes, for one of their own targets that is closed while it is polled, for
// the end of a connection?
#include "support/late_close.hpp"
#include "support/polled_file.hpp"
#include "support/shared_page.hpp"
#include "support/storm.hpp"
#include "support/stuck_set.hpp"
#include "support/test.hpp"
#include "support/time_scale.hpp"
#include "support/watch_limit.hpp"
#include "support/worker_closed_socket.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <deque>
#include <sstream>

using namespace support;

namespace {

constexpr unsigned users = 9;
constexpr unsigned closes_of_a_user = 20;
constexpr uid_t first_user = 61100;

std::chrono::milliseconds limit() { return scaled(5s); }

// In milliseconds, from all processes. What did not finish in time counts as the limit.
class times {
public:
	void add(std::chrono::duration<double, std::milli> time)
	{
		if (const std::size_t i = count_++; i < all_.size())
			all_[i] = time.count();
	}
	double worst() { return *std::max_element(begin(), end()); }
	std::string summary()
	{
		double* const middle = begin() + (end() - begin()) / 2;
		std::nth_element(begin(), middle, end());
		std::ostringstream text;
		text << count_ << " times, median " << *middle << " ms, worst " << worst() << " ms";
		return text.str();
	}

private:
	double* begin() { return all_.data(); }
	double* end() { return begin() + std::min(count_.load(), all_.size()); }

	std::array<double, 100'000> all_{};
	std::atomic<std::size_t> count_ = 0;
};

// Shared by all processes.
struct shared_numbers {
	times by_worker;
	times by_waiter;
	times fins;
	std::atomic<unsigned> rounds = 0; // incremented by each user
	std::atomic<bool> over = false;   // from then on nothing may be stuck

	void add(times& kind, std::chrono::duration<double, std::milli> time)
	{
		kind.add(time);
		if (time >= limit())
			over = true;
	}
};

// Times the close of an unrelated file, from the drop of its last reference.
void measure_close_by_worker(shared_numbers& numbers)
{
	const worker_closed_socket unrelated;
	const stopwatch clock;
	unrelated.let_go();
	unrelated.is_closed(limit());
	numbers.add(numbers.by_worker, clock.elapsed());
}

// Times the close of a target of our own set, from the end of the poll. If the close is stuck, so is the destructor.
class close_by_waiter {
public:
	close_by_waiter() { EXPECT_THAT(set_.add(target_.fd(), EPOLLIN | EPOLLET), succeeds()); }

	void measure(shared_numbers& numbers)
	{
		close_.emplace(target_, [this] { set_.wait(for_ever); });
		const stopwatch clock;
		await([&] { return target_.is_gone() || clock.elapsed() >= limit(); });
		numbers.add(numbers.by_waiter, clock.elapsed());
	}

private:
	event_set set_{backend::myepoll};
	polled_file target_{0};
	std::optional<late_close> close_;
};

// Closes sockets that a waiter may be polling, so that now and then its reference is the last.
class fin_meter {
public:
	fin_meter() { EXPECT_THAT(set_.add(quit_, EPOLLIN, quit_data), succeeds()); }
	~fin_meter() { signal_eventfd(quit_); }

	void measure(shared_numbers& numbers) const
	{
		std::array<socket_ends, batch> all;
		for (socket_ends& ends : all) {
			ends = make_tcp_pair();
			EXPECT_THAT(set_.add(ends.ours, EPOLLIN | EPOLLET), succeeds());
		}
		for (const socket_ends& ends : all)
			write_bytes(ends.peer, 1);
		std::array<stopwatch, batch> clocks;
		for (std::size_t i = 0; i < batch; ++i) {
			drain(all[i].ours);
			clocks[i] = stopwatch{};
			all[i].ours.close();
		}
		for (std::size_t i = 0; i < batch; ++i) {
			pollfd end{all[i].peer, POLLRDHUP, 0};
			poll(&end, 1, static_cast<int>(limit().count()));
			numbers.add(numbers.fins, clocks[i].elapsed());
		}
	}

private:
	static constexpr std::uint64_t quit_data = ~0ULL;
	static constexpr std::size_t batch = 16;

	event_set set_{backend::myepoll};
	unique_fd quit_ = make_eventfd();
	helper_thread waiter_{[this] {
		for (delivery got; got.events.empty() || got.events.front().data != quit_data;)
			got = set_.wait(for_ever, 1);
	}};
};

//	above <- outer <- inner, which is closed while a scan that began in one of the other two polls it
class relay {
public:
	explicit relay(dice& roll) : way_{roll.one_of(std::array{way::wait, way::poll, way::mod, way::wait_in_epoll})}
	{
		EXPECT_THAT(outer_.add(inner_.fd(), EPOLLIN | EPOLLET), succeeds());
		EXPECT_THAT(above_.add(outer_.fd(), EPOLLIN | EPOLLET), succeeds());
	}
	const event_set& inner() const { return inner_; }

	void begin_scan()
	{
		scanner_.emplace([this] { scan(); });
	}
	void await_answer() const
	{
		await([this] { return awaits_answer(scanner_->state()); });
	}
	void close_inner() { inner_.close(); }

private:
	enum class way { wait, poll, mod, wait_in_epoll };

	void scan() const
	{
		pollfd readable{outer_.fd(), POLLIN, 0};
		switch (way_) {
		case way::wait: outer_.wait(for_ever); return;
		case way::poll: poll(&readable, 1, -1); return;
		case way::mod: above_.mod(outer_.fd(), EPOLLIN | EPOLLET); return;
		case way::wait_in_epoll: above_.wait(for_ever); return;
		}
	}

	way way_;
	event_set inner_{backend::myepoll};
	event_set outer_{backend::myepoll};
	event_set above_{way_ == way::wait_in_epoll ? backend::epoll : backend::myepoll};
	std::optional<helper_thread> scanner_;
};

//	stuck <- each inner <- gate, which does not answer until all inner ones are closed
class offender {
public:
	// Mounts what it needs, then switches the process to the user.
	offender(uid_t user, int bell) : bell_{bell}, stuck_{create_as(user, backend::myepoll)}
	{
		checked(setresgid(user, user, user), "setresgid");
		checked(setresuid(user, user, user), "setresuid");
	}
	// Until the bell rings.
	void hold_up_closes(dice& roll, shared_numbers& numbers)
	{
		std::deque<relay> relays;
		for (unsigned i = 0; i < closes_of_a_user; ++i) {
			relays.emplace_back(roll);
			EXPECT_THAT(stuck_.set().add(relays.back().inner().fd(), EPOLLIN | EPOLLET), succeeds());
			EXPECT_THAT(relays.back().inner().add(gate_.fd(), EPOLLIN | EPOLLET), succeeds());
		}
		stuck_.begin();
		close_all(relays);
		++numbers.rounds;
		fin_meter{}.measure(numbers);
		await_bell();
		stuck_.end();
	}

private:
	void close_all(std::deque<relay>& relays)
	{
		gate_.wake();
		gate_.hold();
		for (relay& r : relays)
			r.begin_scan();
		for (const relay& r : relays)
			r.await_answer();
		for (relay& r : relays)
			r.close_inner();
		gate_.release();
	}
	void await_bell() const
	{
		pollfd rung{bell_, POLLIN, 0};
		while (poll(&rung, 1, -1) != 1)
			continue;
		take_eventfd(bell_);
	}

	int bell_;
	polled_file gate_{0};
	stuck_set stuck_;
};

// Exits with its files still mounted: only root could unmount them.
[[noreturn]] void offend(uid_t user, int bell, dice roll, shared_numbers& numbers)
{
	static offender culprit{user, bell};
	while (!numbers.over)
		culprit.hold_up_closes(roll, numbers);
	_exit(testing::Test::HasFailure());
}

class StuckCloseStorm : public device_test {
protected:
	std::optional<std::string> why_impossible() const override { return polled_file::why_impossible(); }
};

// behaviours: 122, 130, 167
TEST_F(StuckCloseStorm, of_many_users_delays_nobody_else)
{
	const shared_page<shared_numbers> numbers;
	storm weather;
	std::array<unique_fd, users> bells;
	std::deque<child_process> offenders;
	for (unsigned i = 0; i < users; ++i) {
		bells[i] = make_eventfd();
		offenders.emplace_back([&] { offend(first_user + i, bells[i], weather.next_dice(), *numbers); });
	}
	unsigned rounds = 0;
	while (!numbers->over) {
		const bool all_are_stuck = numbers->rounds == users * (rounds + 1);
		measure_close_by_worker(*numbers);
		close_by_waiter unrelated;
		unrelated.measure(*numbers);
		if (!all_are_stuck && !numbers->over)
			continue;
		if (++rounds >= 2 && !weather.goes_on())
			numbers->over = true;
		for (const unique_fd& bell : bells)
			signal_eventfd(bell);
	}
	for (child_process& one : offenders)
		EXPECT_EQ(one.join(), 0);

	weather.note(std::to_string(rounds) + " times " + std::to_string(users * closes_of_a_user) +
		     " closes stuck; closes by the worker: " + numbers->by_worker.summary() + "; by a waiter: " +
		     numbers->by_waiter.summary() + "; FINs: " + numbers->fins.summary());
	const auto too_long = static_cast<double>(limit().count());
	EXPECT_LT(numbers->by_worker.worst(), too_long);
	EXPECT_LT(numbers->by_waiter.worst(), too_long);
	EXPECT_LT(numbers->fins.worst(), too_long);
}

} // namespace
