// SPDX-License-Identifier: GPL-2.0-only
#include "support/snapshot.hpp"

#include <algorithm>
#include <cstring>

namespace support {

snapshot look_at(const event_set& set, unsigned int items, unsigned int sleepers, const snapshot* before)
{
	snapshot page;
	page.items.resize(items);
	page.sleepers.resize(sleepers);
	// Whatever the kernel does not write is seen.
	std::memset(page.items.data(), 0xff, items * sizeof(myepoll_item));
	std::memset(page.sleepers.data(), 0xff, sleepers * sizeof(myepoll_sleeper));
	page.about.items = reinterpret_cast<std::uintptr_t>(page.items.data());
	page.about.sleepers = reinterpret_cast<std::uintptr_t>(page.sleepers.data());
	page.about.items_room = items;
	page.about.sleepers_room = sleepers;
	if (before != nullptr)
		std::copy_n(before->about.cursor, 2, page.about.cursor);
	page.result = raw::ioctl(set.fd(), MYEPOLL_IOC_SNAPSHOT, &page.about);
	if (page.result == 0) {
		page.items.resize(page.about.items_count);
		page.sleepers.resize(page.about.sleepers_count);
	}
	return page;
}

bool is_last(const snapshot& page) { return page.about.cursor[0] == 0 && page.about.cursor[1] == 0; }

} // namespace support
