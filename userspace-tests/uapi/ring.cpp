// SPDX-License-Identifier: GPL-2.0-only
// MYEPOLL_IOC_RING: the descriptor, the memory as it is at first, what is refused, and what RING changes for the
// instance's other calls.
#include "support/changes.hpp"
#include "support/kernel_module.hpp"
#include "support/mapped_ring.hpp"
#include "support/test.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <climits>

using namespace support;
using namespace support::ops;
using testing::HasSubstr;

namespace {

constexpr std::uint32_t edge = EPOLLIN | EPOLLET;

class Ring : public device_test {
protected:
	static long ring_of(const event_set& set, const myepoll_ring& argument)
	{
		return raw::ioctl(set.fd(), MYEPOLL_IOC_RING, &argument);
	}
};

TEST_F(Ring, is_a_feature_of_the_module)
{
	myepoll_info info{};
	ASSERT_THAT(raw::ioctl(device(), MYEPOLL_IOC_INFO, &info), returns(0));
	EXPECT_EQ(info.features & MYEPOLL_FEATURE_RING, std::uint64_t{MYEPOLL_FEATURE_RING});
	EXPECT_GE(info.abi_version, 5U);
	myepoll_ring argument{};
	EXPECT_THAT(raw::ioctl(device(), MYEPOLL_IOC_RING, &argument), fails_with(ENOTTY));
}

TEST_F(Ring, is_a_descriptor_of_its_own)
{
	const event_set set = create();
	const int lowest = duplicate(set.fd());
	::close(lowest);
	const unique_fd ring{static_cast<int>(make_ring(set.fd(), 8))};
	ASSERT_EQ(ring, lowest);
	EXPECT_EQ(fcntl(ring, F_GETFL), O_RDWR);
	EXPECT_EQ(fcntl(ring, F_GETFD), FD_CLOEXEC);
	char link[100] = {};
	ASSERT_GT(readlink(("/proc/self/fd/" + std::to_string(ring)).c_str(), link, sizeof(link) - 1), 0);
	EXPECT_STREQ(link, "anon_inode:[myepoll-ring]");

	const event_set other = create();
	const unique_fd inheritable{static_cast<int>(make_ring(other.fd(), 8, 0))};
	EXPECT_EQ(fcntl(inheritable, F_GETFD), 0);
}

// behaviours: 4
TEST_F(Ring, holds_no_data_and_has_no_calls)
{
	const event_set set = create();
	const mapped_ring ring{set, 8};
	char byte = 0;
	EXPECT_EQ(read(ring.fd(), &byte, 1), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(write(ring.fd(), &byte, 1), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(lseek(ring.fd(), 0, SEEK_SET), 0);
	EXPECT_EQ(ftruncate(ring.fd(), 0), -1);
	myepoll_info info{};
	myepoll_ring argument{};
	EXPECT_THAT(raw::ioctl(ring.fd(), MYEPOLL_IOC_INFO, &info), fails_with(ENOTTY));
	EXPECT_THAT(raw::ioctl(ring.fd(), MYEPOLL_IOC_RING, &argument), fails_with(ENOTTY));
	// It cannot be polled.
	EXPECT_THAT(set.add(ring.fd(), EPOLLIN), fails_with(EPERM));
	// Nor can the instance be mapped.
	EXPECT_EQ(mmap(nullptr, page_size(), PROT_READ, MAP_SHARED, set.fd(), 0), MAP_FAILED);
	EXPECT_EQ(errno, ENODEV);
}

TEST_F(Ring, begins_with_free_slots_that_count_up_to_0)
{
	for (const __u32 slots : {1U, 2U, 256U, 1024U, 65536U}) {
		const event_set set = create();
		const mapped_ring ring{set, slots};
		EXPECT_EQ(ring.header().slots, slots);
		EXPECT_EQ(ring.state(), 0U);
		for (__u32 i = 0; i < slots; ++i)
			ASSERT_EQ(ring.slot(i).word, MYEPOLL_RING_WORD(0, i - slots)) << i << " of " << slots;
	}
}

// Nothing of the kernel's is seen in what the pages have room for.
TEST_F(Ring, is_zero_behind_its_header_and_its_slots)
{
	const event_set set = create();
	const mapped_ring ring{set, 4};
	const auto all_zero = [](const void* from, std::size_t used) {
		const auto* const bytes = static_cast<const unsigned char*>(from);
		return std::all_of(bytes + used, bytes + page_size(), [](unsigned char byte) { return byte == 0; });
	};
	EXPECT_TRUE(all_zero(&ring.header(), sizeof(myepoll_ring_header)));
	EXPECT_TRUE(all_zero(&ring.slot(0), MYEPOLL_RING_BYTES(4)));
}

TEST_F(Ring, takes_no_number_of_slots_but_0_and_powers_of_two)
{
	for (const __u32 slots : {3U, 5U, 6U, 7U, 255U, 257U, 65535U, 65537U, 131072U, 1U << 31, UINT_MAX}) {
		const event_set set = create();
		EXPECT_THAT(make_ring(set.fd(), slots), fails_with(EINVAL)) << slots;
	}
	for (__u32 slots = 1; slots <= MYEPOLL_RING_MAX; slots *= 2) {
		const event_set set = create();
		const unique_fd ring{static_cast<int>(make_ring(set.fd(), slots))};
		EXPECT_GE(ring, 0) << slots;
	}
}

TEST_F(Ring, refuses_each_bit_of_flags_and_padding)
{
	const event_set set = create();
	for (int bit = 0; bit < 64; ++bit) {
		const myepoll_ring flagged{.slots = 8, .flags = bit < 32 ? 1U << bit : 0, .pad = 0};
		if (flagged.flags != 0 && flagged.flags != MYEPOLL_RING_CLOEXEC) {
			EXPECT_THAT(ring_of(set, flagged), fails_with(EINVAL)) << "bit " << bit;
		}
		const myepoll_ring padded{.slots = 8, .flags = 0, .pad = __u64{1} << bit};
		EXPECT_THAT(ring_of(set, padded), fails_with(EINVAL)) << "bit " << bit;
	}
	EXPECT_GE(unique_fd{static_cast<int>(make_ring(set.fd(), 8))}, 0) << "after all that was refused";
}

TEST_F(Ring, fails_with_efault_where_it_cannot_read_its_argument)
{
	const event_set set = create();
	const page_before_hole page;
	for (const void* const bad : {static_cast<void*>(nullptr), unmapped_pointer, kernel_pointer, non_canonical_pointer,
				      page.last_bytes(sizeof(myepoll_ring) - 1)})
		EXPECT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_RING, bad), fails_with(EFAULT)) << bad;
}

// behaviours: 3
TEST_F(Ring, leaves_the_instance_without_one_if_there_is_no_descriptor_for_it)
{
	const event_set set = create();
	const int lowest = duplicate(set.fd());
	::close(lowest);
	rlimit before{};
	getrlimit(RLIMIT_NOFILE, &before);
	const rlimit full{static_cast<rlim_t>(lowest), before.rlim_max};
	setrlimit(RLIMIT_NOFILE, &full);
	EXPECT_THAT(make_ring(set.fd(), 8), fails_with(EMFILE));
	setrlimit(RLIMIT_NOFILE, &before);

	const mapped_ring ring{set, 8};
	EXPECT_EQ(ring.fd(), lowest);
}

TEST_F(Ring, is_made_once_for_an_instance)
{
	const event_set set = create();
	const int lowest = [&] {
		const mapped_ring ring{set, 8};
		EXPECT_THAT(make_ring(set.fd(), 8), fails_with(EEXIST));
		EXPECT_THAT(make_ring(set.fd(), 0), fails_with(EEXIST));
		return int{ring.fd()};
	}();
	EXPECT_THAT(make_ring(set.fd(), 8), fails_with(EEXIST)) << "although its descriptor is closed";
	EXPECT_EQ(duplicate(set.fd()), lowest) << "a descriptor was left";
}

TEST_F(Ring, is_not_made_for_an_instance_that_watches_something)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(make_ring(set.fd(), 8), fails_with(EBUSY));
	EXPECT_THAT(make_ring(set.fd(), 0), fails_with(EBUSY));
	EXPECT_THAT(ctl_on_ring(set.fd(), mod, counter, edge, 1), fails_with(EINVAL)) << "there is no ring";

