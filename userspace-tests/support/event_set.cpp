// SPDX-License-Identifier: GPL-2.0-only
#include "support/event_set.hpp"

#include "support/by_ring.hpp"

#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

namespace support {
namespace {

int create_or_throw(backend which, int flags)
{
	const long fd = raw::create(which, flags);
	if (fd < 0)
		throw std::system_error{static_cast<int>(-fd), std::generic_category(),
					std::string{"create "} + name_of(which)};
	if (which == backend::preload && !is_instance(static_cast<int>(fd)))
		throw std::runtime_error{"the preloaded library created a kernel epoll"};
	return static_cast<int>(fd);
}

} // namespace

std::ostream& operator<<(std::ostream& out, const event& e)
{
	const auto flags = out.flags();
	out << "{0x" << std::hex << e.mask << ", " << std::dec << e.data << "}";
	out.flags(flags);
	return out;
}

std::ostream& operator<<(std::ostream& out, const delivery& d)
{
	out << "result " << d.result;
	if (d.result < 0)
		out << " (" << strerrorname_np(static_cast<int>(-d.result)) << ")";
	for (const event& e : d.events)
		out << " " << e;
	return out;
}

event_set::event_set(backend which, int flags) : which_{which}, fd_{create_or_throw(which, flags)} {}

event_set::event_set(backend which, unique_fd instance) noexcept
	: which_{which}, fd_{std::move(instance)}
{
}

long event_set::ctl(int op, int fd, const void* event) const
{
	return raw::ctl(which_, fd_, op, fd, event);
}

long event_set::ctl_with(int op, int fd, std::uint32_t mask, std::uint64_t data) const
{
	epoll_event event{};
	event.events = mask;
	event.data.u64 = data;
	return ctl(op, fd, &event);
}

long event_set::add(int fd, std::uint32_t mask) const
{
	return add(fd, mask, static_cast<std::uint64_t>(fd));
}

long event_set::add(int fd, std::uint32_t mask, std::uint64_t data) const
{
	return ctl_with(EPOLL_CTL_ADD, fd, mask, data);
}

long event_set::mod(int fd, std::uint32_t mask) const
{
	return mod(fd, mask, static_cast<std::uint64_t>(fd));
}

long event_set::mod(int fd, std::uint32_t mask, std::uint64_t data) const
{
	return ctl_with(EPOLL_CTL_MOD, fd, mask, data);
}

long event_set::del(int fd) const { return ctl(EPOLL_CTL_DEL, fd, nullptr); }

delivery event_set::wait(std::chrono::milliseconds timeout, int maxevents) const
{
	std::vector<epoll_event> buffer(static_cast<std::size_t>(maxevents));
	delivery got;
	got.result = wait(buffer.data(), maxevents, static_cast<int>(timeout.count()));
	for (long i = 0; i < got.result; ++i) {
		const epoll_event& e = buffer[static_cast<std::size_t>(i)];
		got.events.emplace_back(e.events, e.data.u64);
		got.events.back().is_hint = which_ == backend::ring && static_cast<std::size_t>(i) < by_ring::taken_by_last_wait();
	}
	return got;
}

long event_set::wait(void* events, int maxevents, int timeout_ms) const
{
	return raw::wait(which_, fd_, events, maxevents, timeout_ms);
}

long event_set::pwait(void* events, int maxevents, int timeout_ms, const void* sigmask,
		      std::size_t sigsetsize) const
{
	return raw::pwait(which_, fd_, events, maxevents, timeout_ms, sigmask, sigsetsize);
}

long event_set::pwait2(void* events, int maxevents, std::int64_t timeout_ns, const void* sigmask,
		       std::size_t sigsetsize) const
{
	return raw::pwait2(which_, fd_, events, maxevents, timeout_ns, sigmask, sigsetsize);
}

} // namespace support
