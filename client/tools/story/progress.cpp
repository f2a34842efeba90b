// SPDX-License-Identifier: MIT
#include "tools/story/progress.hpp"

#include <unistd.h>

#include <cstdio>

#include "tools/look/words.hpp"

namespace tools::story {
namespace {

constexpr std::chrono::milliseconds between{500};

} // namespace

progress::progress() : on_terminal_{isatty(STDERR_FILENO) == 1} {}

void progress::show(std::size_t steps, std::size_t instances)
{
	const auto now = clock::now();
	if (!on_terminal_ || now < next_)
		return;
	next_ = now + between;
	is_shown_ = true;
	const std::chrono::duration<double> since = now - begin_;
	std::fprintf(stderr, "\rmyepoll: recording: %.0f s, %s of %s \x1b[K", since.count(), look::count_of(steps, "step", "steps").c_str(),
		     look::count_of(instances, "instance", "instances").c_str());
}

void progress::clear()
{
	if (is_shown_)
		std::fputs("\r\x1b[K", stderr);
	is_shown_ = false;
}

} // namespace tools::story
