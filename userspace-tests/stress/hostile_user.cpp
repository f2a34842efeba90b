// SPDX-License-Identifier: GPL-2.0-only
// A hostile user: random and nearly valid ioctls, pointers, sizes and descriptors, on the device and on sets
// that two processes share, from many threads that close each other's files. No result may contain anything
// that was not put in, and nothing may be left behind.
#include "support/hostile_memory.hpp"
#include "support/kernel_module.hpp"
#include "support/mapped_ring.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"

#include <fcntl.h>
#include <linux/myepoll.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <cstring>
#include <deque>
#include <span>
#include <sstream>
#include <thread>

using namespace support;
using testing::AnyOf;
using testing::Eq;

namespace {

constexpr uid_t intruder = watch_limit::other_user;
constexpr std::size_t numbers = 24;
constexpr unsigned threads = 4;
constexpr int most_descriptors = 200;
constexpr long watched_at_most = 50;
constexpr std::size_t events = 40;
constexpr __u32 largest_ring = 65536;
constexpr long most_rings = 4096 / 385; // by their pages
// The upper half of all event data, except zero data; anything else in a result is a leak.
constexpr std::uint64_t mark = 0x6d796570ULL << 32;
constexpr std::byte untouched{0x5a};
constexpr std::uint64_t all_features = MYEPOLL_FEATURE_SNAPSHOT | MYEPOLL_FEATURE_CHANGE | MYEPOLL_FEATURE_RING;
constexpr auto tide = 3ms;

class HostileUser : public device_test {
protected:
	std::optional<std::string> why_impossible() const override
	{
		const auto why = watch_limit::why_impossible();
		return why ? why : hostile_memory::why_impossible();
	}
	void prepare() override
	{
		limit_.emplace(backend::myepoll);
		ASSERT_THAT(limit_->set(watched_at_most), succeeds());
	}
	void TearDown() override { limit_.reset(); }

private:
	std::optional<watch_limit> limit_;
};

bool names_kernel_address(const std::string& text)
{
	std::istringstream words{text};
	for (std::string word; words >> word;)
		if (word.starts_with("ffff") && word.size() == 16)
			return true;
	return false;
}

// The descriptors and the memory that one process attacks with.
class arsenal {
public:
	explicit arsenal(const std::vector<int>& shared)
	{
		for (std::size_t i = 0; i < numbers; ++i)
			fds_[i] = i < shared.size() ? shared[i] : -1;
	}
	void attack(dice& roll)
	{
		++attacks_;
		switch (roll.below(13)) {
		case 0: return any_request(roll);
		case 1: return create(roll);
		case 2: case 3: case 4: return control(roll);
		case 5: case 6: return wait(roll);
		case 7: return replace(roll);
		case 8: return use_target(roll);
		case 9: return look(roll);
		case 10: return change(roll);
		case 11: return use_ring(roll);
		default: return use_set_as_file(roll);
		}
	}
	// flow() provides the memory that the attackers supply; ebb() takes it away, so that whoever touches it waits.
	void flow() { hostile_memory::flow({&arguments_, &answers_, &entries_}); }
	void ebb() { hostile_memory::ebb({&arguments_, &answers_, &entries_}); }
	// The number of attacks, and of results that contained something else.
	struct tally {
		unsigned attacks;
		unsigned leaks;
	};
	tally sum() const { return {attacks_, leaks_}; }

private:
	// Never one of the test's own, such as the pipe for its report.
	int some_fd(dice& roll) const
	{
		if (roll.one_in(20))
			return roll.one_in(2) ? -1 : INT_MAX;
		return fds_[roll.below(numbers)];
	}
	// The kernel never writes to the memory of arguments: otherwise unmarked data in a result would not prove a
	// leak.
	const void* argument(dice& roll, const void* good)
	{
		return roll.one_in(4) ? arguments_.some_address(roll) : good;
	}
	void* answer(dice& roll, void* good) { return roll.one_in(4) ? answers_.some_address(roll) : good; }
	// The value, or now and then the value with one bit flipped.
	template <typename Value>
	Value bent(dice& roll, Value value) const
	{
		if (!roll.one_in(6))
			return value;
		return static_cast<Value>(value ^ (std::uint64_t{1} << roll.below(8 * sizeof(Value))));
	}

