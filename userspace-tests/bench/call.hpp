// SPDX-License-Identifier: GPL-2.0-only
// A benchmark whose calls fail measures something else, so every result is checked.
#pragma once

#include <cerrno>
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

} // namespace bench
