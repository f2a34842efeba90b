// SPDX-License-Identifier: GPL-2.0-only
// The command `myepoll trace`: which events it shows, in its three formats, and that it leaves nothing behind.
#include "preload/program.hpp"
#include "support/kernel_module.hpp"
#include "support/loopback.hpp"
#include "support/trace_log.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

using namespace support;
using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

const std::string instances = "/sys/kernel/tracing/instances/";

// Of `myepoll trace`, now in the kernel.
std::vector<std::string> trace_instances()
{
	std::vector<std::string> found;
	for (const auto& entry : std::filesystem::directory_iterator{instances})
		if (const std::string name = entry.path().filename(); name.starts_with("myepoll-trace-"))
			found.push_back(name);
	return found;
}

words trace(words options, words program = {})
{
	words line{command, "trace"};
	line.insert(line.end(), options.begin(), options.end());
	if (!program.empty())
		line.emplace_back("--");
	line.insert(line.end(), program.begin(), program.end());
	return line;
}

words on_module(words program)
{
	program.insert(program.begin(), {command, "run", "--"});
	return program;
}

std::vector<std::string> lines_of(const std::string& text)
{
	std::vector<std::string> lines;
	std::istringstream stream{text};
	for (std::string line; std::getline(stream, line);)
		lines.push_back(line);
	return lines;
}

// Traces, from when the constructor returns, until end().
class tracer {
public:
	explicit tracer(const words& options)
		: child_{[&, this] {
			  fcntl(output_.writer, F_SETFL, 0); // blocking, as programs expect
			  fcntl(output_.writer, F_SETPIPE_SZ, 4096);
			  dup2(output_.writer, STDOUT_FILENO);
			  dup2(errors_, STDERR_FILENO);
			  execute(trace(options), {});
		  }}
	{
		fcntl(output_.reader, F_SETFL, 0);
		output_.writer.close();
		while (!is_on() && kill(child_.pid(), 0) == 0)
			std::this_thread::yield();
	}

	std::string end(int signal = SIGINT)
	{
		child_.kill(signal);
		std::string text;
		std::array<char, 4096> part;
		for (ssize_t size; (size = read(output_.reader, part.data(), part.size())) > 0;)
			text.append(part.data(), static_cast<std::size_t>(size));
		status_ = child_.join();
		return text;
	}
	pid_t pid() const { return child_.pid(); }
	int status() const { return status_; }
	std::string errors() const { return content_of(errors_); }

private:
	bool is_on() const
	{
		const std::string mine = "myepoll-trace-" + std::to_string(pid()) + "-";
		for (const std::string& name : trace_instances())
			if (name.starts_with(mine))
				return read_all(instances + name + "/events/myepoll/enable") == "1\n";
		return false;
	}

	pipe_ends output_ = make_pipe();
	unique_fd errors_{memfd_create("errors", MFD_CLOEXEC)};
	child_process child_;
	int status_ = -1;
};

words of_this_process(words more = {})
{
	more.insert(more.begin(), {"-p", std::to_string(getpid())});
	return more;
}

// The events in JSON lines, between their first and their last line.
std::vector<json> events_in(const std::string& text)
{
	std::vector<json> all;
	for (const std::string& line : lines_of(text))
		all.push_back(json::parse(line));
	if (all.size() < 2 || !all.front().contains("version") || !all.back().contains("events"))
		throw std::runtime_error{"not from the beginning to the end: " + text};
	EXPECT_EQ(all.back()["events"], all.size() - 2);
	return {all.begin() + 1, all.end() - 1};
}

std::vector<std::string> names_of(const std::vector<json>& events)
{
	std::vector<std::string> names;
	for (const json& event : events)
		names.push_back(event["event"]);
	return names;
}

const json& the_first(const std::string& name, const std::vector<json>& events)
{
	for (const json& event : events)
		if (event["event"] == name)
			return event;
	throw std::runtime_error{"there is no " + name};
}

class Trace : public device_test {
protected:
	std::optional<std::string> why_impossible() const override { return trace_log::why_impossible(); }
};

