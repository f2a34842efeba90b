// SPDX-License-Identifier: MIT
// A packet wakes a sleeper: the way of an event from the network to the return of WAIT.
#include "examples/tour/tour.hpp"

using namespace tour;

static void story()
{
	const file_descriptor receiver = bound_socket(SOCK_DGRAM);
	const file_descriptor sender = connected_socket(SOCK_DGRAM, receiver);
	instance set;
	set.add(receiver.get(), interest::in, 42);

	const std::jthread network = thread("network", [&sender, sleeper = gettid()] {
		await_asleep(sleeper);
		hold_still();
		send_packet(sender);
	});

	// Nothing is ready, so this thread sleeps on the wait queue of the set. The packet makes the socket ready; the
	// callback on the wait queue of the socket puts the item on the ready list and wakes this thread.
	events buffer;
	for (const myepoll::event& event : set.wait(buffer))
		std::printf("data %d is ready\n", static_cast<int>(event.data));
	hold_still();
	receive_packet(receiver);
}

int main() { return run(story); }
