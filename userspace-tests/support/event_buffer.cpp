// SPDX-License-Identifier: GPL-2.0-only
#include "support/event_buffer.hpp"

#include "support/memory.hpp"
#include "support/targets.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace support {
namespace {

const std::size_t page_size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
// A fork() is expensive, so each serves many buffers.
constexpr std::size_t buffers_per_fork = 128;

enum class page { there, fresh, read_only, forbidden };

struct layout {
	memory_kind kind;
	const char* name;
	page first;
	page second;
};

constexpr layout layouts[] = {
	{memory_kind::touched, "touched", page::there, page::there},
	{memory_kind::fresh, "fresh", page::fresh, page::fresh},
	{memory_kind::forked, "forked", page::there, page::there},
	{memory_kind::split, "split", page::there, page::fresh},
	{memory_kind::growing, "growing", page::fresh, page::fresh},
	{memory_kind::hole, "hole", page::there, page::forbidden},
	{memory_kind::fresh_hole, "fresh hole", page::fresh, page::forbidden},
	{memory_kind::half_read_only, "half read-only", page::there, page::read_only},
	{memory_kind::read_only, "read-only", page::read_only, page::read_only},
	{memory_kind::forbidden, "forbidden", page::forbidden, page::forbidden},
	{memory_kind::unmapped, "unmapped", page::forbidden, page::forbidden},
};

const layout& layout_of(memory_kind kind)
{
	return *std::find_if(std::begin(layouts), std::end(layouts),
			     [kind](const layout& candidate) { return candidate.kind == kind; });
}

bool is_writable(page state) { return state == page::there || state == page::fresh; }

std::byte* map(std::size_t size, int protection, int flags = 0, void* where = nullptr)
{
	void* const pages = mmap(where, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	if (pages == MAP_FAILED)
		checked(-1, "mmap");
	return static_cast<std::byte*>(pages);
}

void touch(std::byte* place) { *static_cast<volatile std::byte*>(place) = std::byte{}; }

void forget(std::byte* place) { checked(madvise(place, page_size, MADV_DONTNEED), "MADV_DONTNEED"); }

void put_into(std::byte* place, page state)
{
	switch (state) {
	case page::there:
		return touch(place);
	case page::fresh:
		return forget(place);
	case page::read_only:
		checked(mprotect(place, page_size, PROT_READ), "mprotect");
		return;
	case page::forbidden:
		checked(mprotect(place, page_size, PROT_NONE), "mprotect");
		return;
	}
}

} // namespace

const char* name_of(memory_kind kind) { return layout_of(kind).name; }

event_buffer::event_buffer(memory_kind kind, std::size_t bytes_on_first_page)
	: kind_{kind}, bytes_on_first_page_{bytes_on_first_page}
{
	switch (kind) {
	case memory_kind::growing:
		map_below_stack();
		break;
	case memory_kind::forked:
		map_pages_to_share();
		break;
	case memory_kind::unmapped:
		second_page_ = static_cast<std::byte*>(unmapped_pointer) + bytes_on_first_page;
		break;
	default:
		map_two_pages();
	}
}

event_buffer::~event_buffer()
{
	if (mapping_ != nullptr)
		munmap(mapping_, mapping_size_);
}

void event_buffer::map_two_pages()
{
	mapping_size_ = 2 * page_size;
	mapping_ = map(mapping_size_, PROT_READ | PROT_WRITE);
	second_page_ = mapping_ + page_size;
	// Otherwise a fork(), for another buffer, would make it copy-on-write.
	checked(madvise(mapping_, mapping_size_, MADV_DONTFORK), "MADV_DONTFORK");
	renew();
}

// An inaccessible page, two unmapped pages, and a growing page. The kernel keeps a gap of one megabyte below
// the growing page: no other mapping is placed there, and it grows into the gap if what lies below is
// inaccessible.
void event_buffer::map_below_stack()
{
	mapping_size_ = 4 * page_size;
	mapping_ = map(mapping_size_, PROT_NONE);
	second_page_ = mapping_ + 2 * page_size;
	map(page_size, PROT_READ | PROT_WRITE, MAP_GROWSDOWN | MAP_FIXED, second_page_ + page_size);
	renew();
}

void event_buffer::map_pages_to_share()
{
	mapping_size_ = buffers_per_fork * 2 * page_size;
	mapping_ = map(mapping_size_, PROT_READ | PROT_WRITE);
	share_pages();
}

// The child keeps only the memory: a file that it held open would survive the test's close.
void event_buffer::share_pages()
{
	sharer_.reset();
	for (std::size_t offset = 0; offset < mapping_size_; offset += page_size)
		touch(mapping_ + offset);
	pipe_ends open_in_child = make_pipe();
	sharer_.emplace([] {
		close_range(0, ~0U, 0);
		for (;;)
			pause();
	});
	open_in_child.writer.close();
	pollfd closed_in_child{open_in_child.reader, 0, 0};
	checked(poll(&closed_in_child, 1, -1), "poll");
	second_page_ = mapping_ + page_size;
}

void event_buffer::renew()
{
	const layout& pages = layout_of(kind_);
	if (kind_ == memory_kind::growing) {
		checked(munmap(second_page_ - page_size, 2 * page_size), "munmap");
	} else if (kind_ == memory_kind::forked) {
		second_page_ += 2 * page_size;
		if (second_page_ > mapping_ + mapping_size_)
			share_pages();
	} else if (kind_ != memory_kind::unmapped) {
		put_into(second_page_ - page_size, pages.first);
		put_into(second_page_, pages.second);
	}
}

void event_buffer::renew(std::size_t bytes_on_first_page)
{
	if (kind_ == memory_kind::unmapped)
		second_page_ = static_cast<std::byte*>(unmapped_pointer) + bytes_on_first_page;
	bytes_on_first_page_ = bytes_on_first_page;
	renew();
}

std::size_t event_buffer::capacity() const noexcept
{
	return (bytes_on_first_page_ + page_size) / event_size;
}

std::size_t event_buffer::room() const noexcept
{
	const layout& pages = layout_of(kind_);
	if (!is_writable(pages.first))
		return 0;
	return is_writable(pages.second) ? capacity() : bytes_on_first_page_ / event_size;
}

delivery event_buffer::wait(const event_set& set, std::chrono::milliseconds timeout) const
{
	return wait(set, timeout, capacity());
}

delivery event_buffer::wait(const event_set& set, std::chrono::milliseconds timeout,
			    std::size_t maxevents) const
{
	delivery got;
	got.result = set.wait(start(), static_cast<int>(std::min(maxevents, capacity())),
			      static_cast<int>(timeout.count()));
	for (long i = 0; i < got.result; ++i) {
		epoll_event event;
		std::memcpy(&event, start() + static_cast<std::size_t>(i) * event_size, event_size);
		got.events.emplace_back(std::uint32_t{event.events}, std::uint64_t{event.data.u64});
	}
	return got;
}

} // namespace support
