// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_SRC_DEVICE_HPP
#define MYEPOLL_SRC_DEVICE_HPP

#include <string>
#include <system_error>

#include <myepoll/file_descriptor.hpp>
#include <myepoll/info.hpp>

/* Operations on /dev/myepoll itself, which is open only during each of these calls. */
namespace myepoll::device {

/** Where a sequence of calls stopped: the name of the call that failed, and its error. */
struct failure {
	const char* call = "";
	std::error_code error;
	module_info loaded; // if INFO succeeded

	/** The name of the call, and what can be done about the error. */
	std::string text() const;
};

module_info info(failure& failed) noexcept;

/** Creates an instance, unless the loaded module does not match this library. */
file_descriptor create(failure& failed) noexcept;

} // namespace myepoll::device

#endif
