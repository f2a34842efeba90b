// SPDX-License-Identifier: GPL-2.0-only
// The command `myepoll record`: what it records, when it ends, and what it leaves when it cannot.
#include "preload/program.hpp"
#include "support/kernel_module.hpp"
#include "support/trace_log.hpp"

#include <sched.h>
#include <sys/mount.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

using namespace support;
using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

namespace fs = std::filesystem;

class Record : public device_test {
protected:
	~Record() override { fs::remove_all(folder_); }
	void prepare() override { fs::create_directory(folder_); }
	std::optional<std::string> why_impossible() const override { return trace_log::why_impossible(); }

	std::string in_folder(const std::string& name) const { return folder_ / name; }
	std::string recording() const { return in_folder("recording.json"); }
	std::vector<std::string> files() const
	{
		std::vector<std::string> names;
		for (const auto& entry : fs::directory_iterator{folder_})
			names.push_back(entry.path().filename());
		return names;
	}

	words record(words options, words program = {}) const
	{
		words line{command, "record", "--json", recording()};
		line.insert(line.end(), options.begin(), options.end());
		if (!program.empty())
			line.emplace_back("--");
		line.insert(line.end(), program.begin(), program.end());
		return line;
	}
	static words harvest() { return {command, "run", "--", epoll_maker, "harvest"}; }

	json recorded() const
	{
		std::ifstream file{recording()};
		return json::parse(file);
	}
	int verified() const { return run_program({command, "story", "--verify", recording()}).exit_status(); }

	// Records this process, and ends when it has done its deed.
	void record_this_process(const words& more, const std::function<void()>& deed)
	{
		words options{"-p", std::to_string(getpid())};
		options.insert(options.end(), more.begin(), more.end());
		unique_fd errors{memfd_create("errors", MFD_CLOEXEC)};
		child_process recorder{[&] {
			dup2(errors, STDERR_FILENO);
			execute(record(options), {});
		}};
		const std::string mine = "myepoll-trace-" + std::to_string(recorder.pid()) + "-";
		await([&] { return is_on(mine); });
		// It keeps nothing that is older than its own look at the clock, which is over when it reads the first event.
		await([&] {
			in_child([] {});
			return has_read(mine);
		});
		deed();
		recorder.kill(SIGINT);
		status_ = recorder.join();
		errors_ = content_of(errors);
	}

	int status_ = -1;
	std::string errors_;

private:
	// The recorder's instance of the tracer, or an empty path.
	static fs::path traced_by(const std::string& name)
	{
		for (const auto& entry : fs::directory_iterator{"/sys/kernel/tracing/instances"})
			if (entry.path().filename().string().starts_with(name))
				return entry.path();
		return {};
	}
	static bool is_on(const std::string& name)
	{
		const fs::path instance = traced_by(name);
		return !instance.empty() && read_all(instance / "events/myepoll/enable") == "1\n";
	}
	static bool has_read(const std::string& name)
	{
		for (const auto& cpu : fs::directory_iterator{traced_by(name) / "per_cpu"}) {
			const std::string counts = read_all(cpu.path() / "stats");
			if (counts.find("read events: ") != std::string::npos && counts.find("read events: 0\n") == std::string::npos)
				return true;
		}
		return false;
	}

	fs::path folder_ = fs::temp_directory_path() / ("record-" + std::to_string(getpid()));
};

std::set<std::string> kinds_of(const json& of)
{
	std::set<std::string> names;
	for (const json& step : of["steps"])
		names.insert(of["kinds"][step[4].get<std::size_t>()][0]);
	return names;
}

TEST_F(Record, has_each_step_of_a_program)
{
	const outcome ran = run_program(record({}, harvest()));

	EXPECT_EQ(ran.exit_status(), 0);
	EXPECT_THAT(ran.errors, HasSubstr(" 0 lost\n"));
	EXPECT_THAT(ran.errors, HasSubstr("myepoll: wrote " + recording() + "\n"));
	EXPECT_THAT(files(), ElementsAre("recording.json"));
	const json made = recorded();
	EXPECT_EQ(made["recording"], 1);
	EXPECT_EQ(made["command"], json(harvest()));
	for (const char* kind : {"create", "link", "hook", "queue", "ctl", "wait", "scan_begin", "poll", "deliver", "scan_end", "wait_end",
				 "unlink", "release"})
		EXPECT_THAT(kinds_of(made), Contains(kind));
	EXPECT_THAT(made["tasks"].dump(), HasSubstr("epoll_maker"));
	EXPECT_THAT(made["losses"], IsEmpty());
}

