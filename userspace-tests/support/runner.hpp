// SPDX-License-Identifier: GPL-2.0-only
// Runs one test in a process of its own.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace support {

enum class verdict { passed, failed, skipped };

struct test_result {
	verdict outcome = verdict::failed;
	std::vector<std::string> notes; // what failed, or why it was skipped
	std::chrono::milliseconds took{};
};

// The names that match the GoogleTest filter, in source order.
std::vector<std::string> select_tests();

test_result run_test(const std::string& full_name);

} // namespace support
