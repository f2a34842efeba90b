// SPDX-License-Identifier: GPL-2.0-only
#include "support/tap.hpp"

#include "support/expectation.hpp"

#include <algorithm>
#include <iostream>
#include <sstream>

namespace support {
namespace {

void print_comment(const std::string& text)
{
	std::istringstream lines{text};
	for (std::string line; std::getline(lines, line);)
		std::cout << "# " << line << "\n";
}

std::string on_one_line(std::string text)
{
	std::replace(text.begin(), text.end(), '\n', ' ');
	return text;
}

// "LevelTriggered.reports_until_drained/epoll" claims "reports until drained".
std::string claim_of(const std::string& full_name)
{
	const auto dot = full_name.find('.') + 1;
	std::string claim = full_name.substr(dot, full_name.find('/', dot) - dot);
	std::replace(claim.begin(), claim.end(), '_', ' ');
	return claim;
}

} // namespace

tap_report::tap_report(std::string program, std::size_t planned) : program_{std::move(program)}
{
	std::cout << "TAP version 13\n1.." << planned << std::endl;
}

void tap_report::pass(const std::string& full_name, const std::string& directive)
{
	std::cout << "ok " << total() << " - " << full_name << directive << std::endl;
}

void tap_report::fail(const std::string& full_name, const test_result& result)
{
	++failed_;
	std::cout << "not ok " << total() << " - " << full_name << "\n";
	print_comment("claim: " + claim_of(full_name));
	for (const std::string& note : result.notes)
		print_comment(note);
	print_comment("after " + std::to_string(result.took.count()) + " ms; rerun: " + program_ +
		      " --gtest_filter='" + full_name + "'");
	std::cout << std::flush;
}

void tap_report::add_known_difference(const std::string& full_name, const test_result& result,
				      const std::string& reason)
{
	if (result.outcome == verdict::failed) {
		++differing_;
		pass(full_name, " # known difference: " + reason);
		return;
	}
	test_result surprise = result;
	surprise.notes = {"passes, but is listed as a known difference: " + reason};
	fail(full_name, surprise);
}

void tap_report::add(const std::string& full_name, const test_result& result)
{
	const auto difference = known_difference_of(full_name);
	if (result.outcome == verdict::skipped) {
		++skipped_;
		pass(full_name, " # SKIP " + on_one_line(result.notes.front()));
	} else if (difference) {
		add_known_difference(full_name, result, *difference);
	} else if (result.outcome == verdict::passed) {
		++passed_;
		pass(full_name, "");
	} else {
		fail(full_name, result);
	}
}

bool tap_report::finish() const
{
	if (total() == 0)
		std::cout << "# no test ran: that is a failure\n";
	std::cout << passed_ << " passed, " << failed_ << " failed";
	if (skipped_ > 0)
		std::cout << ", " << skipped_ << " skipped";
	if (differing_ > 0)
		std::cout << ", " << differing_ << " known to differ";
	std::cout << std::endl;
	return failed_ == 0 && total() > 0;
}

} // namespace support
