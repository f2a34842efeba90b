// SPDX-License-Identifier: GPL-2.0-only
#include "support/storm.hpp"

#include "support/report.hpp"

#include <cstdlib>
#include <iostream>

namespace support {
namespace {

constexpr std::chrono::seconds usual_length{1};
constexpr std::chrono::seconds time_to_end{40};

std::uint64_t chosen_seed()
{
	const char* const given = std::getenv("MYEPOLL_STRESS_SEED");
	return given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
}

std::chrono::seconds chosen_length()
{
	const char* const given = std::getenv("MYEPOLL_STRESS_SECONDS");
	return given != nullptr ? std::chrono::seconds{std::atoi(given)} : usual_length;
}

} // namespace

storm::storm()
	: seed_{chosen_seed()}, end_{std::chrono::steady_clock::now() + chosen_length()},
	  trace_{__FILE__, __LINE__, "MYEPOLL_STRESS_SEED=" + std::to_string(seed_)}
{
	note("MYEPOLL_STRESS_SEED=" + std::to_string(seed_));
	may_take(chosen_length() + time_to_end);
}

storm::~storm() { join(); }

bool storm::goes_on() const { return std::chrono::steady_clock::now() < end_; }

dice storm::next_dice()
{
	std::seed_seq mixed{seed_, seed_ >> 32, ++dice_given_};
	std::uint32_t words[2] = {};
	mixed.generate(std::begin(words), std::end(words));
	return dice{std::uint64_t{words[0]} << 32 | words[1]};
}

void storm::start(std::function<void(dice)> body)
{
	threads_.emplace_back(std::move(body), next_dice());
}

void storm::join()
{
	for (std::thread& thread : threads_)
		thread.join();
	threads_.clear();
}

void storm::note(const std::string& text) const
{
	const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
	std::cerr << std::string{"# "} + test.test_suite_name() + "." + test.name() + ": " + text +
			     "\n";
}

} // namespace support
