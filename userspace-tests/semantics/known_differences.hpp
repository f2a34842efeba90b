// SPDX-License-Identifier: GPL-2.0-only
// The one table of what is known to differ, in any suite. A test that is listed must fail: it is
// reported with its reason, and it counts as a failure as soon as it passes.
#pragma once

#include "support/backend.hpp"
#include "support/kernel.hpp"

#include <array>
#include <string_view>

namespace semantics {

constexpr support::kernel_version oldest{0, 0};
constexpr support::kernel_version newest{999, 0};

struct known_difference {
	std::string_view test; // Suite.name
	support::backend where;
	support::kernel_version first; // the kernels on which it differs, both ends included
	support::kernel_version last;
	std::string_view reason;
};

inline constexpr std::array<known_difference, 0> known_differences{};

} // namespace semantics
