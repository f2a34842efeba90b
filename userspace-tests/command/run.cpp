// SPDX-License-Identifier: GPL-2.0-only
// The command `myepoll`: what it runs, its exit status, and what --verify reports.
#include "preload/program.hpp"

#include <sys/personality.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

using namespace support;
using testing::HasSubstr;

namespace {

constexpr int refused = 2;
constexpr int kernel_epoll_seen = 120;

words run(words program, words options = {})
{
	words line{command, "run"};
	line.insert(line.end(), options.begin(), options.end());
	line.emplace_back("--");
	line.insert(line.end(), program.begin(), program.end());
	return line;
}

words verify(words program) { return run(std::move(program), {"--verify"}); }

// A command whose standard input and output are pipes to the test.
class conversation {
public:
	explicit conversation(const words& program)
		: child_{[&, this] {
			  fcntl(input_.reader, F_SETFL, 0); // blocking, as programs expect
			  dup2(input_.reader, STDIN_FILENO);
			  dup2(output_.writer, STDOUT_FILENO);
			  dup2(errors_, STDERR_FILENO);
			  execute(program, {});
		  }}
	{
		fcntl(output_.reader, F_SETFL, 0);
		input_.reader.close();
		output_.writer.close();
	}

	std::string read_line()
	{
		std::string line;
		for (char byte = 0; byte != '\n' && read(output_.reader, &byte, 1) == 1;)
			line += byte;
		return line;
	}
	void say_go() { write_bytes(input_.writer, 1); }
	void kill(int signal) { child_.kill(signal); }
	int join() { return child_.join(); }
	std::string errors() const { return content_of(errors_); }

private:
	pipe_ends input_ = make_pipe();
	pipe_ends output_ = make_pipe();
	unique_fd errors_{memfd_create("errors", MFD_CLOEXEC)};
	child_process child_;
};

class Command : public device_test {};

TEST_F(Command, runs_a_program_on_the_module)
{
	const outcome ran = run_program(run({epoll_maker, "libc"}));
	EXPECT_EQ(ran.output, made_by_module);
	EXPECT_EQ(ran.errors, "");
	EXPECT_EQ(ran.exit_status(), 0);
}

TEST_F(Command, ends_as_the_program_ends)
{
	EXPECT_EQ(run_program(run({"sh", "-c", "exit 42"})).exit_status(), 42);
	EXPECT_EQ(run_program(verify({"sh", "-c", "exit 42"})).exit_status(), 42);
	EXPECT_EQ(WTERMSIG(run_program(run({"sh", "-c", "kill -TERM $$"})).status), SIGTERM);
	EXPECT_EQ(run_program(verify({"sh", "-c", "kill -TERM $$"})).exit_status(), 128 + SIGTERM);
}

TEST_F(Command, says_what_it_cannot_execute)
{
	for (const auto& wrap : {words{}, words{"--verify"}}) {
		EXPECT_EQ(run_program(run({"/no/such/program"}, wrap)).exit_status(), 127);
		EXPECT_EQ(run_program(run({"no-such-program"}, wrap)).exit_status(), 127);
		EXPECT_EQ(run_program(run({"/etc/passwd"}, wrap)).exit_status(), 126);
	}
	EXPECT_EQ(run_program({command, "run"}).exit_status(), refused);
	EXPECT_EQ(run_program({command, "run", "--nonsense", "--", "true"}).exit_status(), refused);
	EXPECT_EQ(run_program({command}).exit_status(), refused);
}

TEST_F(Command, passes_arguments_on_as_they_are)
{
	const outcome ran =
		run_program(run({"printf", "[%s]", "--verify", "--", "", "a b", "{}", "%%"}));
	EXPECT_EQ(ran.output, "[--verify][--][][a b][{}][%%]");
}

TEST_F(Command, keeps_what_is_preloaded_already)
{
	const outcome ran = run_program(run({"sh", "-c", "echo $LD_PRELOAD"}),
					{{"LD_PRELOAD", "libm.so.6"}});
	EXPECT_EQ(ran.output, "libm.so.6:" + preload_library + "\n");
}

TEST_F(Command, is_not_misled_by_a_longer_path_of_the_same_name)
{
	const std::string longer = "/nowhere" + preload_library + ".old";
	const outcome ran = run_program(run({"sh", "-c", "echo $LD_PRELOAD"}),
					{{"LD_PRELOAD", longer + " libm.so.6"}});
	EXPECT_EQ(ran.output, longer + ":libm.so.6:" + preload_library + "\n");
}

TEST_F(Command, puts_the_runtime_of_a_sanitizer_first)
{
	for (const std::string& program : {address_epoll_maker, thread_epoll_maker}) {
		// GCC 12's ThreadSanitizer cannot handle as many random address bits as newer kernels use.
		const outcome ran = run_program(run({program, "libc", "hand_over"}), {},
						[] { personality(ADDR_NO_RANDOMIZE); });
		EXPECT_EQ(ran.exit_status(), 0);
		EXPECT_EQ(ran.output, made_by_module + std::string{"42\n"});
		EXPECT_EQ(ran.errors, "");
	}
}

TEST_F(Command, passes_its_options_on_to_the_library)
{
	EXPECT_EQ(run_program(run({epoll_maker, "io_uring"}, {"--no-io-uring"})).output, "ENOSYS\n");
	EXPECT_EQ(run_program(run({"sh", "-c", "echo $MYEPOLL_PRELOAD"}, {"--require"})).output,
		  "require\n");
}

TEST_F(Command, refuses_programs_that_no_library_gets_into)
{
	const temporary_folder folder;
	const std::string script = folder.path("script");
	const unique_fd text{open(script.c_str(), O_CREAT | O_WRONLY, 0755)};
	dprintf(text, "#! %s libc\n", static_epoll_maker.c_str());

	for (const words& program : {words{static_epoll_maker, "libc"}, words{script}}) {
		const outcome ran = run_program(run(program));
		EXPECT_EQ(ran.exit_status(), refused);
		EXPECT_EQ(ran.output, "");
		EXPECT_THAT(ran.errors, HasSubstr("is linked statically"));
	}
	std::filesystem::remove(script);
	EXPECT_EQ(run_program(run({static_epoll_maker, "libc"}, {"--force"})).output, made_by_kernel);
}

TEST_F(Command, refuses_programs_that_change_their_privileges)
{
	if (getuid() != 0)
		GTEST_SKIP() << "needs root to make a setuid program of another user";
	const temporary_folder folder;
	const std::string program = folder.path("setuid");
	std::filesystem::copy_file(epoll_maker, program);
	checked(chown(program.c_str(), 65534, 65534), "chown");
	checked(chmod(program.c_str(), S_ISUID | 0755), "chmod");
	const outcome ran = run_program(run({program, "libc"}));
	std::filesystem::remove(program);
	EXPECT_EQ(ran.exit_status(), refused);
	EXPECT_THAT(ran.errors, HasSubstr("changes its privileges"));
}

TEST_F(Command, verifies_that_nothing_ran_on_the_kernels_epoll)
{
	const outcome ran = run_program(verify({epoll_maker, "libc", "libc", "refused"}));
	EXPECT_EQ(ran.exit_status(), 0);
	EXPECT_EQ(ran.output, std::string{made_by_module} + made_by_module + "EINVAL\n");
	EXPECT_EQ(ran.errors, "myepoll: no kernel epoll was made\n");
}

TEST_F(Command, verify_finds_what_libc_does_not_see)
{
	for (const words& options : {words{"--verify"}, words{"--verify", "--force"}}) {
		const bool forced = options.size() == 2;
		const outcome ran = run_program(
			run({forced ? static_epoll_maker : epoll_maker, "raw"}, options));
		EXPECT_EQ(ran.exit_status(), kernel_epoll_seen);
		EXPECT_EQ(ran.output, made_by_kernel);
		EXPECT_THAT(ran.errors, testing::ContainsRegex(
						"/epoll_maker[a-z_]* \\(pid [0-9]+, child of myepoll, "
						"[0-9]+\\) made a kernel epoll: "));
		EXPECT_THAT(ran.errors, HasSubstr(forced ? "the preload library is not loaded in it\n"
							 : "bypassing the preload library\n"));
		EXPECT_THAT(ran.errors, HasSubstr("myepoll: kernel epolls: 1, in processes: 1\n"));
	}
}

TEST_F(Command, verify_counts_a_storm_of_children_and_names_the_first)
{
	may_take(60s);
	const outcome ran = run_program(verify({epoll_maker, "storm"}));
	EXPECT_EQ(ran.exit_status(), kernel_epoll_seen);
	EXPECT_EQ(ran.output, "0 failed\n");
	EXPECT_THAT(ran.errors, HasSubstr("myepoll: kernel epolls: 50, in processes: 50\n"));
	EXPECT_EQ(std::count(ran.errors.begin(), ran.errors.end(), '\n'), 11);
}

TEST_F(Command, verify_waits_for_children_that_outlive_the_program)
{
	const outcome ran = run_program(verify({epoll_maker, "orphan"}));
	EXPECT_EQ(ran.exit_status(), kernel_epoll_seen);
	EXPECT_EQ(ran.output, made_by_kernel);
}

TEST_F(Command, verify_waits_for_nothing_that_the_program_did_not_start)
{
	EXPECT_EQ(run_program({"sh", "-c", "sleep 1000 & exec " + command + " run --verify -- true"})
			  .exit_status(), 0);
}

TEST_F(Command, verify_learns_of_the_end_where_that_is_ignored)
{
	const outcome ran = run_program(verify({"sh", "-c", "exit 3"}), {},
					[] { signal(SIGCHLD, SIG_IGN); });
	EXPECT_EQ(ran.exit_status(), 3);
}

TEST_F(Command, verify_ends_on_a_signal_and_does_no_harm_to_what_still_runs)
{
	conversation talk{verify({epoll_maker, "patient_orphan"})};
	ASSERT_EQ(talk.read_line(), "ready\n");

	talk.kill(SIGTERM);
	EXPECT_EQ(WEXITSTATUS(talk.join()), 0);
	EXPECT_THAT(talk.errors(), HasSubstr("no longer watched"));

	talk.say_go();
	EXPECT_EQ(talk.read_line(), made_by_kernel);
}

TEST_F(Command, verify_survives_a_program_that_dies)
{
	EXPECT_EQ(run_program(verify({"sh", "-c", "kill -KILL $$"})).exit_status(), 128 + SIGKILL);
	const outcome ran = run_program(
		verify({"sh", "-c", epoll_maker + " raw & kill -KILL $$"}));
	EXPECT_EQ(ran.exit_status(), kernel_epoll_seen);
}

TEST_F(Command, passes_signals_on)
{
	for (const words& options : {words{}, words{"--verify"}}) {
		conversation talk{run({epoll_maker, "await_sigterm"}, options)};
		ASSERT_EQ(talk.read_line(), "ready\n");
		talk.kill(SIGTERM);
		EXPECT_EQ(WEXITSTATUS(talk.join()), 7);
	}
}

TEST_F(Command, verify_stops_and_goes_on_with_the_program_as_one_job)
{
	child_process job{[] { execute(verify({"sh", "-c", "kill -TSTP $$; exit 9"}), {}); }};
	int status = 0;
	ASSERT_EQ(waitpid(job.pid(), &status, WUNTRACED), job.pid());
	ASSERT_TRUE(WIFSTOPPED(status));
	job.kill(SIGCONT);
	EXPECT_EQ(WEXITSTATUS(job.join()), 9);
}

TEST_F(Command, verify_needs_no_privilege)
{
	if (getuid() != 0)
		GTEST_SKIP() << "needs root to become nobody";
	const auto drop_root = [] { checked(setuid(65534), "setuid"); };
	EXPECT_EQ(run_program(verify({epoll_maker, "libc"}), {}, drop_root).exit_status(), 0);
	EXPECT_EQ(run_program(verify({epoll_maker, "raw"}), {}, drop_root).exit_status(),
		  kernel_epoll_seen);
}

TEST_F(Command, shows_what_is_loaded)
{
	const outcome ran = run_program({command, "info"});
	EXPECT_EQ(ran.exit_status(), 0);
	EXPECT_THAT(ran.output, HasSubstr("abi_version=" + std::to_string(MYEPOLL_ABI_VERSION) + "\n"));
	EXPECT_THAT(ran.output, HasSubstr("event_size=12\n"));
	EXPECT_THAT(ran.output, HasSubstr("max_user_watches="));
	const std::string version = run_program({command, "--version"}).output;
	EXPECT_THAT(version, testing::MatchesRegex("myepoll [0-9.]+\n"));
	EXPECT_THAT(ran.output, HasSubstr("version=" + version.substr(std::string{"myepoll "}.size())));
}

TEST_F(Command, says_where_the_program_goes)
{
	const outcome ran = run_program({command, "run", "--verify", "ls", "-l", "/"});
	EXPECT_EQ(ran.exit_status(), refused);
	EXPECT_EQ(ran.errors, "myepoll: run: put -- before the command: myepoll run --verify -- ls -l /\n");
}

} // namespace
