// SPDX-License-Identifier: GPL-2.0-only
// The same target watched by a set and polled by an io_uring: both see the same events.
#include "support/ring.hpp"
#include "support/test.hpp"
#include "support/watch.hpp"

using namespace support;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

SEMANTICS_SUITE(BesideIoUring);

// A target in a given state, and the other end, kept open to preserve that state.
struct scene {
	const char* what;
	unique_fd target;
	unique_fd other;
};

std::vector<scene> all_scenes()
{
	std::vector<scene> scenes;
	const auto add = [&](const char* what, unique_fd target, unique_fd other = unique_fd{}) {
		scenes.push_back({what, std::move(target), std::move(other)});
	};
	add("counter at 0", make_eventfd());
	add("counter at 1", make_eventfd(1));
	add("unconnected socket", unique_fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)});
	add("listener", make_tcp_listener());

	pipe_ends pipe = make_pipe();
	write_bytes(pipe.writer, 1);
	add("pipe with data", std::move(pipe.reader), std::move(pipe.writer));
	pipe = make_pipe();
	fill(pipe.writer);
	add("full pipe", std::move(pipe.writer), std::move(pipe.reader));
	pipe = make_pipe();
	pipe.reader.close();
	add("pipe without a reader", std::move(pipe.writer));
	pipe = make_pipe();
	pipe.writer.close();
	add("pipe without a writer", std::move(pipe.reader));

	for (socket_ends (*const make)() : {+[] { return make_unix_pair(); }, +[] { return make_tcp_pair(); }}) {
		socket_ends ends = make();
		write_bytes(ends.peer, 1);
		add("socket with data", std::move(ends.ours), std::move(ends.peer));
		ends = make();
		shutdown(ends.peer, SHUT_WR);
		add("socket whose peer has shut down writing", std::move(ends.ours), std::move(ends.peer));
		ends = make();
		fill(ends.ours);
		add("socket with a full buffer", std::move(ends.ours), std::move(ends.peer));
		ends = make();
		ends.peer.close();
		add("socket whose peer is closed", std::move(ends.ours));
	}
	socket_ends datagrams = make_udp_pair();
	write_bytes(datagrams.peer, 1);
	add("datagram socket with data", std::move(datagrams.ours), std::move(datagrams.peer));
	return scenes;
}

TEST_P(BesideIoUring, hears_the_same_from_a_target)
{
	for (const scene& scene : all_scenes()) {
		const event_set set = create();
		ASSERT_THAT(set.add(scene.target, all_events), succeeds()) << scene.what;
		ring uring;
		uring.poll_once(scene.target, all_events);

		const delivery waited = set.wait();
		const std::vector<int> polled = uring.completions();

		ASSERT_EQ(waited.events.size(), polled.size()) << scene.what;
		for (const int mask : polled)
			EXPECT_EQ(names_of(waited.events[0].mask), names_of(static_cast<std::uint32_t>(mask)))
				<< scene.what;
	}
}

struct happening {
	const char* what;
	void (*happens)(const socket_ends& ends);
	int heard; // the events reported to a watcher of IN and RDHUP
};

const happening happenings[] = {
	{"data", [](const socket_ends& ends) { write_bytes(ends.peer, 10); }, POLLIN},
	{"more data", [](const socket_ends& ends) { write_bytes(ends.peer, 10); }, POLLIN},
	{"half of the data is read", [](const socket_ends& ends) { read_bytes(ends.ours, 10); }, 0},
	{"data again", [](const socket_ends& ends) { write_bytes(ends.peer, 1); }, POLLIN},
	{"the peer shuts down writing", [](const socket_ends& ends) { shutdown(ends.peer, SHUT_WR); },
	 POLLIN | POLLRDHUP},
};

// behaviours: 54
TEST_P(BesideIoUring, hears_of_the_same_edges_as_a_multishot_poll)
{
	const event_set set = create();
	const socket_ends ends = make_unix_pair();
	ASSERT_THAT(set.add(ends.ours, EPOLLIN | EPOLLRDHUP | EPOLLET), succeeds());
	ring uring;
	uring.poll_on_and_on(ends.ours, EPOLLIN | EPOLLRDHUP);

	for (const happening& now : happenings) {
		now.happens(ends);
		const delivery waited = set.wait();
		const std::vector<int> polled = uring.completions();
		if (now.heard == 0) {
			EXPECT_THAT(waited, delivers_nothing()) << now.what;
			EXPECT_THAT(polled, IsEmpty()) << now.what;
		} else {
			EXPECT_THAT(waited, delivers({{static_cast<std::uint32_t>(now.heard), ends.ours}})) << now.what;
			EXPECT_THAT(polled, ElementsAre(now.heard)) << now.what;
		}
	}
}

} // namespace
