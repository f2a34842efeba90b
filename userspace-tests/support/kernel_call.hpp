// SPDX-License-Identifier: GPL-2.0-only
// System calls that no preloaded library sees: each returns the result or -errno.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace support {

long kernel_call_with(long number, const std::array<long, 6>& arguments);

template <typename Argument> long to_register([[maybe_unused]] Argument argument)
{
	if constexpr (std::is_pointer_v<Argument>)
		return static_cast<long>(reinterpret_cast<std::intptr_t>(argument));
	else if constexpr (std::is_null_pointer_v<Argument>)
		return 0;
	else
		return static_cast<long>(argument);
}

template <typename... Arguments> long kernel_call(long number, Arguments... arguments)
{
	return kernel_call_with(number, {to_register(arguments)...});
}

} // namespace support
