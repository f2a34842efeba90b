// SPDX-License-Identifier: MIT
#include "demo/plan.hpp"

#include <algorithm>
#include <array>

#include "demo/content.hpp"

namespace demo {
namespace {

/** A counter run through the mixing function of content.hpp. */
class random {
public:
	explicit random(std::uint64_t seed) noexcept : state_{seed} {}

	std::uint64_t next() noexcept { return word(state_, position_++); }

	std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept
	{
		return low + next() % (high - low + 1);
	}

private:
	std::uint64_t state_;
	std::uint64_t position_ = 0;
};

// Out of every 100 clients; the rest are steady.
constexpr unsigned half_closers = 10;
constexpr unsigned resetters = 5;
constexpr unsigned slow_readers = 2;

constexpr std::uint64_t most_in_flight = 4;

conduct manner_of(unsigned number)
{
	const unsigned place = number * 37 % 100; // shuffles; each block of 100 has the same shares
	if (place < half_closers)
		return conduct::half_close;
	if (place < half_closers + resetters)
		return conduct::reset;
	if (place < half_closers + resetters + slow_readers)
		return conduct::slow_reader;
	return conduct::steady;
}

// Usually small, like real messages; a few are larger than what the server reads at once.
std::uint64_t steady_size(random& dice)
{
	const std::uint64_t class_of_100 = dice.between(1, 100);
	if (class_of_100 <= 70)
		return dice.between(1, 64);
	if (class_of_100 <= 94)
		return dice.between(65, 1024);
	if (class_of_100 <= 99)
		return dice.between(1025, 4096);
	return dice.between(4097, 40960);
}

// 100 such messages fill every buffer on the way back and make the server stop reading.
std::uint64_t slow_reader_size(random& dice)
{
	return dice.between(1, 12288);
}

client_plan plan_client(unsigned number, unsigned messages, random dice)
{
	client_plan client{.manner = manner_of(number),
			   .key = dice.next(),
			   .window = dice.between(1, most_in_flight),
			   .ends = {}};
	const bool slow = client.manner == conduct::slow_reader;
	if (slow)
		client.window = messages;
	std::uint64_t end = 0;
	for (unsigned i = 0; i < messages; i++)
		client.ends.push_back(end += slow ? slow_reader_size(dice) : steady_size(dice));
	return client;
}

} // namespace

const char* name(conduct manner) noexcept
{
	constexpr std::array<const char*, conducts> names{"steady", "half-close", "slow reader",
							  "reset"};
	return names[static_cast<std::size_t>(manner)];
}

plan::plan(unsigned count, unsigned messages, std::uint64_t seed)
{
	for (unsigned i = 0; i < count; i++) {
		const unsigned share = messages / count + (i < messages % count);
		clients.push_back(plan_client(i, share, random{word(seed, i)}));
	}
}

std::size_t plan::count(conduct manner) const noexcept
{
	return static_cast<std::size_t>(std::ranges::count(clients, manner, &client_plan::manner));
}

} // namespace demo
