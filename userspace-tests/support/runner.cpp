// SPDX-License-Identifier: GPL-2.0-only
#include "support/runner.hpp"

#include "support/fd.hpp"
#include "support/process_dump.hpp"
#include "support/report.hpp"
#include "support/targets.hpp"
#include "support/time_scale.hpp"

#include <gtest/gtest.h>

#include <fnmatch.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace support {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds default_limit{10};

bool matches_any(const std::string& name, const std::string& patterns)
{
	std::istringstream list{patterns};
	for (std::string pattern; std::getline(list, pattern, ':');)
		if (fnmatch(pattern.c_str(), name.c_str(), 0) == 0)
			return true;
	return false;
}

bool matches_filter(const std::string& name, const std::string& filter)
{
	const auto dash = filter.find('-');
	const std::string wanted = filter.substr(0, dash);
	const std::string unwanted = dash == std::string::npos ? "" : filter.substr(dash + 1);
	return matches_any(name, wanted.empty() ? "*" : wanted) && !matches_any(name, unwanted);
}

[[noreturn]] void run_in_this_process(const std::string& full_name, int report)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	// Standard output is for the results.
	dup2(STDERR_FILENO, STDOUT_FILENO);
	report_to(report);
	GTEST_FLAG_SET(filter, full_name);
	const int failed = RUN_ALL_TESTS();
	std::fflush(nullptr);
	_exit(failed);
}

class supervised_test {
public:
	explicit supervised_test(const std::string& full_name);
	test_result run();

private:
	bool watch(); // false at the time limit
	void read_records();
	void take_record(const std::string& record);
	void end_process();
	test_result judge() const;

	clock::time_point start_ = clock::now();
	clock::duration limit_ = scaled(default_limit);
	pipe_ends report_ = make_pipe();
	pid_t pid_;
	std::string unread_;
	std::vector<std::string> failures_;
	std::vector<std::string> skips_;
	bool ended_ = false;
	int status_ = 0;
};

supervised_test::supervised_test(const std::string& full_name) : pid_{checked(fork(), "fork")}
{
	if (pid_ == 0)
		run_in_this_process(full_name, report_.writer);
	// Both processes set it, so that it is set whichever comes first.
	setpgid(pid_, pid_);
	report_.writer.close();
}

void supervised_test::take_record(const std::string& record)
{
	const std::string text = record.substr(1);
	switch (static_cast<record_kind>(record.front())) {
	case record_kind::failure:
		failures_.push_back(text);
		break;
	case record_kind::skip:
		skips_.push_back(text);
		break;
	case record_kind::seconds:
		limit_ = scaled(std::chrono::seconds{std::atoi(text.c_str())});
		break;
	case record_kind::end:
		ended_ = true;
		break;
	}
}

void supervised_test::read_records()
{
	std::array<char, 4096> bytes{};
	ssize_t count = 0;
	while ((count = read(report_.reader, bytes.data(), bytes.size())) > 0)
		unread_.append(bytes.data(), static_cast<std::size_t>(count));
	for (auto end = unread_.find(end_of_record); end != std::string::npos;
	     end = unread_.find(end_of_record)) {
		take_record(unread_.substr(0, end));
		unread_.erase(0, end + 1);
	}
}

bool supervised_test::watch()
{
	const unique_fd process = make_pidfd(pid_);
	std::array<pollfd, 2> fds{{{process, POLLIN, 0}, {report_.reader, POLLIN, 0}}};
	for (;;) {
		const auto left = std::chrono::ceil<std::chrono::milliseconds>(start_ + limit_ -
									       clock::now());
		if (left.count() <= 0)
			return false;
		poll(fds.data(), fds.size(), static_cast<int>(left.count()));
		// The end of the process is checked first, so that none of its records is missed.
		const bool gone = fds[0].revents != 0;
		read_records();
		if (gone)
			return true;
	}
}

void supervised_test::end_process()
{
	// Also kills what the test has forked and not waited for. The leader is not reaped yet, so
	// the process group ID cannot have been reused.
	kill(-pid_, SIGKILL);
	waitpid(pid_, &status_, 0);
}

test_result supervised_test::judge() const
{
	test_result result;
	result.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - start_);
	if (!failures_.empty()) {
		result.notes = failures_;
	} else if (!ended_) {
		result.notes = {WIFSIGNALED(status_)
					? std::string{"killed by a signal: "} + strsignal(WTERMSIG(status_))
					: "the process ended before the test did"};
	} else if (!skips_.empty()) {
		result.outcome = verdict::skipped;
		result.notes = skips_;
	} else {
		result.outcome = verdict::passed;
	}
	return result;
}

test_result supervised_test::run()
{
	if (!watch()) {
		const auto seconds = std::chrono::duration<double>{limit_}.count();
		std::ostringstream text;
		text << "timed out after " << seconds << " s; its threads:";
		for (const std::string& line : dump_process_group(pid_))
			text << "\n" << line;
		failures_.push_back(text.str());
	}
	end_process();
	return judge();
}

} // namespace

std::vector<std::string> select_tests()
{
	std::vector<std::string> names;
	const testing::UnitTest& unit = *testing::UnitTest::GetInstance();
	for (int s = 0; s < unit.total_test_suite_count(); ++s) {
		const testing::TestSuite& suite = *unit.GetTestSuite(s);
		for (int t = 0; t < suite.total_test_count(); ++t) {
			const std::string name =
				std::string{suite.name()} + "." + suite.GetTestInfo(t)->name();
			if (matches_filter(name, GTEST_FLAG_GET(filter)))
				names.push_back(name);
		}
	}
	return names;
}

test_result run_test(const std::string& full_name) { return supervised_test{full_name}.run(); }

} // namespace support
