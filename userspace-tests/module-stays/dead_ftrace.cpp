// SPDX-License-Identifier: GPL-2.0-only
// When ftrace detects an internal error, whoever caused it, it stops patching code: the call that the module
// has placed in the kernel's close path stays there until the next boot, and so must the module. Afterwards
// neither the module nor the process that tried to unload it can be removed.
#include "support/kernel_module.hpp"
#include "support/test.hpp"

#include <fcntl.h>

#include <cstdlib>
#include <deque>
#include <filesystem>

using namespace support;
using testing::ContainsRegex;

namespace {

constexpr auto message = "cannot be unloaded: ftrace has died, and closes still call the module; "
			 "it stays until the next boot";

class DeadFtrace : public testing::Test {
protected:
	void SetUp() override
	{
		const char* const module = std::getenv("MYEPOLL_MODULE");
		if (module == nullptr)
			GTEST_SKIP() << "MYEPOLL_MODULE does not name a module to load";
		ASSERT_EQ(load_module(module), 0);
		const auto folder = std::filesystem::path{module}.parent_path();
		ASSERT_EQ(load_module(folder / "fixture/myepoll_fixture.ko"), 0);
	}
	static void kill_ftrace()
	{
		ASSERT_EQ(write_word("/sys/module/myepoll_fixture/parameters/kill_ftrace", "1"), 0);
		ASSERT_THAT(write_word("/proc/sys/kernel/ftrace_enabled", "0"), fails_with(ENODEV));
	}
	// The process may stay forever. So it leaves the cgroup, which the harness waits to see empty, and
	// closes all files whose close anybody may wait for.
	static pid_t unload_in_another_process()
	{
		const pid_t unloader = checked(fork(), "fork");
		if (unloader == 0) {
			write_word("/sys/fs/cgroup/cgroup.procs", "0");
			close_range(0, ~0U, 0);
			unload_module();
			_exit(0);
		}
		return unloader;
	}
	static void close_many_files()
	{
		for (int i = 0; i < 2000; ++i) {
			socket_ends pair = make_unix_pair();
			pair.ours.close();
			ASSERT_EQ(read_bytes(pair.peer, 1), 0U) << "no end of file after a close";
		}
	}
};

TEST_F(DeadFtrace, keeps_the_module_where_closes_find_it)
{
	event_set set = create_set();
	std::deque<socket_ends> watched;
	for (int i = 0; i < 100; ++i) {
		watched.push_back(make_unix_pair());
		ASSERT_THAT(set.add(watched.back().ours, EPOLLOUT | EPOLLET), succeeds());
	}
	kill_ftrace();
	for (int i = 0; i < 50; ++i)
		watched.pop_back();
	EXPECT_EQ(fdinfo_of(set.fd()).size(), watched.size()) << "closes are noticed as before";
	set.close();

	kernel_log log;
	const pid_t unloader = unload_in_another_process();

	ASSERT_TRUE(soon([&] { return inspect_thread(unloader, unloader).state == 'I'; }));
	EXPECT_EQ(read_all("/sys/module/myepoll/initstate"), "going\n");
	EXPECT_THAT(log.read(), ContainsRegex(std::string{"(^|\n)3,[^;]*;myepoll: "} + message + "\n"));
	watched.clear();
	close_many_files();
}

} // namespace
