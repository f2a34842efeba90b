// SPDX-License-Identifier: MIT
// The command myepoll: runs unmodified programs on myepoll, and describes the loaded module.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/failure.hpp"
#include "tools/look/ls.hpp"
#include "tools/look/show.hpp"
#include "tools/look/trace.hpp"
#include "tools/print_info.hpp"
#include "tools/run.hpp"
#include "tools/story/record.hpp"
#include "tools/story/story.hpp"

namespace {

using tools::failure;

constexpr const char* about_run =
	"Runs a program, and what it starts, on myepoll instead of the kernel's epoll.";

constexpr const char* limits_of_trace =
	"Without -p and CMD, events of all instances are shown. With one of them, those of the instances that\n"
	"the process or CMD, or what they start meanwhile, has or uses; also what others do to these.\n"
	"Needs root, and tracefs mounted on /sys/kernel/tracing.\n\n"
	"Ends with CMD or PID, or by SIGINT or SIGTERM, which CMD gets. Exit status: CMD's, or 128+N if signal N\n"
	"ended it; 2 wrong usage; 125 myepoll itself failed; 126 CMD cannot be executed; 127 CMD not found.";

constexpr const char* about_record =
	"Records trace events and snapshots, and makes of them a page for the browser that shows each step.";

constexpr const char* limits_of_record =
	"Records what `myepoll trace` would show, with -p or CMD or without. CMD is not put on myepoll by this:\n"
	"record ... -- myepoll run -- CMD does that. Files are written at the end, as a whole or not at all.\n"
	"Needs root, and tracefs mounted on /sys/kernel/tracing.\n\n"
	"Ends with CMD or PID, after --seconds, when it is full, or by SIGINT or SIGTERM. Exit status: CMD's, or 128+N\n"
	"if signal N ended it; 2 wrong usage; 125 myepoll itself failed; 126 CMD cannot be executed; 127 CMD not found.";

constexpr const char* limits_of_story =
	"Needs neither the module nor root.\n\n"
	"--verify replays the steps from the first snapshot and compares the result with each later one. Exit status:\n"
	"0 all agree; 1 one does not, or a step is missing; 3 not verifiable, because events were lost, or there is no\n"
	"snapshot to compare with; 2 wrong usage; 125 the file cannot be read or is no recording.";

constexpr const char* limits_of_run =
	"CMD needs no change: the preload library replaces libc's epoll functions.\n\n"
	"Out of reach, and on the kernel's epoll as before:\n"
	"  static and 32-bit programs, Go      refused as CMD, unless you give --force\n"
	"  setuid and setgid programs          likewise; the loader ignores LD_PRELOAD\n"
	"  system calls without libc           --verify sees them\n"
	"Not supported:\n"
	"  epoll_ctl batched through io_uring  fails on myepoll; libuv needs --no-io-uring\n\n"
	"Without the module CMD runs on the kernel's epoll, after a warning; with --require it fails.\n\n"
	"Exit status: CMD's, or 128+N if signal N ended it; 2 wrong usage, or CMD refused; 120 --verify\n"
	"saw a kernel epoll; 125 myepoll itself failed; 126 CMD cannot be executed; 127 CMD not found.";

// What precedes -- is for this command; what follows it is CMD.
struct split_arguments {
	std::vector<std::string> ours; // in reverse, as the parser needs them
	std::vector<std::string> command;
};

split_arguments split(int argc, char** argv)
{
	const std::vector<std::string> all{argv + 1, argv + argc};
	const auto mark = std::find(all.begin(), all.end(), "--");
	split_arguments parts;
	parts.ours.assign(std::make_reverse_iterator(mark), all.rend());
	if (mark != all.end())
		parts.command.assign(mark + 1, all.end());
	return parts;
}

// All options of run are flags, so CMD starts at the first other word.
void refuse_command_without_mark(const split_arguments& arguments)
{
	const auto& ours = arguments.ours;
	if (ours.empty() || ours.back() != "run")
		return;
	std::string so_far = "myepoll run";
	for (auto word = ours.rbegin() + 1; word != ours.rend(); ++word) {
		if (word->starts_with('-')) {
			so_far += " " + *word;
			continue;
		}
		so_far += " --";
		for (; word != ours.rend(); ++word)
			so_far += " " + *word;
		throw failure{tools::wrong_usage, "run: put -- before the command: " + so_far};
	}
}

// The parser never sees CMD, so it cannot put it into the usage line.
class command_formatter : public CLI::Formatter {
public:
	explicit command_formatter(std::string usage) : usage_{std::move(usage)} {}

private:
	std::string make_usage(const CLI::App*, std::string) const override { return "Usage: " + usage_ + "\n"; }