// A process that is nobody's child of those that are traced later; it does its deed when it is told to.
class stranger {
public:
	explicit stranger(const std::function<void()>& deed)
		: child_{[&, this] {
			  fcntl(gate_.reader, F_SETFL, 0);
			  char byte;
			  if (read(gate_.reader, &byte, 1) == 1)
				  deed();
		  }}
	{
	}
	void act()
	{
		write_bytes(gate_.writer, 1);
		EXPECT_EQ(child_.join(), 0);
	}
	pid_t pid() const { return child_.pid(); }

private:
	pipe_ends gate_ = make_pipe();
	child_process child_;
};

const std::vector<std::string> steps_of_a_harvest{
	"create", "link",	"hook", "queue", "ctl",	 "link",    "hook",    "queue",   "ctl",	    "link",	"hook", "queue",
	"ctl",	  "wait", "scan_begin", "poll", "poll",  "poll", "deliver", "deliver", "deliver", "scan_end", "wait_end"};

TEST_F(Trace, shows_a_line_for_each_step_of_a_program)
{
	const outcome ran = run_program(trace({}, on_module({epoll_maker, "harvest"})));

	EXPECT_EQ(ran.exit_status(), 0);
	std::vector<std::string> steps;
	for (const std::string& line : lines_of(ran.output)) {
		std::istringstream columns{line};
		std::string time, task, instance, step;
		columns >> time >> task >> instance >> step;
		if (!task.starts_with("epoll_maker["))
			continue; // the program's own output
		EXPECT_THAT(time, testing::MatchesRegex("[0-9]+\\.[0-9]{6}"));
		steps.push_back(step);
	}
	ASSERT_EQ(steps.size(), steps_of_a_harvest.size() + 4);
	const std::vector<std::string> at_its_exit{steps.end() - 4, steps.end()};
	steps.resize(steps_of_a_harvest.size());
	EXPECT_EQ(steps, steps_of_a_harvest);
	EXPECT_THAT(at_its_exit, testing::UnorderedElementsAre("release", "unlink", "unlink", "unlink"));
	EXPECT_THAT(ran.output, HasSubstr("deliver "));
	EXPECT_THAT(ran.output, HasSubstr(" data=0x2 fate=stays ready\n"));
	EXPECT_THAT(ran.output, HasSubstr("wait_end   result=3\n"));
	EXPECT_EQ(ran.errors, "myepoll: 27 events, 0 lost\n");
}

TEST_F(Trace, of_a_process_has_what_it_did_with_old_and_new_instances)
{
	const unique_fd counter = make_eventfd(1);
	const event_set old = create();
	tracer traced{of_this_process({"--json"})};

	ASSERT_THAT(old.add(counter, EPOLLIN | EPOLLET, 7), succeeds());
	ASSERT_THAT(old.add(counter, EPOLLIN, 7), fails_with(EEXIST));
	const event_set young = create();
	const std::vector<json> events = events_in(traced.end());

	EXPECT_EQ(WEXITSTATUS(traced.status()), 0);
	ASSERT_THAT(names_of(events), ElementsAre("link", "hook", "queue", "ctl", "ctl", "create"));
	const json& good = events[3];
	EXPECT_EQ(good["instance"], trace_log::number_of(old));
	EXPECT_EQ(good["context"], "task");
	EXPECT_EQ(good["thread"], gettid());
	EXPECT_EQ(good["op"], "ADD");
	EXPECT_EQ(good["fd"], static_cast<int>(counter));
	EXPECT_EQ(good["events"], "IN|ET");
	EXPECT_EQ(good["data"], "0x7");
	EXPECT_EQ(good["result"], 0);
	EXPECT_EQ(good["what"], "eventfd");
	EXPECT_EQ(events[4]["result"], -EEXIST);
	EXPECT_EQ(events[4]["error"], "EEXIST");
	EXPECT_EQ(events[5]["instance"], trace_log::number_of(young));
	for (std::size_t i = 1; i < events.size(); ++i)
		EXPECT_LE(events[i - 1]["time"].get<double>(), events[i]["time"].get<double>());
}

