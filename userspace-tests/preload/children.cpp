// SPDX-License-Identifier: GPL-2.0-only
// Children with an environment of their own: the library is preloaded into them, however they are started.
#include "preload/program.hpp"

using namespace support;

namespace {

const words all_ways{"execve",   "execv",    "execvp",      "execvpe",        "execl",       "execlp",
		     "execle",   "fexecve",  "execveat",    "system_call",    "system_call_at", "posix_spawn",
		     "posix_spawnp", "vfork"};

const std::string ours = "LD_PRELOAD=" + preload_library;

class PreloadChildren : public device_test {};

TEST_F(PreloadChildren, are_on_myepoll_whatever_environment_they_get)
{
	may_take(60s);
	for (const std::string& way : all_ways) {
		const outcome ran = run_program({child_maker, way, epoll_maker, "libc"}, preloaded());
		const std::string parents = way == "vfork" ? "no trace\n" : "";
		// Parent and child of a vfork may print in either order.
		EXPECT_THAT(ran.output, testing::AnyOf(parents + made_by_module, made_by_module + parents)) << way;
		EXPECT_EQ(ran.errors, "") << way;
	}
}

TEST_F(PreloadChildren, of_children_are_so_as_well)
{
	const outcome ran = run_program({child_maker, "execve", "/bin/sh", "-c",
					 "exec env -i env -u LD_PRELOAD sh -c 'env -i " + epoll_maker + " libc'"},
					preloaded());
	EXPECT_EQ(ran.output, made_by_module);
}

TEST_F(PreloadChildren, get_the_librarys_variables_and_nothing_else)
{
	const settings given{{"MYEPOLL_PRELOAD", "require"}, {"MYEPOLL_PRELOAD_IO_URING", "off"}};
	const outcome ran = run_program({child_maker, "execve", "/usr/bin/env"}, preloaded(given));
	EXPECT_EQ(ran.output, ours + "\nMYEPOLL_PRELOAD=require\nMYEPOLL_PRELOAD_IO_URING=off\n");
	EXPECT_EQ(run_program({child_maker, "execve", "/usr/bin/env"}, preloaded()).output, ours + "\n");
}

TEST_F(PreloadChildren, keep_the_libraries_that_they_are_given)
{
	const auto preloads_of_child = [](const std::string& given) {
		return run_program({child_maker, "execve", "/usr/bin/env"},
				   preloaded({{"LD_PRELOAD_OF_CHILD", given}}))
			.output;
	};
	const std::string early = std::string{"early "} + made_by_module;
	EXPECT_EQ(preloads_of_child(early_library), early + ours + ":" + early_library + "\n");
	EXPECT_EQ(preloads_of_child(early_library + " " + preload_library),
		  early + "LD_PRELOAD=" + early_library + " " + preload_library + "\n");
	EXPECT_EQ(preloads_of_child(""), ours + "\n");
}

TEST_F(PreloadChildren, may_have_as_large_an_environment_as_without_the_library)
{
	may_take(60s);
	const words ask{child_maker, "largest_environment", "/bin/true"};
	EXPECT_EQ(run_program(ask, preloaded()).output, run_program(ask).output);
}

TEST_F(PreloadChildren, that_cannot_be_started_give_the_same_error)
{
	may_take(60s);
	const auto expect_same_error = [](const std::string& way, const std::string& path) {
		const words start{child_maker, way, path};
		EXPECT_EQ(run_program(start, preloaded()).output, run_program(start).output) << way << " " << path;
	};
	for (const std::string& way : all_ways)
		expect_same_error(way, "/no/such/program");
	for (const char* const way : {"execve", "execvp", "posix_spawn", "posix_spawnp"})
		expect_same_error(way, "/etc/passwd");
}

TEST_F(PreloadChildren, are_left_alone_if_asked_for)
{
	const settings off{{"MYEPOLL_PRELOAD_FOLLOW", "off"}};
	const outcome ran = run_program({child_maker, "execve", epoll_maker, "libc"}, preloaded(off));
	EXPECT_EQ(ran.output, made_by_kernel);
}

TEST_F(PreloadChildren, of_the_command_are_verified)
{
	const words start{child_maker, "posix_spawn", epoll_maker, "libc"};
	words verify{command, "run", "--verify", "--"};
	verify.insert(verify.end(), start.begin(), start.end());
	const outcome followed = run_program(verify);
	EXPECT_EQ(followed.exit_status(), 0);
	EXPECT_EQ(followed.errors, "myepoll: no kernel epoll was made\n");

	verify.insert(verify.begin() + 2, "--no-follow");
	const outcome left_alone = run_program(verify);
	EXPECT_EQ(left_alone.exit_status(), 120);
	EXPECT_THAT(left_alone.errors,
		    testing::ContainsRegex("^myepoll: " + epoll_maker + " \\(pid [0-9]+, child of child_maker, [0-9]+\\) "
					   "made a kernel epoll: the preload library is not loaded in it\n"));
}

TEST_F(PreloadChildren, of_other_libcs_are_run_as_well)
{
	const outcome ran = run_program({child_maker, "execve", musl_epoll_maker}, preloaded());
	EXPECT_EQ(ran.output, made_by_module);
	EXPECT_EQ(ran.errors, "");
}

} // namespace
