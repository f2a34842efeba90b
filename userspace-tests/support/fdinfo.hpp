// SPDX-License-Identifier: GPL-2.0-only
// What /proc/self/fdinfo shows of an instance.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace support {

struct fdinfo_item {
	std::string line;
	int fd = -1;
	std::uint32_t mask = 0;
	std::uint64_t data = 0;
	std::int64_t position = 0;
	std::uint64_t inode = 0;
	std::uint64_t device = 0;
};

// One entry per item, sorted by data, because the order in the file means nothing.
std::vector<fdinfo_item> fdinfo_of(int epfd);

// The mask of the only item with that descriptor, if there is exactly one.
std::optional<std::uint32_t> mask_in_fdinfo(int epfd, int fd);

} // namespace support