	ASSERT_THAT(set.del(counter), succeeds());
	mapped_ring ring{set, 8};
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	signal_eventfd(counter);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
}

// A target that was watched with EPOLLWAKEUP has left a wakeup source behind.
TEST_F(Ring, is_made_after_a_watch_with_a_wakeup_source)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLWAKEUP), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	ASSERT_THAT(set.del(counter), succeeds());
	mapped_ring ring{set, 8};
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
}

TEST_F(Ring, is_not_made_for_an_instance_where_a_thread_waits)
{
	const event_set set = create();
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	EXPECT_THAT(make_ring(set.fd(), 8), fails_with(EBUSY));
	EXPECT_TRUE(sleeper.still_asleep());
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 18, 19
TEST_F(Ring, refuses_exclusive_and_wakeup_and_changes_nothing)
{
	for (const __u32 slots : {0U, 8U}) {
		const event_set set = create();
		const mapped_ring ring{set, slots};
		const unique_fd counter = make_eventfd(1);
		const unique_fd watched = make_eventfd();
		ASSERT_THAT(set.add(watched, EPOLLIN), succeeds());
		for (const std::uint32_t bit : {std::uint32_t{EPOLLEXCLUSIVE}, std::uint32_t{EPOLLWAKEUP}}) {
			EXPECT_THAT(set.add(counter, EPOLLIN | bit), fails_with(EINVAL));
			EXPECT_THAT(ring.add(counter, edge | bit), fails_with(EINVAL));
			EXPECT_THAT(set.mod(watched, EPOLLOUT | bit), fails_with(EINVAL));
			EXPECT_THAT(ring.mod(watched, EPOLLOUT | bit), fails_with(EINVAL));
		}
		EXPECT_THAT(set.wait(), delivers_nothing());
		EXPECT_EQ(mask_in_fdinfo(set.fd(), watched), EPOLLIN | EPOLLERR | EPOLLHUP);
		EXPECT_EQ(fdinfo_of(set.fd()).size(), 1U);
	}
}

TEST_F(Ring, is_needed_for_an_entry_that_asks_for_it)
{
	const event_set set = create();
	const unique_fd watched = make_eventfd();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(watched, EPOLLIN), succeeds());
	for (const int op : {add, set_op})
		EXPECT_THAT(ctl_on_ring(set.fd(), op, counter, edge, 1), fails_with(EINVAL));
	for (const int op : {mod, set_op})
		EXPECT_THAT(ctl_on_ring(set.fd(), op, watched, edge, 1), fails_with(EINVAL));
	EXPECT_EQ(mask_in_fdinfo(set.fd(), watched), EPOLLIN | EPOLLERR | EPOLLHUP);
	EXPECT_EQ(fdinfo_of(set.fd()).size(), 1U);
	// It means nothing there.
	EXPECT_THAT(ctl_on_ring(set.fd(), del, watched, 0, 0), succeeds());
	EXPECT_THAT(ctl_on_ring(set.fd(), drop, watched, 0, 0), succeeds());
}

