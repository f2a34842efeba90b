// SPDX-License-Identifier: GPL-2.0-only
#include "support/fdinfo.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace support {
namespace {

// A line has pairs of a name that ends in a colon and a value, with or without blanks between them.
fdinfo_item parse(const std::string& line)
{
	std::string spaced = line;
	for (auto colon = spaced.find(':'); colon != std::string::npos;
	     colon = spaced.find(':', colon + 1))
		spaced.insert(colon + 1, " ");
	std::istringstream words{spaced};
	fdinfo_item item;
	item.line = line;
	for (std::string name; words >> name;) {
		if (name == "tfd:")
			words >> std::dec >> item.fd;
		else if (name == "events:")
			words >> std::hex >> item.mask;
		else if (name == "data:")
			words >> std::hex >> item.data;
		else if (name == "pos:")
			words >> std::dec >> item.position;
		else if (name == "ino:")
			words >> std::hex >> item.inode;
		else if (name == "sdev:")
			words >> std::hex >> item.device;
	}
	return item;
}

} // namespace

std::vector<fdinfo_item> fdinfo_of(int epfd)
{
	std::vector<fdinfo_item> items;
	std::ifstream file{"/proc/self/fdinfo/" + std::to_string(epfd)};
	for (std::string line; std::getline(file, line);)
		if (line.starts_with("tfd:"))
			items.push_back(parse(line));
	std::sort(items.begin(), items.end(),
		  [](const auto& a, const auto& b) { return a.data < b.data; });
	return items;
}

std::optional<std::uint32_t> mask_in_fdinfo(int epfd, int fd)
{
	std::optional<std::uint32_t> mask;
	for (const fdinfo_item& item : fdinfo_of(epfd)) {
		if (item.fd != fd)
			continue;
		if (mask)
			return std::nullopt;
		mask = item.mask;
	}
	return mask;
}

} // namespace support