	std::string usage_;
};

void add_product_options(CLI::App& verb, tools::story::product_options& files)
{
	verb.add_option("-o", files.page, "write the page to this file")->type_name("FILE.html");
	verb.add_option("--json", files.json, "write the recording to this file; `myepoll story` draws it later")->type_name("FILE");
	verb.add_option("--perfetto", files.perfetto, "write the timeline that ui.perfetto.dev opens")->type_name("FILE");
	verb.add_flag("--redact", files.redact, "leave out addresses, data values and names");
}

int dispatch(int argc, char** argv)
{
	split_arguments arguments = split(argc, argv);
	refuse_command_without_mark(arguments);
	CLI::App app{"Runs programs on myepoll, the epoll behind /dev/myepoll.", "myepoll"};
	app.require_subcommand(1);
	app.set_version_flag("--version", "myepoll " VERSION);

	tools::run_options options;
	CLI::App* const run = app.add_subcommand("run", about_run);
	run->footer(limits_of_run);
	run->formatter(std::make_shared<command_formatter>("myepoll run [OPTIONS] -- CMD [ARGUMENT]..."));
	run->add_flag("--verify", options.verify,
		      "fail if CMD or any child makes a kernel epoll; waits for all children");
	run->add_flag("--require", options.require, "fail if there is no /dev/myepoll");
	run->add_flag("--no-io-uring", options.no_io_uring,
		      "make io_uring_setup(2) through libc fail with ENOSYS");
	run->add_flag("--no-follow", options.no_follow,
		      "do not add the library to children whose environment lacks it");
	run->add_flag("--force", options.force, "run CMD even if it is out of reach");
	CLI::App* const info =
		app.add_subcommand("info", "Prints what the loaded module reports about itself.");

	tools::look::ls_options listed;
	CLI::App* const ls = app.add_subcommand("ls", "Lists the instances of all processes that you may look at.");
	ls->add_option("--interval", listed.interval, "show rates, measured over so many seconds, again and again")
		->check(CLI::PositiveNumber);
	ls->add_option("--count", listed.count, "with --interval: end after so many lists");
	ls->add_flag("--json", listed.json, "print JSON, a line for each list");
	tools::look::show_options shown;
	CLI::App* const show = app.add_subcommand("show", "Shows what an instance is like.");
	show->add_option("PID[:FD]", shown.of, "a process, or one of its instances by descriptor")->required();
	show->add_flag("--ready", shown.ready, "only what is on the ready list");
	show->add_option("--fd", shown.fd, "only watches of this descriptor, and who has their file open");
	show->add_option("--head", shown.head, "show so many watches")->capture_default_str();
	auto* const json = show->add_flag("--json", shown.json, "print JSON");
	show->add_flag("--dot", shown.dot, "print a drawing of tree and ready list for graphviz")->excludes(json);

	tools::look::trace_options traced;
	CLI::App* const trace = app.add_subcommand("trace", "Shows the module's trace events as they fire.");
	trace->footer(limits_of_trace);
	trace->formatter(std::make_shared<command_formatter>("myepoll trace [OPTIONS] [-p PID | -- CMD [ARGUMENT]...]"));
	trace->add_option("-p", traced.process, "only events of instances of this process")
		->type_name("PID")
		->check(CLI::Range(1, 1 << 22));
	trace->add_option("--buffer", traced.buffer, "for each CPU; events that find no room are lost")
		->type_name("KIB")
		->check(CLI::Range(4UL, 1UL << 20))
		->capture_default_str();
	trace->add_option("-o", traced.file, "write to this file instead of standard output")->type_name("FILE");
	auto* const lines = trace->add_flag("--json", traced.json, "print JSON, a line for each event");
	trace->add_flag("--perfetto", traced.perfetto, "write the JSON that ui.perfetto.dev opens")->excludes(lines);

	tools::story::record_options recorded;
	CLI::App* const record = app.add_subcommand("record", about_record);
	record->footer(limits_of_record);
	record->formatter(std::make_shared<command_formatter>("myepoll record [OPTIONS] [-p PID | -- CMD [ARGUMENT]...]"));
	add_product_options(*record, recorded.files);
	record->add_option("-p", recorded.scope.process, "record the instances of this process")
		->type_name("PID")
		->check(CLI::Range(1, 1 << 22));
	record->add_option("--seconds", recorded.scope.seconds, "end after so long; CMD goes on")->check(CLI::PositiveNumber);
	record->add_option("--steps", recorded.most_steps, "end when so many are recorded")
		->check(CLI::Range(1UL, 1'000'000UL))
		->capture_default_str();
	record->add_option("--buffer", recorded.scope.buffer, "for each CPU; events that find no room are lost")
		->type_name("KIB")
		->check(CLI::Range(4UL, 1UL << 20))
		->capture_default_str();
	tools::story::story_options told;
	CLI::App* const story = app.add_subcommand("story", "Draws a recording that was kept, or checks it.");
	story->footer(limits_of_story);
	story->add_option("FILE", told.recording, "what `myepoll record --json` has written")->required();
	add_product_options(*story, told.files);
	story->add_flag("--verify", told.verify, "check that it is complete; write nothing");

	try {
		app.parse(arguments.ours);
	} catch (const CLI::ParseError& error) {
		return app.exit(error) == 0 ? 0 : tools::wrong_usage;
	}
	if (*info)
		return tools::print_info(), 0;
	if (*ls)
		return tools::look::ls(listed), 0;
	if (*show)
		return tools::look::show(shown), 0;
	if (*trace)
		return tools::look::trace(traced, arguments.command);
	if (*record) {
		recorded.scope.command = arguments.command;
		return tools::story::record(recorded);
	}
	if (*story)
		return tools::story::story(told);
	if (arguments.command.empty())
		throw failure{tools::wrong_usage,
			      "run: no command given; put -- before the command (see myepoll run --help)"};
	return tools::run(options, arguments.command);
}

} // namespace

int main(int argc, char** argv)
{
	try {
		return dispatch(argc, argv);
	} catch (const failure& error) {
		std::fprintf(stderr, "myepoll: %s\n", error.what());
		return error.status();
	} catch (const std::exception& error) {
		std::fprintf(stderr, "myepoll: %s\n", error.what());
		return tools::own_trouble;
	}
}
