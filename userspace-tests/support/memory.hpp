// SPDX-License-Identifier: GPL-2.0-only
// Addresses that a kernel must not trust.
#pragma once

#include "support/kernel_call.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace support {

// Inside the range of user addresses, but nothing is ever mapped there.
inline void* const unmapped_pointer = reinterpret_cast<void*>(std::uintptr_t{1});
// Outside the range of user addresses; but to a 64-bit kernel, no address of a 32-bit program is.
constexpr bool has_kernel_addresses = sizeof(void*) == 8;
inline void* const kernel_pointer = reinterpret_cast<void*>(
	static_cast<std::uintptr_t>(has_kernel_addresses ? 0xffff888000000000 : 0xfffff000));
inline void* const non_canonical_pointer = reinterpret_cast<void*>(
	static_cast<std::uintptr_t>(has_kernel_addresses ? std::uint64_t{1} << 63 : 0xffffe000));

// Whether the memory is there, or can be: by MADV_POPULATE_READ or MADV_POPULATE_WRITE. Makes no copy, which fault injection
// could fail.
inline bool is_present(const void* memory, std::size_t size, int advice)
{
	const auto page_size = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
	const auto begin = reinterpret_cast<std::uintptr_t>(memory);
	const std::uintptr_t first_page = begin & -page_size;
	return kernel_call(SYS_madvise, first_page, begin + size - first_page, advice) == 0;
}

// A page that is followed by a hole.
class page_before_hole {
public:
	page_before_hole()
	{
		void* const pages = mmap(nullptr, 2 * size_, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (pages == MAP_FAILED)
			throw std::system_error{errno, std::generic_category(), "mmap"};
		page_ = static_cast<std::byte*>(pages);
		mprotect(page_ + size_, size_, PROT_NONE);
	}
	page_before_hole(const page_before_hole&) = delete;
	page_before_hole& operator=(const page_before_hole&) = delete;
	~page_before_hole() { munmap(page_, 2 * size_); }

	// A buffer of which only the first count bytes can be accessed.
	void* last_bytes(std::size_t count) const { return page_ + size_ - count; }

private:
	std::size_t size_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
	std::byte* page_ = nullptr;
};

} // namespace support
