// SPDX-License-Identifier: MIT
// The smallest complete program: watch one descriptor, wait, look at the event.
#include <myepoll/instance.hpp>

#include <sys/eventfd.h>

#include <array>
#include <cstdio>
#include <exception>

using namespace std::chrono_literals;

static void run()
{
	myepoll::instance set;
	const myepoll::file_descriptor counter{eventfd(0, EFD_CLOEXEC)};
	set.add(counter.get(), myepoll::interest::in, 42);

	std::array<myepoll::event, 8> buffer;
	std::printf("before the write: %zu events\n", set.wait(buffer, 0ms).size());

	eventfd_write(counter.get(), 1);
	for (const myepoll::event& event : set.wait(buffer, 1s))
		std::printf("after the write: data %llu is ready, mask 0x%x\n",
			    static_cast<unsigned long long>(event.data),
			    static_cast<unsigned>(event.ready));
}

int main()
try {
	run();
} catch (const std::exception& error) {
	std::fprintf(stderr, "first_event: %s\n", error.what());
	return 1;
}
