// SPDX-License-Identifier: GPL-2.0-only
// The mappings of a ring: which are allowed, what can be done to them later, what becomes of them in other processes,
// and how long the memory lives.
#include "support/kernel_module.hpp"
#include "support/mapped_ring.hpp"
#include "support/passing.hpp"
#include "support/shared_page.hpp"
#include "support/slab.hpp"
#include "support/test.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <optional>

using namespace support;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr std::uint32_t edge = EPOLLIN | EPOLLET;
constexpr __u32 slots = 1024; // four pages

class RingMapping : public device_test {
protected:
	// Returns 0, having unmapped it, or -errno.
	static long map(int fd, std::size_t first_page, std::size_t pages, int protection, int flags = MAP_SHARED)
	{
		void* const mapped = mmap(nullptr, pages * page_size(), protection, flags, fd,
					  static_cast<off_t>(first_page * page_size()));
		if (mapped == MAP_FAILED)
			return -errno;
		munmap(mapped, pages * page_size());
		return 0;
	}
	static void* mapping_of_slots(const mapped_ring& ring) { return &ring.slot(0); }
	static void* mapping_of_header(const mapped_ring& ring) { return const_cast<myepoll_ring_header*>(&ring.header()); }
};

struct mapping_case {
	const char* what;
	std::size_t first_page;
	std::size_t pages;
	int protection;
	int flags;
	long result;
};

const mapping_case mapping_cases[] = {
	{"header", 0, 1, PROT_READ, MAP_SHARED, 0},
	{"header, filled in", 0, 1, PROT_READ, MAP_SHARED | MAP_POPULATE, 0},
	{"slots", 1, 4, PROT_READ | PROT_WRITE, MAP_SHARED, 0},
	{"slots, filled in", 1, 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, 0},
	{"all at once", 0, 5, PROT_READ, MAP_SHARED, -EINVAL},
	{"header and a page", 0, 2, PROT_READ, MAP_SHARED, -EINVAL},
	{"some slots", 1, 3, PROT_READ | PROT_WRITE, MAP_SHARED, -EINVAL},
	{"a page too many", 1, 5, PROT_READ | PROT_WRITE, MAP_SHARED, -EINVAL},
	{"the last pages", 2, 3, PROT_READ | PROT_WRITE, MAP_SHARED, -EINVAL},
	{"as many pages from the second", 2, 4, PROT_READ | PROT_WRITE, MAP_SHARED, -EINVAL},
	{"behind the end", 5, 1, PROT_READ, MAP_SHARED, -EINVAL},
	{"far behind the end", std::size_t{1} << 18, 1, PROT_READ, MAP_SHARED, -EINVAL},
	{"private header", 0, 1, PROT_READ, MAP_PRIVATE, -EINVAL},
	{"private slots", 1, 4, PROT_READ | PROT_WRITE, MAP_PRIVATE, -EINVAL},
	{"writable header", 0, 1, PROT_READ | PROT_WRITE, MAP_SHARED, -EPERM},
	{"write-only header", 0, 1, PROT_WRITE, MAP_SHARED, -EPERM},
	{"executable header", 0, 1, PROT_READ | PROT_EXEC, MAP_SHARED, -EPERM},
	{"executable slots", 1, 4, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, -EPERM},
};

TEST_F(RingMapping, is_allowed_as_header_and_as_slots_and_not_otherwise)
{
	const event_set set = create();
	const unique_fd ring{static_cast<int>(make_ring(set.fd(), slots))};
	for (const mapping_case& row : mapping_cases)
		EXPECT_EQ(map(ring, row.first_page, row.pages, row.protection, row.flags), row.result) << row.what;
}

TEST_F(RingMapping, gets_no_other_protection_later)
{
	const event_set set = create();
	const mapped_ring ring{set, slots};
	for (const int protection : {PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC}) {
		EXPECT_EQ(mprotect(mapping_of_header(ring), page_size(), protection), -1) << protection;
		EXPECT_EQ(errno, EACCES);
	}
	EXPECT_EQ(mprotect(mapping_of_slots(ring), bytes_of_slots(slots), PROT_READ | PROT_EXEC), -1);
	EXPECT_EQ(errno, EACCES);
	EXPECT_EQ(mprotect(mapping_of_slots(ring), bytes_of_slots(slots), PROT_READ), 0);
	EXPECT_EQ(mprotect(mapping_of_slots(ring), bytes_of_slots(slots), PROT_READ | PROT_WRITE), 0);
}

// As a debugger writes: whatever the protection.
TEST_F(RingMapping, of_the_header_cannot_be_written_through_proc)
{
	const event_set set = create();
	const mapped_ring ring{set, slots};
	const unique_fd memory = open_file("/proc/self/mem", O_RDWR);
	const __u32 forged = 7;
	EXPECT_EQ(pwrite64(memory, &forged, sizeof(forged), static_cast<off64_t>(address(&ring.header()))), -1);
	EXPECT_EQ(ring.state(), 0U);
}

