// SPDX-License-Identifier: GPL-2.0-only
#include "support/hostile_memory.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace support {
namespace {

const std::size_t page_size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
constexpr unsigned most_bytes_before_hole = 64;

} // namespace

std::optional<std::string> hostile_memory::why_impossible()
{
	if (!stalled_page::available())
		return "userfaultfd is not available";
	return polled_file::why_impossible();
}

hostile_memory::hostile_memory()
	: read_only_{mmap(nullptr, page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)}
{
	if (read_only_ == MAP_FAILED)
		throw std::system_error{errno, std::generic_category(), "mmap"};
}

hostile_memory::~hostile_memory() { munmap(read_only_, page_size); }

void* hostile_memory::some_address(dice& roll)
{
	void* const addresses[] = {nullptr, unmapped_pointer, kernel_pointer, non_canonical_pointer,
				   hole_.last_bytes(roll.below(most_bytes_before_hole)), read_only_,
				   faulted_.address(), fetched_};
	return roll.one_of(addresses);
}

// A thread that waits for a held file may have the whole address space locked: a retried page fault does. So
// nothing that changes the address space may be done until all files are released.

void hostile_memory::flow(std::initializer_list<hostile_memory*> all)
{
	for (hostile_memory* const memory : all)
		memory->file_.release();
	for (hostile_memory* const memory : all)
		memory->faulted_.supply();
}

void hostile_memory::ebb(std::initializer_list<hostile_memory*> all)
{
	for (hostile_memory* const memory : all) {
		memory->faulted_.discard();
		memory->file_.discard_page();
	}
	for (hostile_memory* const memory : all)
		memory->file_.hold();
}

} // namespace support
