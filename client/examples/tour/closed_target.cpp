// SPDX-License-Identifier: MIT
// A target that is closed leaves the set by itself, but only with the last descriptor of its file.
#include "examples/tour/tour.hpp"

using namespace tour;

static void story()
{
	file_descriptor receiver = bound_socket(SOCK_DGRAM);
	const file_descriptor sender = connected_socket(SOCK_DGRAM, receiver);
	file_descriptor duplicate{checked(dup(receiver.get()), "dup")};
	instance set;
	set.add(receiver.get(), interest::in, 42);
	hold_still();

	// The file is still open by another descriptor, which a child process may as well hold: the item stays, and is
	// delivered under a descriptor that is closed. DEL before close() is what spares a program this.
	receiver.reset();
	send_packet(sender);
	events buffer;
	for (const myepoll::event& event : set.wait(buffer))
		std::printf("data %d is ready, its descriptor is closed\n", static_cast<int>(event.data));
	hold_still();

	// With the last descriptor the file closes, and the item leaves the tree, the wait queue and the ready list.
	duplicate.reset();
	std::printf("%zu events\n", set.wait(buffer, 0ms).size());
	hold_still();
}

int main() { return run(story); }
