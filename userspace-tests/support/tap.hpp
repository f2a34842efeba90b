// SPDX-License-Identifier: GPL-2.0-only
// Results on standard output, in the Test Anything Protocol, and their totals.
#pragma once

#include "support/runner.hpp"

#include <string>

namespace support {

class tap_report {
public:
	tap_report(std::string program, std::size_t planned);

	void add(const std::string& full_name, const test_result& result);
	// Prints the totals; true if there were tests and none failed.
	bool finish() const;

private:
	void add_known_difference(const std::string& full_name, const test_result& result,
				  const std::string& reason);
	void pass(const std::string& full_name, const std::string& directive);
	void fail(const std::string& full_name, const test_result& result);
	int total() const { return passed_ + failed_ + skipped_ + differing_; }

	std::string program_;
	int passed_ = 0;
	int failed_ = 0;
	int skipped_ = 0;
	int differing_ = 0;
};

} // namespace support