TEST_F(Ring, is_no_bit_of_the_events)
{
	const event_set set = create();
	mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd(1);
	// Unknown event bits are ignored.
	ASSERT_THAT(set.add(counter, edge | 0x07fff800), succeeds());
	EXPECT_THAT(ring.take(), delivers_nothing());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

TEST_F(Ring, of_no_slots_is_only_a_header)
{
	const event_set set = create();
	const mapped_ring ring{set, 0};
	const unique_fd counter = make_eventfd(1);
	EXPECT_EQ(ring.header().slots, 0U);
	EXPECT_EQ(mmap(nullptr, page_size(), PROT_READ, MAP_SHARED, ring.fd(), static_cast<off_t>(page_size())), MAP_FAILED);
	EXPECT_EQ(errno, EINVAL);

	ASSERT_THAT(ring.add(counter, edge), succeeds());
	EXPECT_EQ(ring.state(), __u32{MYEPOLL_RING_WAIT});
	EXPECT_THAT(set.wait(for_ever), delivers({{EPOLLIN, counter}})) << "a WAIT needs no flag";
	EXPECT_EQ(ring.state(), 0U);
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	signal_eventfd(counter);
	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, counter}}));
	EXPECT_EQ(ring.counts().posted, 0U);
}

TEST_F(Ring, of_no_slots_can_be_waited_for_with_the_flag)
{
	const event_set set = create();
	const mapped_ring ring{set, 0};
	const unique_fd counter = make_eventfd(1);
	EXPECT_THAT(ring.wait(20ms), delivers_nothing());
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	EXPECT_THAT(ring.wait(for_ever, 1), delivers({{EPOLLIN, counter}}));
}

TEST_F(Ring, counts_in_fdinfo_what_became_of_its_events)
{
	const event_set set = create();
	mapped_ring ring{set, 2};
	std::vector<unique_fd> counters;
	for (int i = 0; i < 4; ++i) {
		counters.push_back(make_eventfd());
		ASSERT_THAT(ring.add(counters.back(), edge), succeeds());
	}
	// A page for the header, one for the slots, one for the kernel.
	EXPECT_EQ(ring.counts(), (ring_counts{.slots = 2, .pages = 3}));
	for (const unique_fd& counter : counters) // two of which find no slot
		signal_eventfd(counter);
	signal_eventfd(counters[0]);
	ASSERT_THAT(set.del(counters[1]), succeeds());
	EXPECT_EQ(ring.counts(), (ring_counts{.slots = 2, .pages = 3, .posted = 2, .merged = 1, .taken_back = 1, .refused = 2}));
	EXPECT_THAT(read_all("/proc/self/fdinfo/" + std::to_string(ring.fd())),
		    HasSubstr("slots: 2\npages: 3\nposted: 2\nmerged: 1\ntaken back: 1\nrefused: 2\n"));
	EXPECT_EQ(counts_of_ring(set.fd()), ring.counts()) << "as seen from the instance";
	const event_set without = create();
	EXPECT_EQ(counts_of_ring(without.fd()), ring_counts{});
}

TEST_F(Ring, is_charged_for_its_pages_and_those_of_the_kernel)
{
	for (const auto& [slots, pages] : {std::pair{0U, 1U}, {1U, 3U}, {256U, 3U}, {512U, 4U}, {1024U, 7U}, {65536U, 385U}}) {
		const event_set set = create();
		const unique_fd ring{static_cast<int>(make_ring(set.fd(), slots))};
		EXPECT_EQ(counts_of_ring(ring).pages, pages) << slots;
	}
}

} // namespace
