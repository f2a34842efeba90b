// SPDX-License-Identifier: GPL-2.0-only
// Measures each operation on one contender, and prints a line for each figure.
#include "bench/contenders/contenders.hpp"
#include "bench/figures.hpp"
#include "bench/groups.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace bench;

constexpr std::array contenders{"none",  "unloaded", "myepoll", "ring",     "traced",
				"preload", "epoll",    "poll",    "io_uring", "io_uring-multishot"};

// A million rounds of two or three instructions. On a machine whose TSC counts time, the result is far off.
void check_that_instructions_count()
{
	meter loop;
	loop.count([] {
		for (int i = 0; i < 1'000'000; i++)
			asm volatile("");
	});
	const double each = loop.each() / 1e6;
	if (each < 1.9 || each > 3.5)
		throw std::runtime_error("the time stamp counter does not count instructions here; use qemu/vm --accel icount");
}

// With the preload library, the same calls have to reach myepoll.
void check_whose_set_it_is(const std::string& contender)
{
	const std::string expected = contender == "epoll" ? "anon_inode:[eventpoll]" : "anon_inode:[myepoll]";
	with_set(contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (is_epoll<Set>) {
			const Set set;
			std::array<char, 64> link{};
			checked(readlink(("/proc/self/fd/" + std::to_string(set.fd())).c_str(), link.data(), link.size() - 1),
				"readlink");
			if (link.data() != expected)
				throw std::runtime_error(contender + " got " + link.data());
		}
	});
}

} // namespace

int main(int argc, char** argv)
{
	CLI::App app{"Counts the instructions of operations on myepoll and its alternatives. Prints, separated by "
		     "tabs: kernel, boot line, contender, operation, watched, ready, minimum of the repeats, spread "
		     "((max - min) / min), unit."};
	figures::settings chosen;
	bool million = false;
	std::vector<std::string> names;
	app.add_option("contender", chosen.contender)->required()->check(CLI::IsMember(contenders));
	app.add_option("group", names, "only these groups of operations");
	app.add_option("--boot", chosen.boot, "name of the boot line, for the output");
	app.add_flag("--quick", chosen.quick, "each operation in one size, with fewer rounds");
	app.add_flag("--million", million, "also with a million watches");
	CLI11_PARSE(app, argc, argv);
	if (chosen.quick) {
		chosen.budget = 1'000'000;
		chosen.repeats = 3;
	}
	if (million)
		chosen.most_watched = 1'000'000;

	try {
		check_that_instructions_count();
		check_whose_set_it_is(chosen.contender);
		figures out{chosen};
		for (const group& one : groups) {
			if (one.preempt != (chosen.boot == "preempt"))
				continue;
			if (names.empty() || std::find(names.begin(), names.end(), one.name) != names.end())
				one.measure(out);
		}
	} catch (const std::exception& error) {
		std::fprintf(stderr, "bench %s: %s\n", chosen.contender.c_str(), error.what());
		return 1;
	}
	return 0;
}