TEST_F(Trace, of_a_ring_has_its_events_and_their_numbers)
{
	const unique_fd counter = make_eventfd();
	tracer traced{of_this_process({"--json"})};
	const event_set set{backend::ring};
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET, 7), succeeds());
	signal_eventfd(counter);
	ASSERT_THAT(set.del(counter), succeeds());
	const std::vector<json> events = events_in(traced.end());

	ASSERT_THAT(names_of(events), ElementsAre("create", "ring", "change_begin", "link", "hook", "ctl", "change_end", "post", "notify",
						  "take_back", "unlink", "ctl"));
	EXPECT_EQ(events[1]["slots"], 8);
	EXPECT_EQ(events[7]["events"], "IN");
	EXPECT_EQ(events[7]["data"], "0x7");
	EXPECT_EQ(events[7]["seq"], 0);
	EXPECT_EQ(events[7]["what"], "eventfd");
	EXPECT_EQ(events[8]["outcome"], "posted");
	EXPECT_EQ(events[9]["seq"], 0);
}

TEST_F(Trace, of_a_command_has_the_instances_of_its_children)
{
	const outcome ran = run_program(trace({"--json", "-o", "/dev/stdout"},
					      on_module({"sh", "-c", "for i in 1 2; do " + epoll_maker + " libc >/dev/null; done; exit 5"})));

	EXPECT_EQ(ran.exit_status(), 5);
	std::set<int> threads;
	for (const json& event : events_in(ran.output)) {
		EXPECT_EQ(event["name"], "epoll_maker");
		if (event["event"] == "create")
			threads.insert(event["thread"].get<int>());
	}
	EXPECT_EQ(threads.size(), 2U);
}

TEST_F(Trace, shows_what_others_do_to_its_instances_but_not_to_theirs)
{
	const unique_fd counter = make_eventfd();
	stranger other{[&] {
		const event_set own = create();
		ASSERT_THAT(own.add(counter, EPOLLIN), succeeds());
		signal_eventfd(counter);
	}};
	tracer traced{of_this_process({"--json"})};
	const event_set ours = create();
	ASSERT_THAT(ours.add(counter, EPOLLIN), succeeds());

	other.act();
	const std::vector<json> events = events_in(traced.end());

	ASSERT_THAT(names_of(events), ElementsAre("create", "link", "hook", "ctl", "notify"));
	const json& notify = events.back();
	EXPECT_EQ(notify["thread"], other.pid());
	EXPECT_EQ(notify["instance"], trace_log::number_of(ours));
	EXPECT_EQ(notify["outcome"], "queued");
	EXPECT_EQ(notify["what"], "eventfd");
}

TEST_F(Trace, without_arguments_shows_all_instances)
{
	stranger other{[&] { static_cast<void>(create()); }};
	tracer traced{{"--json"}};

	other.act();

	EXPECT_EQ(the_first("create", events_in(traced.end()))["thread"], other.pid());
}

TEST_F(Trace, names_the_connection_behind_a_packet_in_a_softirq)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	const event_set set = create();
	ASSERT_THAT(set.add(tcp.ours, EPOLLIN), succeeds());
	tracer traced{of_this_process()};

	write_bytes(tcp.peer, 1);
	ASSERT_THAT(set.wait(1s), returns(1));
	const std::string text = traced.end();

	const std::string ours = "127.0.0.1:" + std::to_string(port_of(tcp.ours));
	const std::string peer = "127.0.0.1:" + std::to_string(port_of(tcp.peer));
	EXPECT_THAT(text, testing::ContainsRegex("softirq on cpu [0-9]+ +[0-9]+  notify .* fd=" + std::to_string(tcp.ours) +
						 " \\(tcp " + ours + " [<>] " + peer + "\\) key=IN"));
}

// The same number in the same set, first an eventfd, then a pipe.
TEST_F(Trace, forgets_what_a_descriptor_was_when_it_is_removed)
{
	const event_set set = create();
	unique_fd target = make_eventfd();
	const pipe_ends pipe = make_pipe();
	tracer traced{of_this_process({"--json"})};

	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	ASSERT_THAT(set.del(target), succeeds());
	dup2(pipe.reader, target);
	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());

	const std::vector<json> events = events_in(traced.end());
	EXPECT_THAT(events.back()["what"].get<std::string>(), testing::StartsWith("pipe "));
}

