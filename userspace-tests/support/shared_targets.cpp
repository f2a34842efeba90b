// SPDX-License-Identifier: GPL-2.0-only
#include "support/shared_targets.hpp"

#include "support/targets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <chrono>
#include <csignal>

namespace support {
namespace {

constexpr int small_buffer = 4096;

template <typename Pair>
void make_small(const Pair& ends)
{
	for (const int fd : {int{ends.ours}, int{ends.peer}})
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small_buffer, sizeof(small_buffer));
}

bool is_socket(target_kind kind)
{
	return kind == target_kind::unix_stream || kind == target_kind::unix_datagram ||
	       kind == target_kind::tcp || kind == target_kind::udp;
}

bool is_counter(target_kind kind)
{
	return kind == target_kind::eventfd || kind == target_kind::semaphore;
}

} // namespace

// A pipe without a reader shall give EPIPE, and not end the test.
shared_targets::shared_targets() { std::signal(SIGPIPE, SIG_IGN); }

void shared_targets::put(unsigned slot, target_kind kind, unique_fd fd)
{
	slots_[slot].kind = kind;
	slots_[slot].fd = std::move(fd);
}

// TCP puts acknowledgements off, and one that comes later may wake one side after its turn.
void shared_targets::acknowledge_all() const
{
	const int now = 1;
	for (const target& t : slots_)
		if (t.fd >= 0 && t.kind == target_kind::tcp)
			setsockopt(t.fd, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof(now));
}

std::string shared_targets::name_of_inode(std::uint64_t device, std::uint64_t inode) const
{
	const auto [at, is_new] = inodes_.try_emplace({device, inode}, inodes_.size() + 1);
	return "file " + std::to_string(at->second);
}

void shared_targets::open(unsigned slot, target_kind kind)
{
	// First, so that their numbers are used again.
	close(slot);
	socket_ends ends;
	switch (kind) {
	case target_kind::eventfd: return put(slot, kind, make_eventfd());
	case target_kind::semaphore: return put(slot, kind, make_eventfd(0, EFD_SEMAPHORE));
	case target_kind::timerfd: return put(slot, kind, make_timerfd());
	case target_kind::pipe: {
		close(slot + 1);
		pipe_ends pipe = make_pipe();
		fcntl(pipe.writer, F_SETPIPE_SZ, small_buffer);
		put(slot, kind, std::move(pipe.reader));
		return put(slot + 1, kind, std::move(pipe.writer));
	}
	case target_kind::unix_stream: ends = make_unix_pair(); break;
	case target_kind::unix_datagram: ends = make_unix_pair(SOCK_DGRAM); break;
	case target_kind::tcp: ends = make_tcp_pair(); break;
	case target_kind::udp: ends = make_udp_pair(); break;
	}
	make_small(ends);
	put(slot, kind, std::move(ends.ours));
	put(slot + 1, kind, std::move(ends.peer));
}

void shared_targets::duplicate(unsigned from, unsigned to)
{
	if (from == to || fd(from) < 0)
		return;
	close(to);
	put(to, slots_[from].kind, support::duplicate(fd(from)));
}

void shared_targets::close(unsigned slot)
{
	slots_[slot].fd.close();
	acknowledge_all();
}

void shared_targets::write_some(unsigned slot, unsigned bytes)
{
	const std::vector<char> data(bytes, 'x');
	const std::uint64_t value = bytes;
	if (is_counter(slots_[slot].kind))
		(void)!write(fd(slot), &value, sizeof(value));
	else
		(void)!write(fd(slot), data.data(), data.size());
	acknowledge_all();
}

void shared_targets::read_some(unsigned slot, unsigned bytes)
{
	std::vector<char> data(std::max(bytes, 8U));
	(void)!read(fd(slot), data.data(), data.size());
	acknowledge_all();
}

void shared_targets::fill_up(unsigned slot)
{
	const target_kind kind = slots_[slot].kind;
	const std::uint64_t most = UINT64_MAX - 1;
	if (is_counter(kind))
		(void)!write(fd(slot), &most, sizeof(most));
	else if (kind == target_kind::pipe || kind == target_kind::unix_stream)
		fill(fd(slot));
}

void shared_targets::drain_all(unsigned slot)
{
	// A semaphore would take a read for each of up to 2^64 units.
	if (slots_[slot].kind != target_kind::semaphore)
		drain(fd(slot));
	else
		read_some(slot, 8);
	acknowledge_all();
}

void shared_targets::shut_down(unsigned slot, unsigned how)
{
	if (is_socket(slots_[slot].kind))
		shutdown(fd(slot), static_cast<int>(how));
	acknowledge_all();
}

void shared_targets::fire_timer(unsigned slot)
{
	if (slots_[slot].kind != target_kind::timerfd || fd(slot) < 0)
		return;
	arm_timerfd(fd(slot), std::chrono::nanoseconds{1});
	pollfd fired{fd(slot), POLLIN, 0};
	::poll(&fired, 1, -1);
}

} // namespace support