	void any_request(dice& roll)
	{
		char bytes[64];
		for (char& byte : bytes)
			byte = static_cast<char>(roll.below(256));
		constexpr std::array requests{MYEPOLL_IOC_INFO, MYEPOLL_IOC_CREATE, MYEPOLL_IOC_CTL, MYEPOLL_IOC_WAIT,
						MYEPOLL_IOC_CHANGE, MYEPOLL_IOC_RING};
		const unsigned long request = roll.one_in(4) ? roll.below(UINT32_MAX) : bent(roll, roll.one_of(requests));
		// A set that this creates is kept, as is a ring; no other request returns a descriptor.
		const int result = ioctl(some_fd(roll), request, answer(roll, bytes));
		if ((request == MYEPOLL_IOC_CREATE || request == MYEPOLL_IOC_RING) && result >= 0)
			put(roll, result);
	}
	void create(dice& roll)
	{
		myepoll_create wish{};
		wish.flags = bent(roll, roll.one_in(2) ? MYEPOLL_CREATE_CLOEXEC : 0U);
		wish.pad = bent(roll, 0U);
		put(roll, ioctl(some_fd(roll), MYEPOLL_IOC_CREATE, argument(roll, &wish)));
	}
	void control(dice& roll)
	{
		epoll_event event{};
		event.events = roll.one_in(4) ? roll.below(UINT32_MAX) : bent(roll, std::uint32_t{EPOLLIN});
		event.data.u64 = mark | roll.below(UINT32_MAX);
		myepoll_ctl wish{};
		wish.op = bent(roll, 1 + static_cast<int>(roll.below(3)));
		wish.fd = some_fd(roll);
		wish.event = reinterpret_cast<std::uintptr_t>(argument(roll, &event));
		ioctl(some_fd(roll), MYEPOLL_IOC_CTL, argument(roll, &wish));
	}
	void wait(dice& roll)
	{
		std::array<epoll_event, events> buffer;
		std::memset(buffer.data(), static_cast<int>(untouched), sizeof(buffer));
		sigset_t mask;
		sigfillset(&mask);
		const myepoll_wait wish = some_wait(roll, buffer, mask);
		if (wish.maxevents > static_cast<int>(events))
			return;
		const int got = ioctl(some_fd(roll), MYEPOLL_IOC_WAIT, argument(roll, &wish));
		if (wish.events == reinterpret_cast<std::uintptr_t>(buffer.data()))
			look_for_leaks(std::as_bytes(std::span{buffer}), got, wish.maxevents);
	}
	// With entries of its own, or of memory that nothing else is read from: results are written there.
	void change(dice& roll)
	{
		std::array<epoll_event, events> buffer;
		std::memset(buffer.data(), static_cast<int>(untouched), sizeof(buffer));
		sigset_t mask;
		sigfillset(&mask);
		std::array<myepoll_change_entry, 40> entries{};
		for (myepoll_change_entry& each : entries) {
			each.op = bent(roll, 1 + static_cast<int>(roll.below(5)));
			each.fd = some_fd(roll);
			each.events = roll.one_in(4) ? roll.below(UINT32_MAX) : bent(roll, std::uint32_t{EPOLLIN});
			each.flags = roll.one_in(16);
			each.data = mark | roll.below(UINT32_MAX);
		}
		const bool hostile = roll.one_in(4);
		myepoll_change wish{};
		wish.entries = reinterpret_cast<std::uintptr_t>(hostile ? entries_.some_address(roll) : entries.data());
		wish.count = hostile ? roll.below(2 * MYEPOLL_CHANGE_MAX) : roll.below(entries.size() + 1);
		wish.flags = roll.below(4) | (roll.one_in(16) ? 4U : 0U);
		wish.wait = some_wait(roll, buffer, mask);
		if (wish.wait.maxevents > static_cast<int>(events))
			return;
		// Memory of arguments contains zeros, with which nothing is written there.
		const int got = ioctl(some_fd(roll), MYEPOLL_IOC_CHANGE, argument(roll, &wish));
		leaks_ += wish.tried > wish.count;
		if (wish.wait.events == reinterpret_cast<std::uintptr_t>(buffer.data()))
			look_for_leaks(std::as_bytes(std::span{buffer}), got, wish.wait.maxevents);
	}
	myepoll_wait some_wait(dice& roll, std::array<epoll_event, events>& buffer, const sigset_t& mask)
	{
		myepoll_wait wish{};
		wish.events = reinterpret_cast<std::uintptr_t>(answer(roll, buffer.data()));
		wish.maxevents = bent(roll, 1 + static_cast<int>(roll.below(events)));
		wish.flags = roll.one_in(8) ? roll.below(4) : 0;
		// Now and then forever: until the process ends, or another thread causes an event.
		wish.timeout_ns = roll.one_in(50) ? -1 : roll.below(100'000);
		wish.sigmask = roll.one_in(3) ? reinterpret_cast<std::uintptr_t>(argument(roll, &mask)) : 0;
		wish.sigsetsize = bent(roll, 8U);
		wish.pad = bent(roll, 0U);
		return wish;
	}
	// Only data that the user put in may come back, and nothing may be written past the events.
	void look_for_leaks(std::span<const std::byte> buffer, int got, int most)
	{
		leaks_ += got > 0 && got > most;
		for (int i = 0; i < std::min(got, most); ++i, buffer = buffer.subspan(sizeof(epoll_event))) {
			epoll_event event;
			std::memcpy(&event, buffer.data(), sizeof(event));
			leaks_ += event.data.u64 != 0 && (event.data.u64 & ~0xffffffffULL) != mark;
		}
		leaks_ += !std::all_of(buffer.begin(), buffer.end(), [](std::byte b) { return b == untouched; });
	}
	// Reads what the kernel shows of a set and of the module.
	void look(dice& roll)
	{
		const std::string text = read_all("/proc/self/fdinfo/" + std::to_string(some_fd(roll)));
		leaks_ += names_kernel_address(text);
		myepoll_info info;
		std::memset(&info, static_cast<int>(untouched), sizeof(info));
		if (ioctl(some_fd(roll), MYEPOLL_IOC_INFO, &info) == 0)
			leaks_ += info.features != all_features || info.reserved != 0;
		take_snapshot(roll);
	}
	// With a cursor that is made up, or that an earlier page returned, perhaps of another set.
	void take_snapshot(dice& roll)
	{
		std::array<myepoll_item, 8> items;
		std::array<myepoll_sleeper, 4> sleepers;
		std::memset(items.data(), static_cast<int>(untouched), sizeof(items));
		std::memset(sleepers.data(), static_cast<int>(untouched), sizeof(sleepers));
		myepoll_snapshot argument{};
		argument.items = roll.one_in(8) ? roll.below(1U << 31) : reinterpret_cast<std::uintptr_t>(items.data());
		argument.sleepers = reinterpret_cast<std::uintptr_t>(sleepers.data());
		argument.items_room = roll.below(items.size() + 1);
		argument.sleepers_room = roll.below(sleepers.size() + 1);
		argument.flags = roll.one_in(16) ? roll.below(4) : 0;
		if (roll.one_in(2))
			std::copy(cursor_.begin(), cursor_.end(), argument.cursor);
		else if (roll.one_in(4))
			argument.cursor[roll.below(2)] = roll.below(1U << 31);
		if (ioctl(some_fd(roll), MYEPOLL_IOC_SNAPSHOT, &argument) < 0)
			return;
		std::copy_n(argument.cursor, 2, cursor_.begin());
		leaks_ += argument.pad2 != 0 || argument.items_count > argument.items_room;
		for (std::uint32_t i = 0; i < argument.sleepers_count; ++i)
			leaks_ += sleepers[i].pad != 0;
	}
	void replace(dice& roll)
	{
		switch (roll.below(6)) {
		case 0: return put(roll, eventfd(roll));
		case 1: return put(roll, dup(some_fd(roll)));
		case 2: return put(roll, socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
		case 3: {
			int ends[2];
			if (pipe2(ends, O_NONBLOCK) == 0) {
				put(roll, ends[0]);
				put(roll, ends[1]);
			}
			return;
		}
		case 4: return put(roll, epoll_create1(0));
		default: return put(roll, -1);
		}
	}
	static int eventfd(dice& roll) { return static_cast<int>(syscall(SYS_eventfd2, roll.below(2), O_NONBLOCK)); }
	void use_target(dice& roll)
	{
		std::uint64_t word = 1;
		if (roll.one_in(2))
			(void)!write(some_fd(roll), &word, sizeof(word));
		else
			(void)!read(some_fd(roll), &word, sizeof(word));
	}
	void use_set_as_file(dice& roll)
	{
		const int fd = some_fd(roll);
		pollfd asked{fd, static_cast<short>(roll.below(UINT16_MAX)), 0};
		epoll_event event{};
		switch (roll.below(4)) {
		case 0: poll(&asked, 1, 0); return;
		case 1: mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0); return;
		case 2: epoll_ctl(fd, EPOLL_CTL_ADD, some_fd(roll), &event); return;
		default: (void)!lseek(fd, 0, SEEK_SET); return;
		}
	}
	// Makes a ring for a set, and writes into one.
	void use_ring(dice& roll)
	{
		myepoll_ring wish{};
		wish.slots = bent(roll, roll.one_in(8) ? 0U : 1U << roll.below(8));
		wish.flags = bent(roll, roll.one_in(2) ? MYEPOLL_RING_CLOEXEC : 0U);
		wish.pad = bent(roll, 0U);
		const int made = ioctl(some_fd(roll), MYEPOLL_IOC_RING, argument(roll, &wish));
		if (made >= 0)
			put(roll, made);
		// Of up to 256 slots.
		constexpr std::size_t size = 4096;
		void* const slots = mmap(nullptr, size, bent(roll, PROT_READ | PROT_WRITE), MAP_SHARED, some_fd(roll),
					 static_cast<off_t>(bent(roll, size)));
		if (slots == MAP_FAILED)
			return;
		if (mprotect(slots, size, PROT_READ | PROT_WRITE) == 0)
			for (unsigned i = roll.below(8); i > 0; --i)
				static_cast<std::uint64_t*>(slots)[roll.below(16)] = roll.below(UINT32_MAX) | std::uint64_t{roll.below(8)} << 32;
		munmap(slots, size);
	}
	// Closes the one that it replaces, whoever uses that.
	void put(dice& roll, int fd)
	{
		if (fd < 0 && !roll.one_in(4))
			return;
		const int before = fds_[roll.below(numbers)].exchange(fd);
		if (before > STDERR_FILENO)
			close(before);
	}

	std::array<std::atomic<int>, numbers> fds_{};
	hostile_memory arguments_;
	hostile_memory answers_;
	hostile_memory entries_; // of changes
	// The last one, or halves of two.
	std::array<std::atomic<std::uint64_t>, 2> cursor_{};
	std::atomic<unsigned> attacks_ = 0;
	std::atomic<unsigned> leaks_ = 0;
};

// An attacking process: reports the result, and exits while its threads still attack.
void attack_with(const std::vector<int>& shared, storm& weather, int report)
{
	std::signal(SIGPIPE, SIG_IGN);
	// Constructed as root, who alone may keep the kernel waiting for memory.
	static arsenal weapons{shared};
	const rlimit few{most_descriptors, most_descriptors};
	setrlimit(RLIMIT_NOFILE, &few);
	if (setresgid(intruder, intruder, intruder) < 0 || setresuid(intruder, intruder, intruder) < 0)
		_exit(1);
	for (unsigned i = 0; i < threads; ++i)
		std::thread{[roll = weather.next_dice()]() mutable {
			for (;;)
				weapons.attack(roll);
		}}.detach();
	while (weather.goes_on()) {
		weapons.flow();
		std::this_thread::sleep_for(tide);
		weapons.ebb();
		std::this_thread::sleep_for(tide);
	}
	const arsenal::tally sum = weapons.sum();
	_exit(write(report, &sum, sizeof(sum)) != sizeof(sum));
}

// behaviours: 122, 142, 143
TEST_F(HostileUser, learns_nothing_and_breaks_nothing)
{
	storm weather;
	{
		std::vector<event_set> sets;
		for (int i = 0; i < 4; ++i)
			sets.push_back(create_as(intruder, backend::myepoll));
		const socket_ends pair = make_unix_pair();
		const std::vector<int> shared{device(), device(), sets[0].fd(), sets[1].fd(),
					      sets[2].fd(), sets[3].fd(), pair.ours, pair.peer};
		const pipe_ends report = make_pipe();
		child_process first{[&] { attack_with(shared, weather, report.writer); }};
		child_process second{[&] { attack_with(shared, weather, report.writer); }};
		unsigned attacks = 0;
		for (child_process* const attacker : {&first, &second}) {
			ASSERT_EQ(attacker->join(), 0);
			arsenal::tally sum{};
			ASSERT_EQ(read(report.reader, &sum, sizeof(sum)), ssize_t{sizeof(sum)});
			EXPECT_GT(sum.attacks, 0U);
			EXPECT_EQ(sum.leaks, 0U) << "a result contained what nobody had put in";
			attacks += sum.attacks;
		}
		weather.note(std::to_string(attacks) + " attacks");
		EXPECT_THAT(sets[0].add(pair.ours, EPOLLIN), AnyOf(Eq(0), Eq(-EEXIST), Eq(-ENOSPC)));
	}

	// Nothing is watched any more, so nothing may be charged.
	const event_set set = create_as(intruder, backend::myepoll);
	std::vector<unique_fd> targets;
	long added = 0;
	while (set.add(targets.emplace_back(make_eventfd()), EPOLLIN) == 0)
		++added;
	EXPECT_EQ(added, watched_at_most);
	std::deque<event_set> ringed;
	long rings = 0;
	while (unique_fd{static_cast<int>(make_ring(ringed.emplace_back(create_as(intruder, backend::myepoll)).fd(), largest_ring))} >= 0)
		++rings;
	EXPECT_EQ(rings, most_rings);
}

} // namespace
