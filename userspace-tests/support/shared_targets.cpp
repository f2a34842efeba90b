// SPDX-License-Identifier: GPL-2.0-only
#include "support/shared_targets.hpp"

#include "support/report.hpp"
#include "support/targets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>

namespace support {
namespace {

constexpr int small_buffer = 4096;

// Twins have descriptors in ranges of their own, a fixed distance apart, so that a descriptor of one side is
// free or reused whenever the other side's is.
constexpr int first_twin_number = 100;
constexpr int distance_of_twins = 100;
constexpr int first_crowd_number = 1000;
constexpr std::size_t crowd_size = 400;

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

forgetful_kind as_forgetful(target_kind kind)
{
	switch (kind) {
	case target_kind::perf: return forgetful_kind::perf;
	case target_kind::hostname: return forgetful_kind::hostname;
	default: return forgetful_kind::mounts;
	}
}

bool is_possible(target_kind kind)
{
	static std::map<target_kind, bool> known;
	const auto [at, is_new] = known.try_emplace(kind);
	if (is_new)
		at->second = !forgetful_source::why_impossible(as_forgetful(kind));
	return at->second;
}

// Opening the first perf event of the machine, and closing the last one, makes the kernel patch its code and
// wait for all CPUs.
void keep_a_perf_event()
{
	static const int kept = [] {
		const auto source = forgetful_source::make(forgetful_kind::perf);
		const int fd = move_to_high_number(duplicate(source->open()).release());
		keep_open(fd);
		return fd;
	}();
	(void)kept;
}

unique_fd duplicate_from(int first_number, int fd)
{
	return unique_fd{checked(fcntl(fd, F_DUPFD_CLOEXEC, first_number), "dup")};
}

void allow_as_many_files_as_possible()
{
	rlimit limit{};
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

// A write to a pipe without a reader must fail with EPIPE, not kill the test.
shared_targets::shared_targets() { std::signal(SIGPIPE, SIG_IGN); }

void shared_targets::put(unsigned slot, target_kind kind, unique_fd fd)
{
	slots_[slot] = target{.kind = kind, .fd = std::move(fd), .twin = {}, .others = {}, .source = {}};
}

// TCP delays acknowledgements, and a late one may wake one side after its turn.
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

int shared_targets::fd(unsigned slot, backend of, std::size_t member) const
{
	const target& t = slots_[slot];
	if (member > 0)
		return t.others[member - 1];
	return of == backend::epoll || t.twin < 0 ? t.fd : t.twin;
}

int shared_targets::name_of_number(int number)
{
	constexpr int first = first_twin_number + distance_of_twins;
	return number >= first && number < first + distance_of_twins ? number - distance_of_twins : number;
}

void shared_targets::open(unsigned slot, target_kind kind)
{
	// First, so that the descriptors are reused.
	close(slot);
	socket_ends ends;
	switch (kind) {
	case target_kind::eventfd: return put(slot, kind, make_eventfd());
	case target_kind::semaphore: return put(slot, kind, make_eventfd(0, EFD_SEMAPHORE));
	case target_kind::timerfd: return put(slot, kind, make_timerfd());
	case target_kind::pipe: return open_pipe(slot);
	case target_kind::perf:
	case target_kind::hostname:
	case target_kind::mounts: return open_forgetful(slot, kind);
	case target_kind::crowd: return open_crowd(slot);
	case target_kind::unix_stream: ends = make_unix_pair(); break;
	case target_kind::unix_datagram: ends = make_unix_pair(SOCK_DGRAM); break;
	case target_kind::tcp: ends = make_tcp_pair(); break;
	case target_kind::udp: ends = make_udp_pair(); break;
	}
	make_small(ends);
	put(slot, kind, std::move(ends.ours));
	put(slot + 1, kind, std::move(ends.peer));
}

void shared_targets::open_pipe(unsigned slot)
{
	close(slot + 1);
	pipe_ends pipe = make_pipe();
	fcntl(pipe.writer, F_SETPIPE_SZ, small_buffer);
	put(slot, target_kind::pipe, std::move(pipe.reader));
	put(slot + 1, target_kind::pipe, std::move(pipe.writer));
}

void shared_targets::put_twins(unsigned slot, int fd, int twin)
{
	target& t = slots_[slot];
	t.fd = duplicate_from(first_twin_number, fd);
	t.twin = unique_fd{checked(dup3(twin, t.fd + distance_of_twins, O_CLOEXEC), "dup3")};
}

void shared_targets::open_forgetful(unsigned slot, target_kind kind)
{
	if (!is_possible(kind))
		return;
	if (kind == target_kind::perf)
		keep_a_perf_event();
	target& t = slots_[slot];
	t.kind = kind;
	t.source = forgetful_source::make(as_forgetful(kind));
	const int fd = t.source->open();
	put_twins(slot, fd, t.source->open());
}

void shared_targets::open_crowd(unsigned slot)
{
	allow_as_many_files_as_possible();
	const auto make_member = [] { return duplicate_from(first_crowd_number, make_eventfd(1)); };
	put(slot, target_kind::crowd, make_member());
	std::generate_n(std::back_inserter(slots_[slot].others), crowd_size - 1, make_member);
}

void shared_targets::duplicate(unsigned from, unsigned to)
{
	const target& original = slots_[from];
	if (from == to || fd(from) < 0 || original.kind == target_kind::crowd)
		return;
	close(to);
	if (original.twin < 0)
		return put(to, original.kind, support::duplicate(fd(from)));
	slots_[to].kind = original.kind;
	slots_[to].source = original.source;
	put_twins(to, original.fd, original.twin);
}

void shared_targets::close(unsigned slot)
{
	target& t = slots_[slot];
	t.fd.close();
	t.twin.close();
	t.others.clear();
	// The source has the files open, too.
	t.source.reset();
	acknowledge_all();
}

void shared_targets::signal_crowd(const target& crowd, std::size_t count) const
{
	const std::uint64_t value = 1;
	(void)!write(crowd.fd, &value, sizeof(value));
	for (std::size_t i = 0; i < std::min(count, crowd.others.size()); ++i)
		(void)!write(crowd.others[i], &value, sizeof(value));
}

void shared_targets::write_some(unsigned slot, unsigned bytes)
{
	const target& t = slots_[slot];
	const std::vector<char> data(bytes, 'x');
	const std::uint64_t value = bytes;
	if (t.source)
		t.source->make_event();
	else if (t.kind == target_kind::crowd)
		signal_crowd(t, bytes);
	else if (is_counter(t.kind))
		(void)!write(fd(slot), &value, sizeof(value));
	else
		(void)!write(fd(slot), data.data(), data.size());
	acknowledge_all();
}

void shared_targets::read_some(unsigned slot, unsigned bytes)
{
	const target& t = slots_[slot];
	std::vector<char> data(std::max(bytes, 8U));
	// Reading a file of /proc does not take away what its ->poll() reports.
	if (!t.source)
		(void)!read(fd(slot), data.data(), data.size());
	for (std::size_t i = 0; i < std::min<std::size_t>(bytes, t.others.size()); ++i)
		(void)!read(t.others[i], data.data(), data.size());
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
	else if (kind == target_kind::crowd)
		signal_crowd(slots_[slot], crowd_size);
}

void shared_targets::drain_all(unsigned slot)
{
	const target_kind kind = slots_[slot].kind;
	// A semaphore would need a read for each of up to 2^64 units.
	if (kind == target_kind::semaphore || kind == target_kind::crowd)
		read_some(slot, crowd_size);
	else if (!forgets(kind))
		drain(fd(slot));
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
