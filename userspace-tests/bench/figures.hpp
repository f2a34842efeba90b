// SPDX-License-Identifier: GPL-2.0-only
// Turns rounds of an operation into figures, and prints one line for each.
#pragma once

#include "bench/median.hpp"
#include "bench/meter.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// What a figure measures. `watched` and `ready` are numbers of descriptors, 0 where there are none.
struct label {
	std::string operation;
	std::uint64_t watched = 0;
	std::uint64_t ready = 0;
};

// When the kernel gets time for deferred work. The cost of an allocation depends on how many freed objects
// wait for a grace period, so an operation that allocates settles before each batch.
enum class settled { before_each_repeat, before_each_batch };

class figures {
public:
	struct settings {
		std::string boot = "-";              // name of the boot line, for the output
		std::string contender;               // its name
		std::uint64_t budget = 4'000'000;    // counted instructions of one repeat
		unsigned int repeats = 5;
		std::uint64_t most_watched = 102400; // larger sizes are left out
		bool quick = false;                  // each operation in one size only
	};

	explicit figures(settings chosen);

	const settings& chosen() const noexcept { return chosen_; }

	// The sizes to measure: all, or for a quick run the second.
	std::vector<std::uint64_t> sizes(std::initializer_list<std::uint64_t> all) const;

	// Calls `round` with an array of meters, one for each label, as often as the budget of a repeat
	// allows, and prints a line for each label.
	//
	// The rounds of a repeat are counted in batches, and the median batch represents the repeat. A
	// batch is short, so that few contain a timer tick, and has up to 64 rounds, so that each contains
	// what a call does only once in some dozen times, such as starting a new slab.
	template <std::size_t N, typename Round>
	void measure(const label (&labels)[N], Round&& round, settled when = settled::before_each_repeat)
	{
		const plan chosen = plan_for(labels, round);
		std::array<std::vector<double>, N> seen;
		for (unsigned int repeat = 0; repeat <= chosen_.repeats; repeat++) {
			std::array<std::vector<double>, N> batches;
			for (std::uint64_t batch = 0; batch < chosen.batches; batch++) {
				if (batch == 0 || when == settled::before_each_batch)
					settle();
				std::array<meter, N> meters{};
				for (std::uint64_t i = 0; i < chosen.rounds; i++)
					round(meters);
				for (std::size_t i = 0; i < N; i++)
					batches[i].push_back(meters[i].each());
			}
			// The first repeat brings caches, slabs and deferred work into a steady state.
			for (std::size_t i = 0; repeat > 0 && i < N; i++)
				seen[i].push_back(median(batches[i]));
		}
		for (std::size_t i = 0; i < N; i++)
			print(labels[i], seen[i]);
	}

	// Prints a figure that is not a number of instructions.
	void print(const label& of, double value, std::string_view unit) const;

private:
	struct plan {
		std::uint64_t batches; // per repeat
		std::uint64_t rounds;  // per batch
	};

	// Based on the second of two rounds; the first is more expensive.
	template <std::size_t N, typename Round> plan plan_for(const label (&)[N], Round& round) const
	{
		std::uint64_t counted = 1, all = 0;
		for (int i = 0; i < 2; i++) {
			std::array<meter, N> meters{};
			const std::uint64_t start = instructions();
			round(meters);
			all = instructions() - start;
			counted = 1;
			for (const meter& one : meters)
				counted += one.sum();
		}
		constexpr std::uint64_t most_in_batch = 200'000;
		const std::uint64_t rounds = std::clamp<std::uint64_t>(most_in_batch / all, 1, 64);
		return {std::clamp<std::uint64_t>(chosen_.budget / (rounds * counted), 1, most_batches), rounds};
	}

	static constexpr std::uint64_t most_batches = 50;

	// Lets the kernel finish deferred work. Takes next to no time, since the guest is idle.
	static void settle();

	void print(const label& of, const std::vector<double>& seen) const;

	settings chosen_;
	std::string release_;
};

} // namespace bench
