// SPDX-License-Identifier: GPL-2.0-only
// The pages of a waiter's buffer are discarded over and over, also between being faulted in and
// being written to.
#include "support/storm.hpp"
#include "support/test.hpp"

#include <sys/mman.h>

#include <array>

using namespace support;

namespace {

SEMANTICS_SUITE(VanishingBuffer);

// Two pages for a buffer that begins on the first and ends on the second.
class vanishing_pages {
public:
	static constexpr std::size_t size = 8192;

	vanishing_pages()
		: start_{mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)}
	{
		EXPECT_NE(start_, MAP_FAILED);
	}
	vanishing_pages(const vanishing_pages&) = delete;
	vanishing_pages& operator=(const vanishing_pages&) = delete;
	~vanishing_pages() { munmap(start_, size); }

	void vanish() const { madvise(start_, size, MADV_DONTNEED); }
	// Where count events begin if half of them are to be on either page.
	void* events(std::size_t count) const
	{
		return static_cast<char*>(start_) + size / 2 - count / 2 * sizeof(epoll_event);
	}

private:
	void* start_;
};

// behaviours: 92, 93
TEST_P(VanishingBuffer, loses_no_edge)
{
	constexpr std::size_t count = 40;
	const event_set set = create();
	const vanishing_pages pages;
	std::array<unique_fd, count> counters;
	for (unique_fd& counter : counters) {
		counter = make_eventfd();
		ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	}
	std::atomic<bool> over = false;
	storm weather;
	weather.start([&](dice) {
		while (!over)
			pages.vanish();
	});
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		for (const unique_fd& counter : counters)
			signal_eventfd(counter);
		ASSERT_EQ(set.wait(pages.events(count), count, 0), static_cast<long>(count));
		ASSERT_THAT(set.wait(), delivers_nothing());
	}
	over = true;
	weather.join();
	weather.note(std::to_string(rounds) + " rounds");
}

} // namespace
