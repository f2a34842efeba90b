// SPDX-License-Identifier: GPL-2.0-only
// `myepoll show`: what it says of an instance, and that looking changes nothing.
#include "command/looked_at.hpp"
#include "support/kernel_module.hpp"
#include "support/snapshot.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>

using namespace support;
using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::MatchesRegex;

namespace {

class Show : public device_test {};

// As on a module that does not know SNAPSHOT.
void refuse_snapshots()
{
	const auto number = static_cast<std::uint32_t>(MYEPOLL_IOC_SNAPSHOT);
	sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const sock_fprog filter{std::size(code), code};
	checked(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
	checked(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), "PR_SET_SECCOMP");
}

TEST_F(Show, names_what_is_watched)
{
	const event_set set = create();
	const event_set inner = create();
	const unique_fd counter = make_eventfd();
	const pipe_ends pipe = make_pipe();
	const unique_fd listener = make_tcp_listener();
	const socket_ends tcp = make_tcp_pair();
	const socket_ends datagrams = make_unix_pair(SOCK_DGRAM);
	const int all[] = {counter, pipe.reader, listener, tcp.ours, datagrams.ours, inner.fd()};
	for (const int fd : all)
		ASSERT_THAT(set.add(fd, EPOLLIN | EPOLLET), succeeds());

	const json instance = shown(set.fd());

	const auto what = [&](int fd) { return item_of(instance, fd)["what"].get<std::string>(); };
	EXPECT_EQ(what(counter), "eventfd");
	EXPECT_THAT(what(pipe.reader), MatchesRegex("pipe [0-9]+"));
	EXPECT_EQ(what(listener), "tcp 127.0.0.1:" + std::to_string(port_of(listener)) + " listening");
	EXPECT_THAT(what(tcp.ours), testing::StartsWith("tcp 127.0.0.1:" + std::to_string(port_of(tcp.ours)) + " "));
	EXPECT_THAT(what(tcp.ours), testing::EndsWith(" 127.0.0.1:" + std::to_string(port_of(tcp.peer))));
	EXPECT_THAT(what(datagrams.ours), MatchesRegex("unix datagram [0-9]+"));
	EXPECT_EQ(what(inner.fd()), "myepoll instance " + std::to_string(look_at(inner).about.instance));
	EXPECT_EQ(instance["instance"], look_at(set).about.instance);
	EXPECT_EQ(item_of(instance, counter)["interest"], "IN|ERR|HUP|ET");
	EXPECT_EQ(item_of(instance, counter)["data"], "0x" + (std::ostringstream{} << std::hex << int{counter}).str());
}

TEST_F(Show, tells_a_closed_descriptor_from_one_that_was_used_anew)
{
	const event_set set = create();
	const unique_fd still_open = make_eventfd();
	// A number that nothing else is going to get.
	unique_fd closed{checked(fcntl(still_open, F_DUPFD_CLOEXEC, 500), "F_DUPFD")};
	unique_fd reused = make_pipe().reader;
	const unique_fd keeps_pipe = duplicate(reused);
	const int number = reused, gone = closed;
	ASSERT_THAT(set.add(closed, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(reused, EPOLLIN), succeeds());
	closed.close();
	reused.close();
	const unique_fd other{checked(fcntl(still_open, F_DUPFD_CLOEXEC, number), "F_DUPFD")};
	ASSERT_EQ(int{other}, number);

	const json instance = shown(set.fd());

	EXPECT_EQ(item_of(instance, gone)["what"], "an eventfd or the like, closed here but open elsewhere");
	EXPECT_THAT(item_of(instance, number)["what"].get<std::string>(),
		    MatchesRegex("pipe [0-9]+, not what is open here now: eventfd"));
}

TEST_F(Show, draws_ready_list_and_tree)
{
	const event_set set = create();
	std::array<unique_fd, 7> counters;
	for (unique_fd& counter : counters) {
		counter = make_eventfd();
		ASSERT_THAT(set.add(counter, EPOLLIN | (&counter == &counters[6] ? EPOLLONESHOT : 0U)), succeeds());
	}
	signal_eventfd(counters[6]);
	ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counters[6]}}));
	for (const int i : {5, 1, 3})
		signal_eventfd(counters[static_cast<std::size_t>(i)]);

	const json instance = shown(set.fd());
	const outcome text = run_program(look({"show", pid_and_fd(set.fd())}));
	const outcome ready = run_program(look({"show", pid_and_fd(set.fd()), "--ready"}));
	const outcome dot = run_program(look({"show", pid_and_fd(set.fd()), "--dot"}));

	const snapshot truth = support::look_at(set);
	ASSERT_EQ(instance["items"].size(), truth.items.size());
	for (const myepoll_item& item : truth.items) {
		const json shown_item = item_of(instance, item.fd);
		EXPECT_EQ(shown_item["position"], item.position);
		EXPECT_EQ(shown_item["red"], (item.flags & MYEPOLL_ITEM_RED) != 0);
		EXPECT_EQ(shown_item["disabled"], (item.flags & MYEPOLL_ITEM_DISABLED) != 0);
		EXPECT_EQ(shown_item.contains("parent"), item.parent >= 0);
	}
	const std::string order = std::to_string(counters[5]) + " -> " + std::to_string(counters[1]) + " -> " +
				  std::to_string(counters[3]);
	EXPECT_THAT(text.output, HasSubstr("ready list, by descriptor: " + order + "\n"));
	EXPECT_THAT(squeezed_lines_of(text.output), Contains(MatchesRegex("(. )?(black|red) " + std::to_string(counters[6]) +
								 " ONESHOT 0x[0-9a-f]+ disabled eventfd")));
	EXPECT_EQ(std::count(text.output.begin(), text.output.end(), '/') + std::count(text.output.begin(), text.output.end(), '\\'),
		  6);
	const auto lines = squeezed_lines_of(ready.output);
	EXPECT_THAT(lines.at(lines.size() - 3), testing::StartsWith(std::to_string(counters[5])));
	EXPECT_THAT(lines.at(lines.size() - 1), testing::StartsWith(std::to_string(counters[3])));
	EXPECT_THAT(dot.output, HasSubstr("ready -> "));
}

