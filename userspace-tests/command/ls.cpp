// SPDX-License-Identifier: GPL-2.0-only
// `myepoll ls`: every instance, by whom it is held, and what happens on it.
#include "command/looked_at.hpp"
#include "support/snapshot.hpp"

#include <sched.h>
#include <sys/mount.h>

using namespace support;
using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;

namespace {

class List : public device_test {
protected:
	static json entry_of(const json& list, const event_set& set)
	{
		const std::uint64_t number = support::look_at(set).about.instance;
		for (const auto& instance : list["instances"])
			if (instance["instance"] == number)
				return instance;
		ADD_FAILURE() << "instance " << number << " is not in " << list;
		return {};
	}
};

TEST_F(List, has_each_instance_once_with_all_who_hold_it)
{
	const event_set shared = create();
	const unique_fd again = duplicate(shared.fd());
	const event_set empty = create();
	const unique_fd ready = make_eventfd(1);
	const unique_fd silent = make_eventfd();
	ASSERT_THAT(shared.add(ready, EPOLLIN), succeeds());
	ASSERT_THAT(shared.add(silent, EPOLLIN), succeeds());
	const heir child;

	const json list = json_of(run_program(look({"ls", "--json"})));
	const auto lines = squeezed_lines_of(run_program(look({"ls"})).output);

	const json entry = entry_of(list, shared);
	EXPECT_EQ(entry["watches"], 2);
	EXPECT_EQ(entry["ready"], 1);
	EXPECT_EQ(entry["holders"].size(), 4U); // the child has both, too
	EXPECT_EQ(entry_of(list, empty)["watches"], 0);
	EXPECT_EQ(lines.at(0), "INSTANCE WATCHES READY SLEEPERS HOLDERS");
	const std::string number = std::to_string(support::look_at(shared).about.instance);
	EXPECT_THAT(lines, Contains(testing::AllOf(testing::StartsWith(number + " 2 1 0 "),
						   HasSubstr("[" + own_pid() + "]:" + std::to_string(shared.fd())),
						   HasSubstr("[" + std::to_string(child.pid()) + "]:"))));
}

TEST_F(List, shows_rates)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	const repeating_thread loop{[&] { ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}})); }};

	const outcome ran = run_program(look({"ls", "--interval", "0.5", "--count", "1"}));

	const auto lines = squeezed_lines_of(ran.output);
	EXPECT_EQ(lines.at(0), "INSTANCE WATCHES READY SLEEPERS CALLBACKS/s WAITS/s SLEEPS/s IN VAIN/s DELIVERED/s EDITS/s HOLDERS");
	std::istringstream fields{lines.at(1)};
	std::vector<unsigned long> numbers;
	for (unsigned long one = 0; fields >> one;)
		numbers.push_back(one);
	ASSERT_GE(numbers.size(), 10U);
	EXPECT_EQ(numbers[4], 0U); // callbacks
	EXPECT_GT(numbers[5], 5U); // waits
	EXPECT_GT(numbers[8], 5U); // delivered
	EXPECT_EQ(numbers[9], 0U); // edits
}

TEST_F(List, counts_what_it_may_not_look_into)
{
	const event_set set = create();
	const outcome ran = run_program(look({"ls"}), {}, become_nobody);
	EXPECT_EQ(ran.exit_status(), 0);
	EXPECT_THAT(ran.errors, testing::MatchesRegex("myepoll: [0-9]+ process(es were|was) not looked into: .*\n"));
	EXPECT_EQ(squeezed_lines_of(ran.output).size(), 1U);
}

TEST_F(List, says_that_there_is_no_module)
{
	const outcome ran = run_program(look({"ls"}), {}, [] {
		checked(unshare(CLONE_NEWNS), "unshare");
		checked(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
		checked(mount("none", "/sys/module", "tmpfs", 0, nullptr), "mount");
	});
	EXPECT_EQ(ran.exit_status(), 0);
	EXPECT_EQ(ran.errors, "myepoll: the module is not loaded (modprobe myepoll)\n");
}

// Columns are for people with a terminal; a filter gets all of a line.
TEST_F(List, fits_a_narrow_terminal)
{
	may_take(30s);
	const event_set set = create();
	const outcome wide = run_program(look({"ls"}));
	const outcome narrow =
		run_program({"script", "-q", "-c", "stty cols 30 && exec " + command + " ls", "/dev/null"});
	bool any_long = false;
	for (const std::string& line : squeezed_lines_of(wide.output))
		any_long |= line.size() > 30;
	EXPECT_TRUE(any_long);
	std::istringstream text{narrow.output};
	for (std::string line; std::getline(text, line);)
		EXPECT_LE(line.size(), 31U) << line; // with the carriage return
}

TEST_F(List, meets_processes_that_come_and_go)
{
	may_take(60s);
	std::atomic<unsigned> born = 0;
	const repeating_thread life{[&] {
		child_process brief{[] {
			const event_set own{backend::myepoll};
			const unique_fd counter = make_eventfd();
			(void)own.add(counter, EPOLLIN);
		}};
		brief.join();
		++born;
	}};
	for (int i = 0; i < 10 || born < 20; ++i) {
		const json list = json_of(run_program(look({"ls", "--json"})));
		EXPECT_EQ(list["version"], 1);
	}
}

} // namespace
