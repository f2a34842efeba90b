// SPDX-License-Identifier: MIT
// ONESHOT: an item that has fired is silent until MOD. It stays in the tree and on the wait queue.
#include "examples/tour/tour.hpp"

using namespace tour;

static void story()
{
	const file_descriptor receiver = bound_socket(SOCK_DGRAM);
	const file_descriptor sender = connected_socket(SOCK_DGRAM, receiver);
	instance set;
	set.add(receiver.get(), interest::in | interest::oneshot, 1);

	events buffer;
	send_packet(sender);
	std::printf("%zu event for the first packet\n", set.wait(buffer).size());
	hold_still();

	// The callback still runs, sees that the item is disabled, and does nothing.
	send_packet(sender);
	std::printf("%zu events for the second\n", set.wait(buffer, 0ms).size());
	hold_still();

	// MOD enables it and polls the socket, where both packets still are. Nothing is lost.
	set.modify(receiver.get(), interest::in | interest::oneshot, 2);
	hold_still();
	std::printf("%zu event after MOD\n", set.wait(buffer).size());
	hold_still();
}

int main() { return run(story); }
