// SPDX-License-Identifier: MIT
#include "tools/run.hpp"

#include <cstdlib>

#include <myepoll/info.hpp>

#include "tools/execute.hpp"
#include "tools/failure.hpp"
#include "tools/preload_library.hpp"
#include "tools/program.hpp"
#include "tools/supervisor.hpp"

namespace tools {
namespace {

void refuse_what_is_out_of_reach(const std::string& program)
{
	if (const auto why = why_out_of_reach(program))
		throw failure{wrong_usage, program + " " + *why +
					   ": it would run on the kernel's epoll (--force runs it anyway)"};
}

} // namespace

int run(const run_options& options, const std::vector<std::string>& command)
{
	const std::string program = find_program(command.front());
	if (!options.force)
		refuse_what_is_out_of_reach(program);
	preload(sanitizers_of(program), find_preload_library());
	if (options.require) {
		static_cast<void>(myepoll::info()); // or CMD would fail only at its first epoll
		setenv("MYEPOLL_PRELOAD", "require", 1);
	}
	if (options.no_io_uring)
		setenv("MYEPOLL_PRELOAD_IO_URING", "off", 1);
	if (options.no_follow)
		setenv("MYEPOLL_PRELOAD_FOLLOW", "off", 1);
	if (!options.verify)
		execute(program, command);

	supervisor watch{program, command};
	const int status = watch.run();
	watch.summarize();
	return watch.has_seen_an_epoll() ? kernel_epoll_seen : status;
}

} // namespace tools
