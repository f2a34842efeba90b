// SPDX-License-Identifier: MIT
// Counts the bytes of a pipe or terminal on stdin: seq 1000000 | edge_triggered_reader
// An edge is reported once, so after each event it reads until nothing is left (EAGAIN).
#include <myepoll/instance.hpp>

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>

struct drained {
	unsigned long long bytes;
	bool end; // all writers have closed it
};

static drained drain(int fd)
{
	std::array<char, 4096> chunk;
	for (drained so_far{0, false};;) {
		const ssize_t got = read(fd, chunk.data(), chunk.size());
		if (got > 0)
			so_far.bytes += static_cast<unsigned long long>(got);
		else if (got == 0)
			return {so_far.bytes, true};
		else if (errno == EAGAIN)
			return so_far;
		else if (errno != EINTR)
			throw std::system_error(errno, std::system_category(), "read");
	}
}

static void run()
{
	// Opened again: O_NONBLOCK on stdin itself would affect every process that shares it.
	const myepoll::file_descriptor input{open("/dev/stdin", O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
	if (!input)
		throw std::system_error(errno, std::system_category(), "open /dev/stdin");
	myepoll::instance set;
	set.add(input.get(), myepoll::interest::in | myepoll::interest::edge, 0);

	unsigned long long bytes = 0, edges = 0;
	std::array<myepoll::event, 1> buffer;
	for (bool end = false; !end; edges++) {
		set.wait(buffer);
		const drained part = drain(input.get());
		bytes += part.bytes;
		end = part.end;
	}
	std::printf("%llu bytes in %llu edges\n", bytes, edges);
}

int main()
try {
	run();
} catch (const std::exception& error) {
	std::fprintf(stderr, "edge_triggered_reader: %s\n", error.what());
	return 1;
}
