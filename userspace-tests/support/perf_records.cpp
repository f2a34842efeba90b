// SPDX-License-Identifier: GPL-2.0-only
#include "support/perf_records.hpp"

#include "support/processor.hpp"
#include "support/targets.hpp"

#include <linux/perf_event.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace support {
namespace {

const std::size_t page_size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
// One page that describes the ring, and one for the records.
constexpr std::size_t ring_pages = 2;

// Counts nothing, records the namespaces of a thread on this CPU that asks for new ones, and wakes for each record.
// Disabled at first, because it also records new threads. Not for this thread alone: for the first event of a thread,
// the kernel patches its scheduler while other CPUs run it, which an emulated CPU may not survive (qemu/README.md).
int open_recorder()
{
	perf_event_attr wish{};
	wish.size = sizeof(wish);
	wish.type = PERF_TYPE_SOFTWARE;
	wish.config = PERF_COUNT_SW_DUMMY;
	wish.disabled = 1;
	wish.namespaces = 1;
	wish.ksymbol = 1; // records nothing here, but with namespaces alone an event of a CPU is not served
	wish.watermark = 1;
	wish.wakeup_watermark = 1;
	constexpr int any_thread = -1;
	constexpr int no_group = -1;
	return static_cast<int>(syscall(SYS_perf_event_open, &wish, any_thread, sched_getcpu(), no_group,
					PERF_FLAG_FD_CLOEXEC));
}

} // namespace

std::optional<std::string> perf_records::why_impossible()
{
	const unique_fd event{open_recorder()};
	if (event < 0)
		return std::string{"perf events cannot be opened: "} + strerrorname_np(errno);
	return std::nullopt;
}

perf_records::ring::ring(int event)
	: pages_{mmap(nullptr, ring_pages * page_size, PROT_READ, MAP_SHARED, event, 0)}
{
	if (pages_ == MAP_FAILED)
		checked(-1, "mmap of a perf event");
}

perf_records::ring::~ring() { munmap(pages_, ring_pages * page_size); }

perf_records::perf_records() { stay_on_processor(sched_getcpu()); }

int perf_records::open()
{
	recorders_.emplace_back(unique_fd{checked(open_recorder(), "perf_event_open")});
	return recorders_.back().event;
}

void perf_records::make_event()
{
	checked(prctl(PR_TASK_PERF_EVENTS_ENABLE), "PR_TASK_PERF_EVENTS_ENABLE");
	constexpr int nothing_new = 0;
	checked(unshare(nothing_new), "unshare");
	checked(prctl(PR_TASK_PERF_EVENTS_DISABLE), "PR_TASK_PERF_EVENTS_DISABLE");
}

std::uint32_t perf_records::interest() const { return EPOLLIN; }

std::uint32_t perf_records::event_mask() const { return EPOLLIN; }

} // namespace support
