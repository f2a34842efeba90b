// SPDX-License-Identifier: MIT
// The command myepoll: runs programs that know nothing of myepoll on it, and tells what is loaded.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/failure.hpp"
#include "tools/print_info.hpp"
#include "tools/run.hpp"

namespace {

using tools::failure;

constexpr const char* about_run =
	"Runs a program, and what it starts, on myepoll instead of the kernel's epoll.";

constexpr const char* limits_of_run =
	"CMD needs no change: the preload library replaces libc's epoll functions.\n\n"
	"Out of reach, and on the kernel's epoll as ever:\n"
	"  static and 32-bit programs, Go      CMD is refused if it is one; --force\n"
	"  setuid and setgid programs          the loader drops LD_PRELOAD; CMD is refused\n"
	"  system calls without libc           --verify sees them\n"
	"  epoll_ctl batched through io_uring  fails on myepoll; --no-io-uring for libuv and such\n"
	"Without the module CMD runs on the kernel's epoll, after a warning; --require is strict.\n\n"
	"Exit status: CMD's, 128+N if signal N ended it; 2 wrong usage or CMD refused; 120 --verify\n"
	"saw a kernel epoll; 125 trouble of our own; 126, 127 CMD cannot be executed, is not there.";

// The front is ours to understand, what follows -- is not.
struct split_arguments {
	std::vector<std::string> ours; // backwards, as the parser wants them
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

// All options of run are flags, so the first other word is CMD's.
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
		std::string rest = " --";
		for (; word != ours.rend(); ++word)
			rest += " " + *word;
		throw failure{tools::wrong_usage, "run: CMD goes behind --: " + so_far + rest};
	}
}

// The parser never sees CMD, so it cannot tell of it.
class run_formatter : public CLI::Formatter {
	std::string make_usage(const CLI::App*, std::string) const override
	{
		return "Usage: myepoll run [OPTIONS] -- CMD [ARGUMENT]...\n";
	}
};

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
	run->formatter(std::make_shared<run_formatter>());
	run->add_flag("--verify", options.verify,
		      "fail if CMD or any child makes a kernel epoll; waits for all children");
	run->add_flag("--require", options.require, "fail if there is no /dev/myepoll");
	run->add_flag("--no-io-uring", options.no_io_uring, "libc's callers cannot have io_uring");
	run->add_flag("--no-follow", options.no_follow,
		      "not into children whose environment CMD makes without the library");
	run->add_flag("--force", options.force, "run CMD even if it is out of reach");
	CLI::App* const info =
		app.add_subcommand("info", "Prints what the loaded module says of itself.");

	try {
		app.parse(arguments.ours);
	} catch (const CLI::ParseError& error) {
		return app.exit(error) == 0 ? 0 : tools::wrong_usage;
	}
	if (*info)
		return tools::print_info(), 0;
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
