// SPDX-License-Identifier: GPL-2.0-only
// A value that a process shares with the processes forked from it.
//
//	const shared_page<std::atomic<unsigned>> count;
//	++*count;
#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <new>
#include <system_error>

namespace support {

template <typename Value>
class shared_page {
public:
	shared_page()
		: page_{mmap(nullptr, sizeof(Value), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)}
	{
		if (page_ == MAP_FAILED)
			throw std::system_error{errno, std::generic_category(), "mmap"};
		new (page_) Value;
	}
	shared_page(const shared_page&) = delete;
	shared_page& operator=(const shared_page&) = delete;
	~shared_page() { munmap(page_, sizeof(Value)); }

	Value& operator*() const { return *static_cast<Value*>(page_); }
	Value* operator->() const { return static_cast<Value*>(page_); }

private:
	void* page_;
};

} // namespace support