TEST_F(Trace, cannot_be_used_to_command_a_terminal)
{
	std::array<char, 16> name{};
	prctl(PR_GET_NAME, name.data());
	tracer traced{of_this_process()};

	prctl(PR_SET_NAME, "\x1b[31m\n");
	static_cast<void>(create());
	prctl(PR_SET_NAME, name.data());
	const std::string text = traced.end();

	EXPECT_THAT(text, HasSubstr(" \\x1b[31m\\x0a[" + std::to_string(gettid()) + "] "));
	EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST_F(Trace, counts_events_that_found_no_room)
{
	may_take(60s);
	const event_set set = create();
	tracer traced{of_this_process({"--json", "--buffer", "8"})};

	// Nobody reads the pipe: when it is full, the buffers of the kernel are not read either.
	for (int i = 0; i < 5000; ++i)
		ASSERT_THAT(set.wait(0ms), delivers_nothing());
	const std::string text = traced.end();

	const json last = json::parse(lines_of(text).back());
	EXPECT_GT(last["lost"].get<int>(), 0);
	std::uint64_t steps = 0, lost = 0;
	for (const std::string& line : lines_of(text)) {
		const json event = json::parse(line);
		if (event.value("event", "") == "lost")
			lost += event.value("count", 0U);
		else if (event.contains("event"))
			++steps;
	}
	EXPECT_EQ(last["events"], steps);
	EXPECT_GT(lost, 0U);
	EXPECT_GE(steps + last["lost"].get<std::uint64_t>(), 10000U);
	EXPECT_EQ(traced.errors(), "myepoll: " + std::to_string(steps) + " events, " + last["lost"].dump() + " lost\n");
}

TEST_F(Trace, leaves_nothing_in_the_kernel_when_a_signal_ends_it)
{
	may_take(60s);
	for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
		tracer traced{{}};
		EXPECT_THAT(trace_instances(), testing::SizeIs(1));
		traced.end(signal);
		EXPECT_EQ(traced.status(), 0);
		EXPECT_THAT(trace_instances(), IsEmpty());
	}
}

TEST_F(Trace, removes_what_a_killed_predecessor_has_left)
{
	may_take(60s);
	tracer killed{{}};
	killed.end(SIGKILL);
	ASSERT_THAT(trace_instances(), testing::SizeIs(1));
	tracer running{{}};

	// The first one's has gone, that of the one that runs stays.
	EXPECT_EQ(run_program(trace({}, {"true"})).exit_status(), 0);
	EXPECT_THAT(trace_instances(), ElementsAre(HasSubstr("-" + std::to_string(running.pid()) + "-")));

	running.end();
	EXPECT_THAT(trace_instances(), IsEmpty());
}

TEST_F(Trace, ends_with_the_process)
{
	pipe_ends gate = make_pipe();
	child_process process{[&] {
		fcntl(gate.reader, F_SETFL, 0);
		char byte;
		static_cast<void>(!read(gate.reader, &byte, 1));
	}};
	tracer traced{{"--json", "-p", std::to_string(process.pid())}};

	write_bytes(gate.writer, 1);
	EXPECT_EQ(process.join(), 0);

	traced.end(0);
	EXPECT_EQ(traced.status(), 0);
}

TEST_F(Trace, ends_as_the_command_ends)
{
	may_take(60s);
	EXPECT_EQ(run_program(trace({}, {"sh", "-c", "exit 42"})).exit_status(), 42);
	EXPECT_EQ(run_program(trace({}, {"sh", "-c", "kill -TERM $$"})).exit_status(), 128 + SIGTERM);
	EXPECT_EQ(run_program(trace({}, {"no-such-program"})).exit_status(), 127);
	EXPECT_EQ(run_program(trace({}, {"/no/such/program"})).exit_status(), 127);
	EXPECT_EQ(run_program(trace({}, {"/etc/passwd"})).exit_status(), 126);
	EXPECT_THAT(trace_instances(), IsEmpty());
}

TEST_F(Trace, passes_signals_on_and_shows_how_the_command_ends)
{
	EXPECT_EQ(run_program(trace({}, {"sh", "-c", "trap 'exit 9' TERM; kill -TERM $PPID; while :; do :; done"}))
			  .exit_status(), 9);
}

TEST_F(Trace, ends_quietly_when_nobody_reads_it)
{
	const outcome ran = run_program(trace({}, on_module({"sh", "-c", epoll_maker + " harvest >/dev/null; exit 3"})), {}, [] {
		const pipe_ends pipe = make_pipe();
		dup2(pipe.writer, STDOUT_FILENO);
	});
	EXPECT_EQ(ran.exit_status(), 3);
	EXPECT_EQ(ran.errors, "");
}

