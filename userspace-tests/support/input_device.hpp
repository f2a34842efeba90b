// SPDX-License-Identifier: GPL-2.0-only
// A device with one button that this program presses. Its readers are woken with a key that has
// both IN and OUT set, as by hardly any other file.
#pragma once

#include "support/fd.hpp"

#include <optional>
#include <string>

namespace support {

class input_device {
public:
	// Why it is unavailable here, or nullopt: it needs root and two drivers.
	static std::optional<std::string> why_impossible();

	input_device();

	// Where the presses arrive.
	const unique_fd& reader() const noexcept { return reader_; }
	void press() const;

private:
	unique_fd button_;
	unique_fd reader_;
};

} // namespace support
