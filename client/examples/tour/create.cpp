// SPDX-License-Identifier: MIT
// CREATE: a set is a file. It lives until the last descriptor of that file is closed.
#include "examples/tour/tour.hpp"

using namespace tour;

static void story()
{
	const file_descriptor watched = counter(1);
	// The descriptor is the lowest that is free, as of any new file.
	instance set;
	hold_still();

	// A second descriptor of the same file: nothing new is made.
	instance same{file_descriptor{checked(dup(set.fd()), "dup")}};
	set.add(watched.get(), interest::in, 1);
	hold_still();

	// The set lives on, and delivers through the other descriptor.
	set = instance{file_descriptor{}};
	events buffer;
	std::printf("%zu event through the second descriptor\n", same.wait(buffer).size());
	hold_still();
	// Here the last one is closed: the set is released, and with it the item that is still in it.
}

int main() { return run(story); }
