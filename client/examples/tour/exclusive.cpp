// SPDX-License-Identifier: MIT
// EXCLUSIVE against the herd: three threads, each with its own set, watch one listening socket.
#include "examples/tour/tour.hpp"

#include <atomic>
#include <vector>

using namespace tour;

struct worker {
	instance set;
	file_descriptor stop = counter();
	std::atomic<pid_t> id = 0;
	std::jthread running;

	explicit worker(const file_descriptor& listener, interest how)
	{
		set.add(listener.get(), interest::in | how, 1);
		set.add(stop.get(), interest::in, 2);
		running = thread("worker", [this, &listener] { work(listener); });
		id.wait(0);
	}
	~worker() { eventfd_write(stop.get(), 1); }

	// All may be woken for a connection. The first takes it, the others find an empty queue.
	void work(const file_descriptor& listener)
	{
		id = gettid();
		id.notify_one();
		for (events buffer; set.wait(buffer)[0].data == 1;)
			file_descriptor{accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)}.reset();
	}
};

static void connect_with(interest how)
{
	const file_descriptor listener = listening_socket();
	std::array<worker, 3> workers{worker{listener, how}, worker{listener, how}, worker{listener, how}};
	for (const worker& each : workers)
		await_asleep(each.id);
	hold_still();
	// Closed by whoever accepts it.
	receive_packet(connected_socket(SOCK_STREAM, listener));
	for (const worker& each : workers)
		await_asleep(each.id);
	hold_still();
}

static void story()
{
	// The herd: one connection runs three callbacks, and wakes three threads.
	connect_with(interest::none);
	// Exclusive: the wait queue stops at the first set that has a sleeper.
	connect_with(interest::exclusive);
}

int main() { return run(story); }
