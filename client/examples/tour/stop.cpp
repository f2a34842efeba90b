// SPDX-License-Identifier: MIT
// An eventfd ends the wait of a loop: another thread stops it without a signal and without a timeout.
#include "examples/tour/tour.hpp"

#include <atomic>

using namespace tour;

enum source : std::uint64_t { packet, stop };

static void serve(instance& set, const file_descriptor& receiver)
{
	for (events buffer;;)
		for (const myepoll::event& event : set.wait(buffer)) {
			if (event.data == stop)
				return;
			receive_packet(receiver);
		}
}

static void story()
{
	const file_descriptor receiver = bound_socket(SOCK_DGRAM);
	const file_descriptor sender = connected_socket(SOCK_DGRAM, receiver);
	const file_descriptor stopping = counter();
	instance set;
	set.add(receiver.get(), interest::in, packet);
	set.add(stopping.get(), interest::in, stop);

	std::atomic<pid_t> id = 0;
	std::jthread loop = thread("loop", [&] {
		id = gettid();
		id.notify_one();
		serve(set, receiver);
	});
	id.wait(0);
	await_asleep(id);
	hold_still();
	send_packet(sender);
	hold_still();

	// The write makes the eventfd ready, and it stays so: any number of loops would end.
	eventfd_write(stopping.get(), 1);
	loop.join();
	hold_still();
}

int main() { return run(story); }
