// SPDX-License-Identifier: GPL-2.0-only
// The preload library under programs that know nothing of it.
#include "preload/program.hpp"

#include <thread>

using namespace support;

namespace {

class PreloadAnyProgram : public device_test {};

TEST_F(PreloadAnyProgram, needs_no_library_but_libc)
{
	const outcome ran = run_program({epoll_maker, "libraries"}, preloaded());
	EXPECT_THAT(ran.output, testing::HasSubstr("libmyepoll-preload"));
	EXPECT_THAT(ran.output, testing::Not(testing::HasSubstr("libstdc++")));
	EXPECT_THAT(ran.output, testing::Not(testing::HasSubstr("libgcc")));
}

TEST_F(PreloadAnyProgram, gets_instances_before_the_librarys_own_start)
{
	const outcome ran = run_program({epoll_maker, "libc"}, preloaded_behind_early_library());
	EXPECT_EQ(ran.output, std::string{"early "} + made_by_module + made_by_module);
	EXPECT_EQ(ran.errors, "");
}

TEST_F(PreloadAnyProgram, may_be_started_by_one_that_is_preloaded)
{
	const outcome ran = run_program({"sh", "-c", "exec " + epoll_maker + " libc"}, preloaded());
	EXPECT_EQ(ran.output, made_by_module);
}

TEST_F(PreloadAnyProgram, may_run_under_valgrind)
{
	if (run_program({"valgrind", "--version"}).exit_status() != 0)
		GTEST_SKIP() << "valgrind is not installed";
	may_take(180s);
	const outcome ran = run_program({"valgrind", "-q", "--error-exitcode=9", epoll_maker, "harvest"}, preloaded());
	EXPECT_EQ(ran.exit_status(), 0) << ran.errors;
	EXPECT_EQ(ran.output, std::string{made_by_module} + "1 2 3\n");
}

// Each thread creates, uses and closes its own sets; descriptors are reused between threads.
TEST_F(PreloadAnyProgram, may_use_it_in_all_threads_at_once)
{
	may_take(60s);
	std::vector<std::thread> threads;
	for (int i = 0; i < 4; ++i)
		threads.emplace_back([] {
			for (int round = 0; round < 500; ++round) {
				const unique_fd counter = make_eventfd(1);
				const event_set set{backend::preload};
				ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
				ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
			}
		});
	for (std::thread& thread : threads)
		thread.join();
}

} // namespace
