// SPDX-License-Identifier: MIT
// Nothing comes: WAIT looks once, sleeps until its timeout, and returns 0.
#include "examples/tour/tour.hpp"

using namespace tour;

static void story()
{
	const file_descriptor receiver = bound_socket(SOCK_DGRAM);
	instance set;
	set.add(receiver.get(), interest::in, 1);
	hold_still();

	// With a timeout of 0 nobody sleeps: an empty ready list is all that WAIT looks at.
	events buffer;
	std::printf("%zu events without waiting\n", set.wait(buffer, 0ms).size());

	// Long enough for a snapshot that shows the sleeper.
	std::printf("%zu events in half a second\n", set.wait(buffer, 500ms).size());
	hold_still();
}

int main() { return run(story); }
