// SPDX-License-Identifier: GPL-2.0-only
// From rounds of an operation to lines of output, one for each figure.
#pragma once

#include "bench/meter.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// What a figure is of. `watched` and `ready` are numbers of descriptors, 0 where there are none.
struct label {
	std::string operation;
	std::uint64_t watched = 0;
	std::uint64_t ready = 0;
};

class figures {
public:
	struct settings {
		std::string boot = "-";              // name of the boot line, for the output
		std::string contender;               // the same
		std::uint64_t budget = 4'000'000;    // counted instructions of one repeat
		unsigned int repeats = 5;
		std::uint64_t most_watched = 102400; // larger numbers are left out
		bool quick = false;                  // one of each operation only
	};

	explicit figures(settings chosen);

	const settings& chosen() const noexcept { return chosen_; }

	// Those of the numbers that are wanted: all, or for a quick run the second.
	std::vector<std::uint64_t> sizes(std::initializer_list<std::uint64_t> all) const;

	// Calls `round` with an array of meters, one for each label, again and again: some rounds
	// unmeasured, then as many as the budget allows for each repeat. Prints a line for each label.
	template <std::size_t N, typename Round>
	void measure(const label (&labels)[N], Round&& round, std::uint64_t most_rounds = 2000)
	{
		settle();
		std::array<meter, N> first{};
		round(first);
		std::array<meter, N> trial{};
		round(trial);
		std::uint64_t cost = 1;
		for (const meter& one : trial)
			cost += one.sum();
		const std::uint64_t rounds = std::clamp<std::uint64_t>(chosen_.budget / cost, 1, most_rounds);

		std::array<std::vector<double>, N> seen;
		for (unsigned int repeat = 0; repeat <= chosen_.repeats; repeat++) {
			std::array<meter, N> meters{};
			for (std::uint64_t i = 0; i < rounds; i++)
				round(meters);
			// The first repeat brings caches, slabs and work that was put off into their steady state.
			for (std::size_t i = 0; repeat > 0 && i < N; i++)
				seen[i].push_back(meters[i].each());
		}
		for (std::size_t i = 0; i < N; i++)
			print(labels[i], seen[i]);
	}

	// A figure that is not a number of instructions.
	void print(const label& of, double value, std::string_view unit) const;

private:
	// Lets the kernel finish what the last operation has left it. Costs no time: the guest is idle.
	static void settle();
	void print(const label& of, const std::vector<double>& seen) const;

	settings chosen_;
	std::string release_;
};

} // namespace bench
