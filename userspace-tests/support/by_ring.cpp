// SPDX-License-Identifier: GPL-2.0-only
#include "support/by_ring.hpp"

#include "support/backend.hpp"
#include "support/memory.hpp"
#include "support/signals.hpp"

#include <linux/myepoll_ring_consumer.h>
#include <linux/time_types.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace support::by_ring {
namespace {

using clock = std::chrono::steady_clock;

// Few, so that some tests fill them.
constexpr __u32 slots = 8;

constexpr int most_events = INT_MAX / static_cast<int>(sizeof(epoll_event));

// Both mappings. They are there in a forked child, too, so that nothing needs the ring's descriptor.
class mapping {
public:
	explicit mapping(int ring)
	{
		const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
		header_ = mmap(nullptr, page, PROT_READ, MAP_SHARED, ring, 0);
		slots_ = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, ring, static_cast<off_t>(page));
		madvise(header_, page, MADV_DOFORK);
		madvise(slots_, page, MADV_DOFORK);
		consumer_.header = static_cast<const myepoll_ring_header*>(header_);
		consumer_.slots = static_cast<myepoll_ring_slot*>(slots_);
		consumer_.mask = slots - 1;
	}
	mapping(const mapping&) = delete;
	mapping& operator=(const mapping&) = delete;
	~mapping()
	{
		const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
		munmap(header_, page);
		munmap(slots_, page);
	}

	bool is_usable() const { return header_ != MAP_FAILED && slots_ != MAP_FAILED; }
	bool has_state(__u32 bit) const { return (myepoll_ring_state(&consumer_) & bit) != 0; }
	bool passed(__u32 head) const { return myepoll_ring_passed(&consumer_, head) != 0; }
	__u32 head() const { return __atomic_load_n(&head_, __ATOMIC_ACQUIRE); }

	// At most so many; `seen` is the head at which the ring was empty, if it was.
	std::vector<epoll_event> take(std::size_t most, __u32& seen)
	{
		std::vector<epoll_event> all;
		__u32 events = 0;
		__u64 data = 0;
		while (all.size() < most && myepoll_ring_take_shared(&consumer_, &head_, &events, &data, &seen) != 0) {
			epoll_event one{};
			one.events = events;
			one.data.u64 = data;
			all.push_back(one);
		}
		return all;
	}

private:
	void* header_;
	void* slots_;
	myepoll_ring_consumer consumer_{};
	__u32 head_ = 0;
};

// By number of the instance, which several descriptors may stand for.
std::map<std::uint64_t, std::shared_ptr<mapping>> rings;
std::mutex lock_of_rings;
thread_local std::size_t taken = 0;
bool oneshot_may = true;

std::uint64_t number_of(int epfd)
{
	myepoll_info info{};
	return raw::ioctl(epfd, MYEPOLL_IOC_INFO, &info) < 0 ? 0 : info.instance;
}

std::shared_ptr<mapping> find(int epfd)
{
	const std::uint64_t number = number_of(epfd);
	const std::lock_guard guard{lock_of_rings};
	const auto found = rings.find(number);
	return found != rings.end() ? found->second : nullptr;
}

constexpr std::int64_t ns_per_s = 1'000'000'000;

// Later than any test waits.
constexpr std::int64_t endless = std::int64_t{1} << 60;

// How long to wait, negative without an end; nothing if the argument has no valid timespec.
std::optional<std::int64_t> timeout_of(const myepoll_wait& argument)
{
	if (!(argument.flags & MYEPOLL_WAIT_TIMESPEC))
		return argument.timeout_ns;
	const auto* const given = reinterpret_cast<const void*>(argument.timeout_ns);
	if (given == nullptr)
		return -1;
	__kernel_timespec time{};
	if (!is_present(given, sizeof(time), MADV_POPULATE_READ))
		return std::nullopt;
	std::memcpy(&time, given, sizeof(time));
	if (time.tv_sec < 0 || time.tv_nsec < 0 || time.tv_nsec >= ns_per_s)
		return std::nullopt;
	return time.tv_sec > endless / ns_per_s ? -1 : time.tv_sec * ns_per_s + time.tv_nsec;
}

// Whether WAIT finds nothing wrong with it.
bool is_sane(const myepoll_wait& argument)
{
	const auto* const mask = reinterpret_cast<const void*>(argument.sigmask);
	const bool has_good_mask = mask == nullptr || (argument.sigsetsize == kernel_sigset_size &&
						       is_present(mask, kernel_sigset_size, MADV_POPULATE_READ));
	return argument.maxevents > 0 && argument.maxevents <= most_events && has_good_mask &&
	       is_present(reinterpret_cast<const void*>(argument.events), sizeof(epoll_event), MADV_POPULATE_WRITE);
}

