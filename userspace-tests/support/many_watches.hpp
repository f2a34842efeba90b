// SPDX-License-Identifier: GPL-2.0-only
// How many watches the tests with very many have, and how to have so many descriptors.
#pragma once

#include "support/targets.hpp"

#include <sys/resource.h>

#include <cstddef>
#include <cstdlib>
#include <vector>

namespace support {

// MYEPOLL_STRESS_WATCHES=N for more or fewer.
inline std::size_t watches()
{
	constexpr std::size_t usual = 20'000;
	const char* const given = std::getenv("MYEPOLL_STRESS_WATCHES");
	return given == nullptr ? usual : std::strtoull(given, nullptr, 0);
}

// That many descriptors, and some more for other things.
inline void allow_descriptors(std::size_t count)
{
	const rlimit many{count + 1000, count + 1000};
	checked(setrlimit(RLIMIT_NOFILE, &many), "RLIMIT_NOFILE");
}

// Descriptors of one file, each of which can be watched by itself.
inline std::vector<unique_fd> many_numbers(unique_fd file, std::size_t count)
{
	std::vector<unique_fd> numbers;
	numbers.push_back(std::move(file));
	while (numbers.size() < count)
		numbers.push_back(duplicate(numbers.front()));
	return numbers;
}

} // namespace support