TEST_F(Show, says_what_is_on_the_ring_and_what_it_has_counted)
{
	const event_set set{backend::ring};
	const unique_fd taken = make_eventfd();
	const unique_fd posted = make_eventfd();
	for (const int fd : {int{taken}, int{posted}})
		ASSERT_THAT(set.add(fd, EPOLLIN | EPOLLET), succeeds());
	signal_eventfd(taken);
	ASSERT_THAT(set.wait(), returns(1));
	signal_eventfd(posted);
	signal_eventfd(posted);

	const json instance = shown(set.fd());
	const outcome text = run_program(look({"show", pid_and_fd(set.fd())}));

	EXPECT_EQ(item_of(instance, taken)["posted"], false);
	EXPECT_EQ(item_of(instance, posted)["posted"], true);
	EXPECT_EQ(item_of(instance, posted)["ready"], false);
	EXPECT_EQ(instance["ring"], (json{{"slots", 8}, {"pages", 3}, {"posted", 2}, {"merged", 1}, {"taken_back", 0}, {"refused", 0}}));
	EXPECT_THAT(text.output, HasSubstr("  ring: slots 8, pages 3, posted 2, merged 1, taken back 0, refused 0\n"));
	EXPECT_THAT(squeezed_lines_of(text.output),
		    Contains(MatchesRegex("(. )?(black|red) " + std::to_string(posted) + " IN.ERR.HUP.ET 0x[0-9a-f]+ posted eventfd")));
	EXPECT_FALSE(shown(create().fd()).contains("ring"));
}

