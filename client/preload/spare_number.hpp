// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_SPARE_NUMBER_HPP
#define MYEPOLL_PRELOAD_SPARE_NUMBER_HPP

#include <sys/resource.h>

#include <cstdint>

namespace preload {

/**
 * As long as it lives, the process may open one descriptor more than RLIMIT_NOFILE says.
 *
 * The device takes up a number while an instance is made, and epoll needs no such thing: without
 * this the last free number could not become an instance. It takes a hard limit above the soft one.
 */
class spare_number {
public:
	spare_number();
	spare_number(const spare_number&) = delete;
	spare_number& operator=(const spare_number&) = delete;
	~spare_number();

	bool granted() const { return granted_; }

private:
	std::uint64_t mask_ = 0;
	rlimit usual_{};
	bool granted_ = false;
};

} // namespace preload

#endif