TEST_F(RingMapping, does_not_grow)
{
	const event_set set = create();
	const mapped_ring ring{set, slots};
	for (const auto& [start, size] : {std::pair{mapping_of_header(ring), page_size()},
					  {mapping_of_slots(ring), bytes_of_slots(slots)}}) {
		EXPECT_EQ(mremap(start, size, size + page_size(), MREMAP_MAYMOVE), MAP_FAILED);
		EXPECT_EQ(errno, EFAULT);
		// A second one, of the first pages.
		EXPECT_EQ(mremap(start, 0, page_size(), MREMAP_MAYMOVE), MAP_FAILED);
		EXPECT_EQ(mremap(start, size, size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP), MAP_FAILED);
	}
}

TEST_F(RingMapping, can_be_moved_and_shrunk)
{
	const event_set set = create();
	mapped_ring ring{set, slots};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	signal_eventfd(counter);

	void* const elsewhere = mmap(nullptr, bytes_of_slots(slots), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_EQ(mremap(mapping_of_slots(ring), bytes_of_slots(slots), bytes_of_slots(slots), MREMAP_MAYMOVE | MREMAP_FIXED,
			 elsewhere),
		  elsewhere);
	ring.consumer().slots = static_cast<myepoll_ring_slot*>(elsewhere);
	ASSERT_EQ(mremap(elsewhere, bytes_of_slots(slots), page_size(), 0), elsewhere);

	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
	signal_eventfd(counter);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
}

TEST_F(RingMapping, keeps_its_events_when_told_that_they_are_not_needed)
{
	const event_set set = create();
	mapped_ring ring{set, slots};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	signal_eventfd(counter);
	EXPECT_EQ(madvise(mapping_of_slots(ring), bytes_of_slots(slots), MADV_DONTNEED), 0);
	EXPECT_EQ(madvise(mapping_of_header(ring), page_size(), MADV_DONTNEED), 0);
	EXPECT_EQ(ring.header().slots, slots);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
	signal_eventfd(counter);
	EXPECT_EQ(madvise(mapping_of_slots(ring), bytes_of_slots(slots), MADV_PAGEOUT), 0);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
	EXPECT_EQ(madvise(mapping_of_slots(ring), bytes_of_slots(slots), MADV_REMOVE), -1);
}

// As in a slot that every mapping of the ring has.
TEST_F(RingMapping, shares_its_memory_with_all_others_of_the_ring)
{
	const event_set set = create();
	mapped_ring one{set, slots};
	mapped_ring other{set, duplicate(one.fd())};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(one.add(counter, edge), succeeds());
	signal_eventfd(counter);
	EXPECT_THAT(one.take(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(other.take(), delivers_nothing());
	EXPECT_EQ(other.head(), one.head());
	signal_eventfd(counter);
	EXPECT_THAT(other.take(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(one.take(), delivers_nothing());
}

TEST_F(RingMapping, of_some_of_its_pages_leaves_the_others)
{
	const event_set set = create();
	mapped_ring ring{set, slots};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	auto* const pages = static_cast<std::byte*>(mapping_of_slots(ring));
	ASSERT_EQ(munmap(pages + page_size(), page_size()), 0);
	signal_eventfd(counter);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
	const auto is_mapped = [](std::byte* page) {
		unsigned char in_memory = 0;
		return mincore(page, page_size(), &in_memory) == 0;
	};
	EXPECT_TRUE(is_mapped(pages));
	EXPECT_FALSE(is_mapped(pages + page_size()));
	EXPECT_TRUE(is_mapped(pages + 3 * page_size()));
}

// The kernel posts without it.
TEST_F(RingMapping, is_not_needed_by_the_kernel)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	unique_fd fd;
	{
		const mapped_ring ring{set, slots};
		ASSERT_THAT(ring.add(counter, edge), succeeds());
		fd = duplicate(ring.fd());
	}
	signal_eventfd(counter);
	mapped_ring again{set, std::move(fd)};
	EXPECT_THAT(again.take(), delivers({{EPOLLIN, counter}}));
}

TEST_F(RingMapping, is_neither_inherited_nor_dumped)
{
	const event_set set = create();
	const mapped_ring ring{set, slots};
	const std::string maps = read_all("/proc/self/smaps");
	const auto at = maps.find("[myepoll-ring]");
	ASSERT_NE(at, std::string::npos);
	const auto flags = maps.find("VmFlags:", at);
	EXPECT_THAT(maps.substr(flags, maps.find('\n', flags) - flags), testing::AllOf(HasSubstr(" dc"), HasSubstr(" de"), HasSubstr(" dd")));

	EXPECT_EQ(in_child([] { EXPECT_THAT(read_all("/proc/self/maps"), Not(HasSubstr("[myepoll-ring]"))); }), 0);
}

TEST_F(RingMapping, is_inherited_if_the_program_insists)
{
	const event_set set = create();
	mapped_ring ring{set, slots};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	if (madvise(mapping_of_header(ring), page_size(), MADV_DOFORK) != 0 && errno == EINVAL)
		GTEST_SKIP() << "this kernel lets no program insist";
	ASSERT_EQ(madvise(mapping_of_slots(ring), bytes_of_slots(slots), MADV_DOFORK), 0);
	signal_eventfd(counter);
	EXPECT_EQ(in_child([&] {
			  EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
			  EXPECT_EQ(ring.header().slots, slots);
		  }),
		  0);
	EXPECT_THAT(ring.take(), delivers_nothing());
}

TEST_F(RingMapping, is_made_anew_by_a_child_that_has_the_descriptor)
{
	const event_set set = create();
	mapped_ring ring{set, slots};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	signal_eventfd(counter);
	EXPECT_EQ(in_child([&] {
			  mapped_ring own{set, duplicate(ring.fd())};
			  EXPECT_THAT(own.take(), delivers({{EPOLLIN, counter}}));
			  signal_eventfd(counter);
		  }),
		  0);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 41
TEST_F(RingMapping, is_shared_with_a_process_that_gets_the_descriptor_in_a_message)
{
	const event_set set = create();
	mapped_ring ring{set, slots};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	const socket_ends pair = make_unix_pair();
	signal_eventfd(counter);
	send_descriptor(pair.peer, ring.fd());
	ring.close();
	EXPECT_EQ(in_child([&] {
			  mapped_ring own{set, receive_descriptor(pair.ours)};
			  EXPECT_THAT(own.take(), delivers({{EPOLLIN, counter}}));
			  EXPECT_EQ(own.counts().posted, 1U);
		  }),
		  0);
}

TEST_F(RingMapping, disappears_with_a_process_that_is_killed_and_the_ring_goes_on)
{
	const event_set set = create();
	mapped_ring ring{set, slots};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	const shared_page<std::atomic<bool>> mapped;
	child_process child{[&] {
		const mapped_ring own{set, duplicate(ring.fd())};
		*mapped = true;
		pause();
	}};
	await([&] { return mapped->load(); });
	child.kill(SIGKILL);
	child.join();
	signal_eventfd(counter);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
}

TEST_F(RingMapping, outlives_the_instance_and_says_so)
{
	event_set set = create();
	mapped_ring ring{set, slots};
	const unique_fd counter = make_eventfd();
	const unique_fd level = make_eventfd(1);
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	ASSERT_THAT(set.add(level, EPOLLIN), succeeds());
	signal_eventfd(counter);
	ASSERT_EQ(ring.state(), __u32{MYEPOLL_RING_WAIT});

	set.close();

	EXPECT_EQ(ring.state() & MYEPOLL_RING_CLOSED, __u32{MYEPOLL_RING_CLOSED});
	EXPECT_THAT(ring.take(), delivers_nothing()) << "its watches ended with it";
	signal_eventfd(counter);
	EXPECT_THAT(ring.take(), delivers_nothing());
	EXPECT_EQ(ring.counts().taken_back, 1U);
}

// Neither descriptor nor mapping of the ring holds the instance, nor what it watches.
TEST_F(RingMapping, does_not_hold_the_instance)
{
	const slab_objects objects{backend::myepoll};
	event_set set = create();
	const mapped_ring ring{set, slots};
	const pipe_ends pipe = make_pipe();
	ASSERT_THAT(ring.add(pipe.reader, edge), succeeds());
	set.close();
	EXPECT_TRUE(objects.are_no_more());
}

TEST_F(RingMapping, and_descriptor_of_a_ring_may_be_closed_in_any_order)
{
	for (const int order : {0, 1, 2, 3, 4, 5}) {
		event_set set = create();
		const unique_fd counter = make_eventfd();
		std::optional<mapped_ring> ring{std::in_place, set, slots};
		unique_fd fd = duplicate(ring->fd());
		ASSERT_THAT(ring->add(counter, edge), succeeds());
		signal_eventfd(counter);
		const auto close_one = [&](int which) {
			which == 0 ? set.close() : which == 1 ? fd.close() : ring.reset();
			signal_eventfd(counter);
		};
		close_one(order / 2);
		close_one((order / 2 + 1 + order % 2) % 3);
		close_one((order / 2 + 2 - order % 2) % 3);
	}
}

} // namespace
