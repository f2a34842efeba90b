// SPDX-License-Identifier: MIT
// accept(): a listening socket is ready while its accept queue has a connection; accept() makes a socket, its file and
// its descriptor. The whole way, from there to the first event of the new connection.
#include "examples/tour/tour.hpp"

using namespace tour;

static void story()
{
	const file_descriptor listener = listening_socket();
	instance set;
	set.add(listener.get(), interest::in, 1);
	hold_still();

	// The client connects while this thread sleeps: the last packet of the handshake wakes it.
	const std::jthread client = thread("client", [&listener, server = gettid()] {
		await_asleep(server);
		const file_descriptor connection = connected_socket(SOCK_STREAM, listener);
		receive_packet(connection);
		await_asleep(server);
		hold_still();
		send_packet(connection);
		// Returns when the server closes its end.
		receive_packet(connection);
	});
	events buffer;
	set.wait(buffer);
	hold_still();

	// The new socket gets the lowest free descriptor. Nobody watches it until it is added.
	const file_descriptor connection{checked(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept4")};
	set.add(connection.get(), interest::in, 2);
	hold_still();
	send_packet(connection);

	// The accept queue is empty again: polled, the listener leaves the ready list, and this thread sleeps until the
	// client answers.
	for (const myepoll::event& event : set.wait(buffer))
		std::printf("data %d is ready\n", static_cast<int>(event.data));
	hold_still();
	receive_packet(connection);
}

int main() { return run(story); }
