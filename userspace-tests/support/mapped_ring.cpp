// SPDX-License-Identifier: GPL-2.0-only
#include "support/mapped_ring.hpp"

#include "support/changes.hpp"
#include "support/targets.hpp"

#include <sys/mman.h>

#include <array>
#include <fstream>
#include <utility>

namespace support {
namespace {

void* map_part(int fd, std::size_t offset, std::size_t size, int protection)
{
	void* const part = mmap(nullptr, size, protection, MAP_SHARED, fd, static_cast<off_t>(offset));
	checked(part == MAP_FAILED ? -1 : 0, "mmap of a ring");
	return part;
}

} // namespace

std::ostream& operator<<(std::ostream& out, const ring_counts& counts)
{
	return out << counts.slots << " slots, " << counts.pages << " pages, " << counts.posted << " posted, "
		   << counts.merged << " merged, " << counts.taken_back << " taken back, " << counts.refused
		   << " refused";
}

ring_counts counts_of_ring(int fd)
{
	ring_counts counts;
	const std::array<std::pair<const char*, std::uint64_t*>, 6> fields{{{"slots: ", &counts.slots},
									     {"pages: ", &counts.pages},
									     {"posted: ", &counts.posted},
									     {"merged: ", &counts.merged},
									     {"taken back: ", &counts.taken_back},
									     {"refused: ", &counts.refused}}};
	std::ifstream file{"/proc/self/fdinfo/" + std::to_string(fd)};
	for (std::string line; std::getline(file, line);)
		for (const auto& [name, count] : fields)
			if (line.starts_with(name))
				*count = std::stoull(line.substr(std::string{name}.size()));
	return counts;
}

long make_ring(int epfd, __u32 slots, __u32 flags)
{
	const myepoll_ring argument{.slots = slots, .flags = flags, .pad = 0};
	return raw::ioctl(epfd, MYEPOLL_IOC_RING, &argument);
}

long ctl_on_ring(int epfd, int op, int fd, std::uint32_t mask, std::uint64_t data)
{
	myepoll_change_entry one = entry(op, fd, mask, data);
	one.flags = MYEPOLL_ENTRY_RING;
	myepoll_change argument{};
	argument.entries = address(&one);
	argument.count = 1;
	const long result = raw::ioctl(epfd, MYEPOLL_IOC_CHANGE, &argument);
	return result < 0 ? result : one.result;
}

delivery wait_on_ring(int epfd, __u32 head, std::chrono::milliseconds timeout, int maxevents)
{
	std::vector<epoll_event> events(static_cast<std::size_t>(maxevents));
	myepoll_wait argument{};
	argument.events = address(events.data());
	argument.maxevents = maxevents;
	argument.flags = MYEPOLL_WAIT_RING;
	argument.timeout_ns = timeout.count() < 0 ? -1 : std::chrono::nanoseconds{timeout}.count();
	argument.pad = head;
	delivery got{.result = raw::ioctl(epfd, MYEPOLL_IOC_WAIT, &argument), .events = {}};
	for (std::size_t i = 0; got.result > 0 && i < static_cast<std::size_t>(got.result); ++i) {
		const epoll_event one = events.at(i);
		got.events.emplace_back(one.events, std::uint64_t{one.data.u64});
	}
	return got;
}

std::size_t page_size()
{
	static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
	return size;
}

std::size_t bytes_of_slots(__u32 slots)
{
	return (MYEPOLL_RING_BYTES(slots) + page_size() - 1) / page_size() * page_size();
}

mapped_ring::mapped_ring(const event_set& set, __u32 slots)
	: mapped_ring{set, unique_fd{[&] {
			      const long made = make_ring(set.fd(), slots);
			      errno = static_cast<int>(-made);
			      return checked(made < 0 ? -1 : static_cast<int>(made), "RING");
		      }()}}
{
}

mapped_ring::mapped_ring(const event_set& set, unique_fd ring) : epfd_{set.fd()}, fd_{std::move(ring)}
{
	consumer_.header = static_cast<const myepoll_ring_header*>(map_part(fd_, 0, page_size(), PROT_READ));
	slots_ = consumer_.header->slots;
	consumer_.mask = slots_ - 1;
	if (slots_ > 0)
		consumer_.slots = static_cast<myepoll_ring_slot*>(
			map_part(fd_, page_size(), bytes_of_slots(slots_), PROT_READ | PROT_WRITE));
}

mapped_ring::~mapped_ring()
{
	munmap(const_cast<myepoll_ring_header*>(consumer_.header), page_size());
	if (slots_ > 0)
		munmap(consumer_.slots, bytes_of_slots(slots_));
}

delivery mapped_ring::take(std::size_t most)
{
	delivery got;
	for (__u32 events = 0; got.events.size() < most && slots_ > 0;) {
		__u64 data = 0;
		if (!myepoll_ring_take(&consumer_, &events, &data))
			break;
		got.events.emplace_back(events, data);
	}
	got.result = static_cast<long>(got.events.size());
	return got;
}

} // namespace support
