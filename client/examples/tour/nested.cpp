// SPDX-License-Identifier: MIT
// A set in a set: ready when something in it is ready.
#include "examples/tour/tour.hpp"

using namespace tour;

static void story()
{
	const file_descriptor receiver = bound_socket(SOCK_DGRAM);
	const file_descriptor sender = connected_socket(SOCK_DGRAM, receiver);
	instance inner, outer;
	inner.add(receiver.get(), interest::in, 1);
	outer.add(inner.fd(), interest::in, 2);

	// A circle would be a callback that never ends: ELOOP.
	std::error_code error;
	inner.add(outer.fd(), interest::in, 3, error);
	std::printf("the outer in the inner: %s\n", error.message().c_str());

	const std::jthread network = thread("network", [&sender, sleeper = gettid()] {
		await_asleep(sleeper);
		hold_still();
		send_packet(sender);
	});

	// The packet queues the item of the socket in the inner set, whose wakeup queues the item of the inner set in the
	// outer one. The outer scan polls the inner set, which scans its own ready list and delivers nothing.
	events buffer;
	outer.wait(buffer);
	hold_still();
	for (const myepoll::event& event : inner.wait(buffer, 0ms))
		std::printf("in the inner set, data %d is ready\n", static_cast<int>(event.data));
	receive_packet(receiver);

	// Nothing is ready any more, which the inner set learns by being polled.
	std::printf("%zu events of the outer set\n", outer.wait(buffer, 0ms).size());
	hold_still();
}

int main() { return run(story); }
