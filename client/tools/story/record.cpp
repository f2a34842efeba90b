// SPDX-License-Identifier: MIT
#include "tools/story/record.hpp"

#include <cstdio>
#include <string>

#include "tools/failure.hpp"
#include "tools/look/words.hpp"
#include "tools/story/recorder.hpp"

namespace tools::story {
namespace {

[[noreturn]] void fail_for_nothing(const look::trace_scope& scope)
{
	if (!scope.command.empty())
		throw failure{own_trouble, "nothing to record: the command made no myepoll instance (is it on the kernel's epoll? record -- "
					   "myepoll run -- CMD)"};
	throw failure{own_trouble, "nothing to record: no myepoll instance was there (myepoll ls lists them)"};
}

std::string in_words(const recording& made)
{
	std::string text = look::count_of(made.steps.size(), "step", "steps") + ", " +
			   look::count_of(made.snapshots.size(), "page of snapshots", "pages of snapshots") + ", " + std::to_string(made.lost) +
			   " lost";
	if (made.full)
		text += "; full after " + look::seconds_in_words(*made.full / 1'000'000) + " (--steps)";
	return text;
}

} // namespace

int record(const record_options& options)
{
	products files{options.files};
	const bool everybody = options.scope.process == 0 && options.scope.command.empty();
	bool is_empty = false;
	recorder of{options.most_steps, everybody, [&](recording& made) {
			    made.command = options.scope.command;
			    made.process = options.scope.process;
			    is_empty = made.steps.empty() && made.snapshots.empty();
			    if (is_empty)
				    return;
			    const std::string counts = in_words(made);
			    const verdict result = files.make(made);
			    std::fprintf(stderr, "myepoll: %s\nmyepoll: %s\nmyepoll: wrote %s\n", counts.c_str(), result.text.c_str(),
					 files.names().c_str());
		    }};
	const int status = look::follow_events(options.scope, of);
	// A command that fails has said why.
	if (is_empty && status == 0)
		fail_for_nothing(options.scope);
	return status;
}

} // namespace tools::story
