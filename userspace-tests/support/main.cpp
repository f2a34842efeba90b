// SPDX-License-Identifier: GPL-2.0-only
// The main function of every test program: selects tests and runs each in a process of its own.
#include "support/backend.hpp"
#include "support/runner.hpp"
#include "support/tap.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <iostream>

namespace {

constexpr int usage_error = 2;

const char* const usage = R"(usage: PROGRAM [--gtest_filter=PATTERN] [--list] [--repeat N]

Runs each test in a process of its own and prints TAP.

  --gtest_filter=PATTERN   only tests whose name matches: 'A*:B?.c*-*/epoll'
  --list                   print the names of the tests instead of running them
  --repeat N               run all of them N times

MYEPOLL_REQUIRED=1             a missing /dev/myepoll is a failure, not a skip
MYEPOLL_TEST_TIMEOUT_SCALE=X   multiplies the time limit of each test, usually 10 seconds
)";

struct options {
	bool list = false;
	int repeat = 1;
};

[[noreturn]] void refuse(const std::string& problem)
{
	std::cerr << problem << "\n" << usage;
	std::exit(usage_error);
}

options parse(int argc, char** argv)
{
	options chosen;
	for (int i = 1; i < argc; ++i) {
		if (std::strcmp(argv[i], "--help") == 0) {
			std::cout << usage;
			std::exit(0);
		} else if (std::strcmp(argv[i], "--list") == 0) {
			chosen.list = true;
		} else if (std::strcmp(argv[i], "--repeat") == 0 && i + 1 < argc) {
			chosen.repeat = std::atoi(argv[++i]);
		} else if (std::strncmp(argv[i], "--gtest_filter=", 15) != 0) {
			refuse(std::string{"unknown argument "} + argv[i]);
		}
	}
	return chosen;
}

int list_tests()
{
	for (const std::string& name : support::select_tests())
		std::cout << name << "\n";
	return 0;
}

} // namespace

int main(int argc, char** argv)
{
	const options chosen = parse(argc, argv);
	testing::InitGoogleTest(&argc, argv);
	if (chosen.list)
		return list_tests();

	const auto tests = support::select_tests();
	support::tap_report report{argv[0], tests.size() * static_cast<std::size_t>(chosen.repeat)};
	for (int round = 0; round < chosen.repeat; ++round)
		for (const std::string& name : tests)
			report.add(name, support::run_test(name));
	return report.finish() ? 0 : 1;
}