TEST_F(Trace, says_what_is_wrong)
{
	may_take(60s);
	const auto fails = [](const words& line, int status, const std::string& why, const std::function<void()>& before = [] {}) {
		const outcome ran = run_program(line, {}, before);
		EXPECT_EQ(ran.exit_status(), status);
		EXPECT_EQ(ran.output, "");
		EXPECT_THAT(ran.errors, HasSubstr(why));
	};
	fails(trace({"-p", "1"}, {"true"}), 2, "-p PID or a command, not both");
	fails(trace({"-p", "none"}), 2, "-p");
	fails(trace({"--json", "--perfetto"}), 2, "excludes");
	fails(trace({"-p", "4194304"}), 125, "there is no process 4194304");
	fails(trace({"-o", "/no/such/folder/file"}), 125, "/no/such/folder/file");
	fails(trace({}), 125, "(as root, and with tracefs mounted on /sys/kernel/tracing)", [] { checked(setuid(65534), "setuid"); });
	const auto privately = [] {
		checked(unshare(CLONE_NEWNS), "unshare");
		checked(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
	};
	const auto hide = [](const char* folder) { checked(mount("none", folder, "tmpfs", 0, nullptr), "mount"); };
	fails(trace({}), 125, "(as root, and with tracefs mounted on /sys/kernel/tracing)", [&] {
		privately();
		for (const char* folder : {"/sys/kernel/debug/tracing", "/sys/kernel/debug", "/sys/kernel/tracing"})
			(void)umount2(folder, MNT_DETACH);
	});
	fails(trace({}), 125, "cannot trace: the module is not loaded", [&] {
		privately();
		hide("/sys/kernel/tracing/events");
		hide("/sys/module");
	});
	fails(trace({}), 125, "cannot trace: the loaded module is too old for trace events", [&] {
		privately();
		hide("/sys/kernel/tracing/events");
	});
}

// What ui.perfetto.dev needs to place everything without guessing.
void expect_valid_for_perfetto(const json& trace)
{
	std::set<int> named_processes, named_threads;
	std::map<int, std::vector<std::string>> open;
	double last = 0;
	for (const json& event : trace["traceEvents"]) {
		const std::string phase = event["ph"];
		const int thread = event["tid"];
		ASSERT_THAT((std::set<std::string>{"i", "b", "e", "C", "M"}), Contains(phase)) << event;
		if (phase == "M") {
			if (event["name"] == "process_name")
				named_processes.insert(event["pid"].get<int>());
			else
				named_threads.insert(thread);
			continue;
		}
		EXPECT_GE(event["ts"].get<double>(), last);
		last = event["ts"];
		EXPECT_THAT(named_processes, Contains(event["pid"].get<int>())) << event;
		EXPECT_THAT(named_threads, Contains(thread)) << event;
		if (phase == "b") {
			open[event["id"]].push_back(event["name"]);
		} else if (phase == "e") {
			ASSERT_THAT(open[event["id"]], Not(IsEmpty())) << event;
			EXPECT_EQ(open[event["id"]].back(), event["name"]);
			open[event["id"]].pop_back();
		}
	}
	for (const auto& [id, left] : open)
		EXPECT_THAT(left, IsEmpty());
}

TEST_F(Trace, for_perfetto_has_waits_with_their_sleeps_and_lengths_of_lists)
{
	tracer traced{of_this_process({"--perfetto"})};
	const unique_fd counter = make_eventfd();
	const event_set set = create();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	signal_eventfd(counter);
	ASSERT_THAT(sleeper.result(), returns(1));
	waiter still_sleeping{set};
	ASSERT_TRUE(still_sleeping.falls_asleep());

	const json trace = json::parse(traced.end());
	still_sleeping.interrupt();

	expect_valid_for_perfetto(trace);
	std::vector<std::string> spans;
	std::vector<int> ready;
	for (const json& event : trace["traceEvents"]) {
		if ((event["ph"] == "b" || event["ph"] == "e") && event["tid"] == sleeper.tid())
			spans.push_back(event["ph"].get<std::string>() + ' ' + event["name"].get<std::string>());
		if (event["ph"] == "C")
			ready.push_back(event["args"]["ready"]);
	}
	EXPECT_THAT(spans, ElementsAre("b WAIT", "b sleep", "e sleep", "e WAIT"));
	EXPECT_THAT(ready, ElementsAre(0, 1, 0));
}

} // namespace