TEST_F(Record, of_a_process_begins_with_what_is_there)
{
	may_take(60s);
	const unique_fd counter = make_eventfd();
	const event_set set = create();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());

	record_this_process({}, [&] {
		for (int i = 0; i < 50; ++i) {
			signal_eventfd(counter);
			ASSERT_THAT(set.wait(0ms), delivers({{EPOLLIN, counter}}));
		}
	});

	EXPECT_EQ(status_, 0);
	EXPECT_EQ(verified(), 0) << errors_;
	const json made = recorded();
	EXPECT_THAT(made["before"], Not(IsEmpty()));
	EXPECT_EQ(made["before"], made["alive"]);
	EXPECT_THAT(made["targets"].dump(), HasSubstr("eventfd"));
	EXPECT_THAT(made["snapshots"].size(), testing::Ge(2U));
}

// Whether an event has been taken, only snapshots tell.
TEST_F(Record, of_a_ring_leads_from_one_snapshot_to_the_next)
{
	may_take(60s);
	const unique_fd counter = make_eventfd();
	const unique_fd oneshot = make_eventfd();
	const event_set old{backend::ring};
	ASSERT_THAT(old.add(counter, EPOLLIN | EPOLLET), succeeds());
	signal_eventfd(counter);

	record_this_process({}, [&] {
		const event_set young{backend::ring};
		ASSERT_THAT(young.add(oneshot, EPOLLIN | EPOLLET | EPOLLONESHOT), succeeds());
		ASSERT_THAT(young.add(counter, EPOLLIN | EPOLLET), succeeds());
		for (int i = 0; i < 50; ++i) {
			signal_eventfd(counter);
			signal_eventfd(oneshot);
			ASSERT_THAT(young.wait(0ms, 1), returns(1));
			ASSERT_THAT(young.mod(oneshot, EPOLLIN | EPOLLET | EPOLLONESHOT), succeeds());
			if (i % 2 == 1) {
				ASSERT_THAT(old.wait(0ms), returns(1));
			}
		}
	});

	EXPECT_EQ(status_, 0);
	EXPECT_EQ(verified(), 0) << errors_;
	for (const char* kind : {"ring", "post", "take_back"})
		EXPECT_THAT(kinds_of(recorded()), Contains(kind));
}

TEST_F(Record, that_has_lost_events_says_so)
{
	may_take(60s);
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());

	// Stopped, the recorder does not read.
	record_this_process({"--buffer", "8"}, [&] {
		for (int i = 0; i < 2000; ++i) {
			signal_eventfd(counter);
			ASSERT_THAT(set.wait(0ms), delivers({{EPOLLIN, counter}}));
		}
	});

	EXPECT_EQ(status_, 0);
	EXPECT_EQ(verified(), 3) << errors_;
	EXPECT_THAT(errors_, HasSubstr("not verifiable from step "));
	const json made = recorded();
	EXPECT_GT(made["lost"], 0);
	EXPECT_THAT(made["losses"], Not(IsEmpty()));
}

TEST_F(Record, ends_when_it_is_full_and_the_command_goes_on)
{
	const outcome ran = run_program(record({"--steps", "5"}, {"sh", "-c", command + " run -- " + epoll_maker + " harvest; exit 7"}));

	EXPECT_EQ(ran.exit_status(), 7);
	EXPECT_THAT(ran.errors, HasSubstr("myepoll: 5 steps, "));
	EXPECT_THAT(ran.errors, HasSubstr("; full after "));
	const json made = recorded();
	EXPECT_EQ(made["steps"].size(), 5U);
	EXPECT_TRUE(made.contains("full"));
}

