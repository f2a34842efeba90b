// SPDX-License-Identifier: GPL-2.0-only
// Writers put tokens into channels, waiters take them out when the set reports them. Whenever the
// writers pause, the waiters must find all tokens; otherwise the test hangs until its timeout.
#include "support/channel.hpp"
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <poll.h>

using namespace support;

namespace {

constexpr unsigned waiters = 5;
constexpr std::size_t channels = 8;
constexpr std::uint64_t quit_data = channels;
constexpr std::uint64_t noise_data = channels + 1;

class Tokens : public semantics_test {
protected:
	// Plays until the time is up; meddle runs at the same time.
	void play(std::uint32_t mode, const std::function<void(dice&)>& meddle = {});

	const event_set& set() const { return set_; }
	const channel& some_channel(dice& roll) const { return channels_[roll.below(channels)]; }
	std::uint32_t mode() const { return mode_; }
	std::uint64_t data_of(const channel& c) const
	{
		return static_cast<std::uint64_t>(&c - channels_.data());
	}

private:
	void prepare() override
	{
		set_ = create();
		for (std::size_t i = 0; i < channels; ++i)
			channels_.emplace_back(all_channel_kinds[i % all_channel_kinds.size()]);
	}
	void TearDown() override { channels_.clear(); set_.close(); }

	void write_burst(dice& roll);
	void wait_until_told_to_quit(dice roll);
	void serve(std::uint64_t data, dice& roll);

	event_set set_{backend::epoll, unique_fd{}};
	std::vector<channel> channels_;
	std::uint32_t mode_ = 0;
	std::array<std::atomic<int>, channels> owners_{};
	std::atomic<unsigned> shared_ = 0; // times that a oneshot channel had two owners
	std::atomic<unsigned> refused_ = 0; // MODs that failed
	std::atomic<unsigned> put_ = 0;
	std::atomic<unsigned> taken_ = 0;
};

SEMANTICS_INSTANCES(Tokens);

void Tokens::write_burst(dice& roll)
{
	// Mostly short ones, because only what is lost at the end of a burst stays lost.
	for (unsigned i = roll.below(1U << roll.below(7)); i > 0; --i) {
		const unsigned tokens = 1 + roll.below(9);
		put_ += tokens;
		some_channel(roll).put(tokens);
	}
}

void Tokens::serve(std::uint64_t data, dice& roll)
{
	const channel& c = channels_[data];
	if (mode_ & EPOLLONESHOT) {
		if (owners_[data]++ > 0)
			++shared_;
		taken_ += c.take(1 + roll.below(8));
		--owners_[data];
		if (set_.mod(c.target(), mode_, data) < 0)
			++refused_;
	} else {
		taken_ += mode_ & EPOLLET ? c.take_all() : c.take(1 + roll.below(8));
	}
}

void Tokens::wait_until_told_to_quit(dice roll)
{
	for (;;) {
		const delivery got = set_.wait(for_ever, 1 + static_cast<int>(roll.below(4)));
		for (const event& e : got.events) {
			if (e.data < channels)
				serve(e.data, roll);
			else if (e.data == quit_data)
				return;
		}
	}
}

void Tokens::play(std::uint32_t mode, const std::function<void(dice&)>& meddle)
{
	mode_ = EPOLLIN | mode;
	for (const channel& c : channels_)
		ASSERT_THAT(set_.add(c.target(), mode_, data_of(c)), succeeds());
	const unique_fd quit = make_eventfd();
	ASSERT_THAT(set_.add(quit, EPOLLIN, quit_data), succeeds());

	storm weather;
	for (unsigned i = 0; i < waiters; ++i)
		weather.start([this](dice roll) { wait_until_told_to_quit(roll); });
	dice rolls[] = {weather.next_dice(), weather.next_dice(), weather.next_dice()};
	std::atomic<bool> over = false;
	if (meddle)
		weather.start([&](dice roll) {
			while (!over)
				meddle(roll);
		});
	{
		team writers{weather,
			     {[&] { write_burst(rolls[0]); }, [&] { write_burst(rolls[1]); }}};
		while (weather.goes_on()) {
			writers.together([&] { write_burst(rolls[2]); });
			await([this] { return taken_ == put_; });
		}
	}
	over = true;
	signal_eventfd(quit);
	weather.join();
	EXPECT_EQ(shared_, 0U) << "a oneshot event was given to two waiters";
	EXPECT_EQ(refused_, 0U) << "a watched channel was not found";
	EXPECT_THAT(set_.wait(), delivers({{EPOLLIN, quit_data}}));
	weather.note(std::to_string(taken_) + " tokens");
}

// behaviours: 53, 61, 100
TEST_P(Tokens, are_all_taken_in_level_triggered_mode) { play(0); }

// behaviours: 54, 91, 100
TEST_P(Tokens, are_all_taken_in_edge_triggered_mode) { play(EPOLLET); }

// behaviours: 57, 58, 60
TEST_P(Tokens, are_all_taken_by_one_owner_at_a_time_in_oneshot_mode) { play(EPOLLONESHOT); }

// behaviours: 57, 58, 60
TEST_P(Tokens, are_all_taken_by_one_owner_at_a_time_in_edge_triggered_oneshot_mode)
{
	play(EPOLLONESHOT | EPOLLET);
}

// behaviours: 32, 34, 37
TEST_P(Tokens, are_all_taken_while_others_mod_and_remove_and_add_the_channels)
{
	play(EPOLLET, [this](dice& roll) {
		const channel& c = some_channel(roll);
		if (roll.one_in(2)) {
			EXPECT_THAT(set().mod(c.target(), mode(), data_of(c)), succeeds());
		} else {
			EXPECT_THAT(set().del(c.target()), succeeds());
			EXPECT_THAT(set().add(c.target(), mode(), data_of(c)), succeeds());
		}
	});
}

// behaviours: 121, 131
TEST_P(Tokens, are_all_taken_while_others_come_and_go)
{
	play(EPOLLET, [this](dice& roll) {
		const channel noise{roll.one_of(all_channel_kinds)};
		EXPECT_THAT(set().add(noise.target(), EPOLLIN, noise_data), succeeds());
		if (roll.one_in(2))
			noise.put(1);
	});
}

// behaviours: 56, 116, 135
TEST_P(Tokens, are_all_taken_while_others_poll_the_set)
{
	play(EPOLLET, [this](dice&) {
		pollfd readable{set().fd(), POLLIN, 0};
		poll(&readable, 1, 0);
		EXPECT_EQ(fdinfo_of(set().fd()).size(), channels + 1);
	});
}

} // namespace
