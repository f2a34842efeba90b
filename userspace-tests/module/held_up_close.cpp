// SPDX-License-Identifier: GPL-2.0-only
// A close that a user holds up must not hold up an unload, which nobody could interrupt: rmmod reports that
// the module is in use. Here the last close of a file waits in the kernel's own epoll, whose mutex the user
// holds, and the module has not been notified yet.
#include "support/late_close.hpp"
#include "support/storm.hpp"
#include "support/stuck_set.hpp"
#include "support/test.hpp"
#include "support/unload_storm.hpp"

#include <array>
#include <functional>
#include <optional>

using namespace support;

namespace {

enum class last_close { of_target_by_its_owner, of_target_by_a_waiter, of_set };

constexpr std::array all_last_closes{last_close::of_target_by_its_owner, last_close::of_target_by_a_waiter,
				     last_close::of_set};

//	stuck (kernel epoll) <- target -> set, or stuck <- set <- target
//
// Once constructed, the set is closed as well, and nobody uses it any more.
class held_up_close {
public:
	held_up_close(last_close which, event_set set, stuck_set& stuck) : set_{std::move(set)}, stuck_{stuck}
	{
		const bool of_set = which == last_close::of_set;
		EXPECT_THAT(set_.add(target_.fd(), EPOLLIN | EPOLLET), succeeds());
		EXPECT_THAT(stuck_.set().add(of_set ? set_.fd() : target_.fd(), EPOLLIN | EPOLLET), succeeds());
		stuck_.begin();
		if (which == last_close::of_target_by_its_owner)
			close_in_thread([this] { target_.close(); });
		else if (which == last_close::of_target_by_a_waiter)
			late_close{target_, [this] { set_.wait(for_ever); }};
		else
			close_in_thread([this] { set_.close(); });
		if (!of_set)
			set_.close();
	}
	~held_up_close() { go_on(); }

	void go_on()
	{
		stuck_.end();
		closer_.reset();
	}

private:
	void close_in_thread(const std::function<void()>& close)
	{
		closer_.emplace(close);
		await([this] { return closer_->state().state == 'D'; });
	}

	polled_file target_{0};
	event_set set_;
	std::optional<helper_thread> closer_;
	stuck_set& stuck_;
};

class HeldUpClose : public module_test {
protected:
	void makes_unloads_fail(last_close which)
	{
		may_take(60s);
		ASSERT_EQ(polled_file::why_impossible(), std::nullopt);
		ASSERT_EQ(load_module(module()), 0);
		stuck_set stuck{event_set{backend::epoll}};
		held_up_close held_up{which, create_set(), stuck};

		long error = 0;
		helper_thread unloader{[&] { error = unload_module(); }};
		EXPECT_TRUE(soon([&] { return unloader.finished(); })) << "the unload waits for the close";
		held_up.go_on();
		unloader.join();

		EXPECT_THAT(error, fails_with(EWOULDBLOCK));
		EXPECT_TRUE(soon([] { return !module_is_loaded() || unload_module() == 0; }));
	}
};

TEST_F(HeldUpClose, of_a_target_by_its_owner_makes_unloads_fail)
{
	makes_unloads_fail(last_close::of_target_by_its_owner);
}

// behaviours: 167
TEST_F(HeldUpClose, of_a_target_by_a_waiter_makes_unloads_fail)
{
	makes_unloads_fail(last_close::of_target_by_a_waiter);
}

TEST_F(HeldUpClose, of_a_set_makes_unloads_fail) { makes_unloads_fail(last_close::of_set); }

class UnloadStorm : public unload_storm {
protected:
	// From last_round() on, a round lasts until unloads have failed because of it; after an unload has hung, no
	// longer.
	void hold_up_a_close(dice& roll, stuck_set& stuck)
	{
		unique_fd device = open_device();
		if (device < 0)
			return;
		event_set set = create_set(device);
		device.close();
		const held_up_close held_up{roll.one_of(all_last_closes), std::move(set), stuck};
		const long before = refusals();
		if (++rounds_ >= last_round() && !hung_)
			hung_ = !soon([&] { return refusals() > before + 2; });
	}
	long rounds() const { return rounds_; }
	bool an_unload_hung() const { return hung_; }

private:
	std::atomic<long> rounds_ = 0;
	std::atomic<bool> hung_ = false;
};

// behaviours: 167
TEST_F(UnloadStorm, meets_closes_that_are_held_up)
{
	ASSERT_EQ(polled_file::why_impossible(), std::nullopt);
	storm weather;
	dice roll = weather.next_dice();
	stuck_set stuck{event_set{backend::epoll}};
	const repeating_thread user{[&] { hold_up_a_close(roll, stuck); }};

	load_and_unload_beside([this] { return rounds(); });

	EXPECT_FALSE(an_unload_hung()) << "it hung until the close that held it up went on";
}

} // namespace
