// SPDX-License-Identifier: GPL-2.0-only
// A benchmark whose calls fail measures something else, so every result is checked.
#pragma once

#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>

namespace bench {

// Returns the result of a system call, or throws std::system_error with its errno and its name.
template <typename Result> Result checked(Result result, const char* call)
{
	if (result < 0) [[unlikely]]
		throw std::system_error(errno, std::system_category(), call);
	return result;
}

// The same for calls that return -errno.
template <typename Result> Result checked_errno(Result result, const char* call)
{
	if (result < 0) [[unlikely]]
		throw std::system_error(-result, std::system_category(), call);
	return result;
}

// A set that failed to deliver what is ready would look cheap.
inline void check_ready(std::size_t found, std::size_t expected)
{
	if (found != expected)
		throw std::runtime_error("unexpected number of ready descriptors");
}

} // namespace bench