TEST_F(Show, says_who_sleeps_and_what_was_counted)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	const json instance = shown(set.fd());

	ASSERT_EQ(instance["sleepers"].size(), 1U);
	EXPECT_EQ(instance["sleepers"][0]["thread"], sleeper.tid());
	EXPECT_EQ(instance["watches"], 1);
	EXPECT_EQ(instance["counters"]["delivered"], 1);
	EXPECT_EQ(instance["counters"]["sleeps"], 1);
	EXPECT_EQ(instance["consistent"], true);
	sleeper.interrupt();
}

TEST_F(Show, prints_no_more_than_asked)
{
	const event_set set = create();
	std::vector<unique_fd> counters;
	for (int i = 0; i < 600; ++i) {
		counters.push_back(make_eventfd());
		ASSERT_THAT(set.add(counters.back(), EPOLLIN), succeeds());
	}
	const std::string one = std::to_string(counters[7]);

	EXPECT_THAT(run_program(look({"show", pid_and_fd(set.fd())})).output, HasSubstr("and 580 more (--head N)"));
	EXPECT_EQ(shown(set.fd(), {"--head", "1000"})["items"].size(), 600U);
	EXPECT_EQ(shown(set.fd())["left_out"], 580);
	const json of_one = shown(set.fd(), {"--fd", one});
	ASSERT_EQ(of_one["items"].size(), 1U);
	EXPECT_EQ(of_one["items"][0]["fd"], int{counters[7]});
	EXPECT_THAT(run_program(look({"show", pid_and_fd(set.fd()), "--fd", "0"})).output, HasSubstr("no such watch"));
}

TEST_F(Show, finds_who_holds_a_file_that_was_closed_here)
{
	const event_set set = create();
	socket_ends ends = make_unix_pair();
	ASSERT_THAT(set.add(ends.ours, EPOLLIN), succeeds());
	const int number = ends.ours;
	const heir child;
	ends.ours.close();

	const json item = item_of(shown(set.fd(), {"--fd", std::to_string(number)}), number);

	ASSERT_EQ(item["file_holders"].size(), 1U);
	EXPECT_EQ(item["file_holders"][0]["pid"], child.pid());
	EXPECT_EQ(item["file_holders"][0]["fd"], number);
}

TEST_F(Show, lets_no_name_command_the_terminal)
{
	const temporary_folder folder;
	const std::string path = folder.path("\x1b[2J\n\x7f");
	ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
	const unique_fd fifo = open_file(path, O_RDWR);
	const event_set set = create();
	ASSERT_THAT(set.add(fifo, EPOLLIN), succeeds());
	prctl(PR_SET_NAME, "\x1b[31mred");

	for (const words& verb : {words{"show", pid_and_fd(set.fd())}, words{"show", pid_and_fd(set.fd()), "--dot"},
				  words{"show", pid_and_fd(set.fd()), "--json"}, words{"ls"}}) {
		const outcome ran = run_program(look(verb));
		EXPECT_EQ(ran.exit_status(), 0);
		EXPECT_THAT(ran.output, testing::Not(testing::ContainsRegex("[\x1b\x7f]"))) << verb.front();
	}
	EXPECT_THAT(run_program(look({"show", pid_and_fd(set.fd())})).output, HasSubstr("\\x1b[2J\\x0a\\x7f"));
}

TEST_F(Show, reads_fdinfo_of_an_older_module_and_says_so)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	const outcome text = run_program(look({"show", pid_and_fd(set.fd())}), {}, refuse_snapshots);
	const outcome list = run_program(look({"ls"}), {}, refuse_snapshots);

	EXPECT_EQ(text.exit_status(), 0);
	EXPECT_THAT(text.output, HasSubstr("1 watch, from fdinfo: the loaded module is too old for snapshots\n"));
	EXPECT_THAT(text.output, HasSubstr(" eventfd\n"));
	EXPECT_EQ(list.exit_status(), 0);
	EXPECT_THAT(list.errors, HasSubstr("- stands for unknown: the loaded module is too old for snapshots"));
}

