// SPDX-License-Identifier: MIT
// Level against edge: the same socket twice in one set, once level-triggered, once edge-triggered.
#include "examples/tour/tour.hpp"

using namespace tour;

static void show(const char* when, instance& set)
{
	events buffer;
	std::printf("%s:", when);
	for (const myepoll::event& event : set.wait(buffer, 0ms))
		std::printf(" %c", static_cast<char>(event.data));
	std::puts("");
	hold_still();
}

static void story()
{
	const file_descriptor receiver = bound_socket(SOCK_DGRAM);
	const file_descriptor duplicate{checked(dup(receiver.get()), "dup")};
	const file_descriptor sender = connected_socket(SOCK_DGRAM, receiver);
	instance set;
	set.add(receiver.get(), interest::in, 'L');
	set.add(duplicate.get(), interest::in | interest::edge, 'E');
	hold_still();

	send_packet(sender);
	show("a packet has come", set);
	// Level stays ready as long as the packet is there. Edge has told of it once.
	show("nobody has read it", set);
	send_packet(sender);
	show("another has come", set);
	receive_packet(receiver);
	receive_packet(receiver);
	// The level-triggered item is still on the ready list. Polled, it turns out not to be ready, and leaves.
	show("both are read", set);
}

int main() { return run(story); }
