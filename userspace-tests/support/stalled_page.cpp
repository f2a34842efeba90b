// SPDX-License-Identifier: GPL-2.0-only
#include "support/stalled_page.hpp"

#include "support/targets.hpp"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace support {
namespace {

int open_userfaults() { return static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK)); }

void* map_pages(std::size_t size)
{
	void* const pages =
		mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		throw std::system_error{errno, std::generic_category(), "mmap"};
	return pages;
}

} // namespace

bool stalled_page::available() { return unique_fd{open_userfaults()} >= 0; }

stalled_page::stalled_page()
	: size_{static_cast<std::size_t>(sysconf(_SC_PAGESIZE))},
	  userfaults_{checked(open_userfaults(), "userfaultfd")}, page_{static_cast<char*>(map_pages(2 * size_)) + size_}
{
	uffdio_api api{};
	api.api = UFFD_API;
	checked(ioctl(userfaults_, UFFDIO_API, &api), "UFFDIO_API");
	uffdio_register registration{};
	registration.range = {reinterpret_cast<__u64>(page_), size_};
	registration.mode = UFFDIO_REGISTER_MODE_MISSING;
	checked(ioctl(userfaults_, UFFDIO_REGISTER, &registration), "UFFDIO_REGISTER");
}

stalled_page::~stalled_page()
{
	// Closing it releases whoever still waits.
	userfaults_.close();
	munmap(before(size_), 2 * size_);
}

void stalled_page::await_fault() const
{
	pollfd fault{userfaults_, POLLIN, 0};
	checked(poll(&fault, 1, -1), "poll");
}

void stalled_page::supply()
{
	uffdio_zeropage zero{};
	zero.range = {reinterpret_cast<__u64>(page_), size_};
	checked(ioctl(userfaults_, UFFDIO_ZEROPAGE, &zero), "UFFDIO_ZEROPAGE");
}

void stalled_page::discard() { checked(madvise(page_, size_, MADV_DONTNEED), "madvise"); }

} // namespace support