// The errors are those of a WAIT that knows nothing of the ring, but the program itself would write the ring's events.
long wait_with_wrong_argument(int epfd, myepoll_wait argument, const mapping& ring)
{
	const __u32 seen = ring.head();
	if (argument.maxevents != 0 && argument.timeout_ns != 0) {
		argument.flags |= MYEPOLL_WAIT_RING;
		argument.pad = seen;
	}
	const long result = raw::ioctl(epfd, MYEPOLL_IOC_WAIT, &argument);
	return result == 0 && ring.passed(seen) ? -EFAULT : result;
}

// As many events as fit where memory can be written.
std::size_t room_of(const myepoll_wait& argument)
{
	const auto* const memory = reinterpret_cast<const void*>(argument.events);
	auto room = std::min<std::size_t>(static_cast<std::size_t>(argument.maxevents), slots);
	while (room > 1 && !is_present(memory, room * sizeof(epoll_event), MADV_POPULATE_WRITE))
		--room;
	return room;
}

// Adds what the lists have.
long return_taken(int epfd, const myepoll_wait& argument, const std::vector<epoll_event>& events, const mapping& ring)
{
	taken = events.size();
	const std::size_t bytes = events.size() * sizeof(epoll_event);
	std::memcpy(reinterpret_cast<void*>(argument.events), events.data(), bytes);
	myepoll_wait rest{};
	rest.events = argument.events + bytes;
	rest.maxevents = argument.maxevents - static_cast<int>(taken);
	const long more = rest.maxevents > 0 && ring.has_state(MYEPOLL_RING_WAIT) ? raw::ioctl(epfd, MYEPOLL_IOC_WAIT, &rest) : 0;
	return static_cast<long>(taken) + std::max(more, 0L);
}

long harvest(int epfd, myepoll_wait argument, std::int64_t timeout, mapping& ring)
{
	const auto deadline = clock::now() + std::chrono::nanoseconds{std::min(timeout, endless)};
	for (;;) {
		__u32 seen = 0;
		if (const auto events = ring.take(room_of(argument), seen); !events.empty())
			return return_taken(epfd, argument, events, ring);
		const std::int64_t left = timeout < 0 ? -1 : std::max<std::int64_t>((deadline - clock::now()).count(), 0);
		argument.timeout_ns = timeout == 0 ? 0 : left;
		argument.flags = argument.timeout_ns != 0 ? MYEPOLL_WAIT_RING : 0;
		argument.pad = argument.timeout_ns != 0 ? seen : 0;
		// A signal that the mask lets through would be noticed.
		if (argument.timeout_ns == 0 && argument.sigmask == 0 && !ring.has_state(MYEPOLL_RING_WAIT))
			return 0;
		const long result = raw::ioctl(epfd, MYEPOLL_IOC_WAIT, &argument);
		if (result != 0 || argument.timeout_ns == 0 || !ring.passed(seen))
			return result;
	}
}

} // namespace

void attach(int epfd)
{
	myepoll_ring argument{};
	argument.slots = slots;
	argument.flags = MYEPOLL_RING_CLOEXEC;
	const long ring = raw::ioctl(epfd, MYEPOLL_IOC_RING, &argument);
	const std::lock_guard guard{lock_of_rings};
	std::erase_if(rings, [](const auto& one) { return one.second->has_state(MYEPOLL_RING_CLOSED); });
	if (ring < 0)
		return;
	auto made = std::make_shared<mapping>(static_cast<int>(ring));
	close(static_cast<int>(ring));
	if (made->is_usable())
		rings[number_of(epfd)] = std::move(made);
}

bool wants_ring(int epfd, const void* event)
{
	epoll_event given;
	std::memcpy(&given, event, sizeof(given));
	const bool is_left_out = !oneshot_may && (given.events & EPOLLONESHOT) != 0;
	return (given.events & EPOLLET) != 0 && !is_left_out && find(epfd) != nullptr;
}

long wait(int epfd, const myepoll_wait& argument)
{
	taken = 0;
	const std::shared_ptr<mapping> ring = find(epfd);
	if (ring == nullptr)
		return raw::ioctl(epfd, MYEPOLL_IOC_WAIT, &argument);
	const std::optional<std::int64_t> timeout = timeout_of(argument);
	return timeout && is_sane(argument) ? harvest(epfd, argument, *timeout, *ring) :
					      wait_with_wrong_argument(epfd, argument, *ring);
}

std::size_t taken_by_last_wait() { return taken; }

void keep_oneshot_off() { oneshot_may = false; }

} // namespace support::by_ring