TEST_F(Record, ends_after_so_many_seconds)
{
	may_take(60s);
	const event_set set = create();
	const outcome ran = run_program(record({"-p", std::to_string(getpid()), "--seconds", "0.5"}));

	EXPECT_EQ(ran.exit_status(), 0);
	EXPECT_GE(recorded()["duration"].get<std::uint64_t>(), 500'000'000U);
}

TEST_F(Record, can_be_redacted)
{
	const outcome ran = run_program(record({"--redact", "-o", in_folder("page.html"), "--perfetto", in_folder("timeline.json")}, harvest()));

	EXPECT_EQ(ran.exit_status(), 0);
	const json made = recorded();
	EXPECT_EQ(made["redacted"], true);
	EXPECT_FALSE(made.contains("command"));
	for (const char* name : {"recording.json", "page.html", "timeline.json"}) {
		const std::string text = read_all(in_folder(name));
		EXPECT_THAT(text, Not(HasSubstr("epoll_maker"))) << name;
		EXPECT_THAT(text, Not(HasSubstr("harvest"))) << name;
	}
}

TEST_F(Record, of_nothing_is_no_file)
{
	const outcome ran = run_program(record({"-o", in_folder("page.html")}, {"true"}));

	EXPECT_EQ(ran.exit_status(), 125);
	EXPECT_THAT(ran.errors, HasSubstr("nothing to record: the command made no myepoll instance"));
	EXPECT_THAT(files(), IsEmpty());
}

TEST_F(Record, that_fails_leaves_an_older_file_as_it_is)
{
	std::ofstream{recording()} << "older";
	EXPECT_EQ(run_program(record({}, {"true"})).exit_status(), 125);
	EXPECT_EQ(read_all(recording()), "older");
	EXPECT_THAT(files(), ElementsAre("recording.json"));
}

TEST_F(Record, finds_before_it_begins_that_a_file_cannot_be_written)
{
	for (const char* option : {"-o", "--perfetto"}) {
		const outcome ran = run_program(record({option, "/no/such/folder/file"}, {"touch", in_folder("ran")}));
		EXPECT_EQ(ran.exit_status(), 125);
		EXPECT_THAT(ran.errors, HasSubstr("cannot write /no/such/folder/file: No such file or directory"));
		EXPECT_THAT(files(), IsEmpty());
	}
}

TEST_F(Record, says_what_is_wrong)
{
	may_take(60s);
	const auto fails = [&](const words& line, int status, const std::string& why, const std::function<void()>& before = [] {}) {
		const outcome ran = run_program(line, {}, before);
		EXPECT_EQ(ran.exit_status(), status);
		EXPECT_THAT(ran.errors, HasSubstr(why));
		EXPECT_THAT(files(), IsEmpty());
	};
	fails({command, "record", "--", "true"}, 2, "nothing to write: give -o, --json or --perfetto");
	fails(record({"-p", "1"}, {"true"}), 2, "-p PID or a command, not both");
	fails(record({"--seconds", "0"}, {"true"}), 2, "--seconds");
	fails(record({"--steps", "0"}, {"true"}), 2, "--steps");
	fails(record({"-p", "4194304"}), 125, "there is no process 4194304");
	fails(record({}, {"no-such-program"}), 127, "no-such-program");
	fails(record({}, {"true"}), 125, "cannot write " + recording() + ": Permission denied", [] { checked(setuid(65534), "setuid"); });
	const auto privately = [] {
		checked(unshare(CLONE_NEWNS), "unshare");
		checked(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
	};
	fails(record({}, {"true"}), 125, "(as root, and with tracefs mounted on /sys/kernel/tracing)", [&] {
		privately();
		for (const char* folder : {"/sys/kernel/debug/tracing", "/sys/kernel/debug", "/sys/kernel/tracing"})
			(void)umount2(folder, MNT_DETACH);
	});
	fails(record({}, {"true"}), 125, "cannot trace: the module is not loaded", [&] {
		privately();
		for (const char* folder : {"/sys/kernel/tracing/events", "/sys/module"})
			checked(mount("none", folder, "tmpfs", 0, nullptr), "mount");
	});
}

} // namespace
