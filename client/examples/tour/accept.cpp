// SPDX-License-Identifier: MIT
// accept(): a listening socket is ready while its accept queue has a connection; accept() makes a socket, its file and
// its descriptor.
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
		char byte = 0;
		checked(static_cast<int>(recv(connection.get(), &byte, 1, 0)), "recv");
	});
	events buffer;
	set.wait(buffer);
	hold_still();

	// The new socket gets the lowest free descriptor. Nobody watches it until it is added.
	const file_descriptor connection{checked(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept4")};
	set.add(connection.get(), interest::in, 2);
	hold_still();

	// The accept queue is empty again: the listener leaves the ready list when it is polled.
	std::printf("%zu events once the connection is accepted\n", set.wait(buffer, 0ms).size());
	send_packet(connection);
	hold_still();
}

int main() { return run(story); }