// Yama lets nobody but root and parents have a copy of a descriptor; what is in /proc may be read all the same.
TEST_F(Show, reads_fdinfo_where_a_copy_is_not_allowed)
{
	const std::string yama = "/proc/sys/kernel/yama/ptrace_scope";
	const std::string before = read_all(yama);
	ASSERT_EQ(write_word(yama, "2"), 0);
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	const heir other{[] {
		become_nobody();
		prctl(PR_SET_DUMPABLE, 1);
	}};

	const outcome ran = run_program(look({"show", std::to_string(other.pid()) + ":" + std::to_string(set.fd())}), {},
					become_nobody);

	EXPECT_EQ(ran.exit_status(), 0) << ran.errors;
	EXPECT_THAT(ran.output, HasSubstr("from fdinfo: counters and sleepers need the permission to trace process " +
					  std::to_string(other.pid())));
	EXPECT_THAT(ran.output, HasSubstr(" eventfd\n"));
	write_word(yama, before);
}

TEST_F(Show, says_what_is_wrong)
{
	const unique_fd counter = make_eventfd();
	const std::string own = own_pid();
	struct trouble {
		words arguments;
		int status;
		std::string message;
	};
	child_process ended{[] {}};
	ended.join();
	for (const trouble& one : {trouble{{"show"}, 2, "PID"}, {{"show", "x"}, 2, "'x' is neither PID nor PID:FD"},
				   {{"show", own + ":"}, 2, "neither"}, {{"show", "-5"}, 2, ""},
				   {{"show", own, "--json", "--dot"}, 2, "excludes"},
				   {{"show", own + ":" + std::to_string(counter)}, 125, "is no myepoll instance"},
				   {{"show", own}, 125, "process " + own + " has no myepoll instance"},
				   {{"show", std::to_string(ended.pid())}, 125, "there is no process"}}) {
		const outcome ran = run_program(look(one.arguments));
		EXPECT_EQ(ran.exit_status(), one.status) << ran.errors;
		EXPECT_THAT(ran.errors, HasSubstr(one.message));
		EXPECT_EQ(ran.output, "");
	}
	const event_set set = create();
	const outcome full = run_program({"sh", "-c", command + " show " + own + " >/dev/full"});
	EXPECT_EQ(full.exit_status(), 125);
	EXPECT_THAT(full.errors, HasSubstr("cannot write the output: No space left on device"));
	const outcome foreign = run_program(look({"show", own}), {}, become_nobody);
	EXPECT_EQ(foreign.exit_status(), 125);
	EXPECT_THAT(foreign.errors, HasSubstr("cannot look at process " + own + ": Permission denied"));
}

// A copy of a target would keep it open.
TEST_F(Show, delays_no_close)
{
	may_take(60s);
	const event_set set = create();
	const unique_fd kept = make_eventfd();
	ASSERT_THAT(set.add(kept, EPOLLIN), succeeds());
	std::atomic<unsigned> shows = 0;
	const repeating_thread viewer{[&] {
		for (const char* option : {"--ready", "--json"}) {
			const outcome ran = run_program(look({"show", pid_and_fd(set.fd()), option}));
			EXPECT_EQ(ran.exit_status(), 0) << ran.errors;
			++shows;
		}
	}};
	for (unsigned rounds = 0; rounds < 50 || shows < 6; ++rounds) {
		socket_ends ends = make_tcp_pair();
		ASSERT_THAT(set.add(ends.ours, EPOLLIN), succeeds());
		fcntl(ends.peer, F_SETFL, 0);
		ends.ours.close();
		// The end of the stream, at once.
		char byte = 0;
		ASSERT_EQ(recv(ends.peer, &byte, 1, 0), 0);
		ASSERT_EQ(support::look_at(set).about.watches, 1U);
	}
}

} // namespace
