// SPDX-License-Identifier: GPL-2.0-only
// When the module refuses to load: it says why and leaves nothing behind.
#include "support/kernel_module.hpp"
#include "support/test.hpp"

#include <filesystem>

using namespace support;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr auto ftrace_switch = "/proc/sys/kernel/ftrace_enabled";
constexpr auto traced_functions = "/sys/kernel/tracing/enabled_functions";

class Load : public module_test {
protected:
	void expect_refusal(const std::string& path, int error, const std::string& reason)
	{
		kernel_log log;
		EXPECT_THAT(load_module(path), fails_with(error));
		EXPECT_THAT(log.read(), HasSubstr("myepoll: cannot load: " + reason));
		expect_no_trace();
	}

	void expect_no_trace()
	{
		EXPECT_FALSE(module_is_loaded());
		EXPECT_FALSE(std::filesystem::exists("/dev/myepoll"));
		EXPECT_THAT(read_all("/proc/slabinfo"), Not(HasSubstr("myepoll")));
		EXPECT_THAT(read_all(traced_functions), Not(HasSubstr("locks_remove_file")));
		EXPECT_THAT(read_all(traced_functions), Not(HasSubstr("machine_halt")));
		EXPECT_EQ(write_word(ftrace_switch, "0"), 0);
		EXPECT_EQ(write_word(ftrace_switch, "1"), 0);
	}
};

TEST_F(Load, and_unload_leave_nothing_behind)
{
	ASSERT_EQ(load_module(module()), 0);
	EXPECT_TRUE(std::filesystem::exists("/dev/myepoll"));
	EXPECT_THAT(read_all(traced_functions), HasSubstr("locks_remove_file"));

	ASSERT_EQ(unload_module(), 0);
	expect_no_trace();
}

// behaviours: 141
TEST_F(Load, takes_the_limit_of_watches_that_it_is_given)
{
	EXPECT_THAT(load_module(module(), "max_user_watches=-1"), fails_with(EINVAL));
	expect_no_trace();

	ASSERT_EQ(load_module(module(), "max_user_watches=17"), 0);
	EXPECT_EQ(read_all("/sys/module/myepoll/parameters/max_user_watches"), "17\n");
}

TEST_F(Load, takes_the_limit_of_ring_pages_that_it_is_given)
{
	EXPECT_THAT(load_module(module(), "max_user_ring_pages=-1"), fails_with(EINVAL));
	expect_no_trace();

	ASSERT_EQ(load_module(module(), "max_user_ring_pages=17"), 0);
	EXPECT_EQ(read_all("/sys/module/myepoll/parameters/max_user_ring_pages"), "17\n");
}

TEST_F(Load, is_refused_while_ftrace_is_off)
{
	ASSERT_EQ(write_word(ftrace_switch, "0"), 0);
	kernel_log log;
	EXPECT_THAT(load_module(module()), fails_with(EBUSY));
	EXPECT_THAT(log.read(), HasSubstr("myepoll: cannot load: ftrace is off; try sysctl "
					  "kernel.ftrace_enabled=1"));
	ASSERT_EQ(write_word(ftrace_switch, "1"), 0);
	expect_no_trace();

	EXPECT_EQ(load_module(module()), 0);
}

TEST_F(Load, is_refused_without_direct_calls)
{
	expect_refusal(variant("no-direct-calls"), EOPNOTSUPP,
		       "this kernel has no ftrace direct calls on x86-64 "
		       "(CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS)");
}

TEST_F(Load, is_refused_when_the_close_path_cannot_be_traced)
{
	expect_refusal(variant("no-such-function"), EINVAL,
		       "no_such_function() cannot be traced");
}

TEST_F(Load, is_refused_when_a_close_goes_unnoticed)
{
	expect_refusal(variant("never-called"), EOPNOTSUPP, "the close of a file went unnoticed");
}

TEST_F(Load, keeps_ftrace_from_being_switched_off)
{
	ASSERT_EQ(load_module(module()), 0);
	EXPECT_THAT(write_word(ftrace_switch, "0"), fails_with(EBUSY));
	EXPECT_EQ(read_all(ftrace_switch), "1\n");

	const event_set set = create_set();
	unique_fd target = make_eventfd(1);
	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	target.close();
	EXPECT_THAT(set.wait(), delivers_nothing());
}

} // namespace
