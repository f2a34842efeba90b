// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_INFO_HPP
#define MYEPOLL_INFO_HPP

#include <myepoll/language.hpp>

#include <cstdint>
#include <system_error>

namespace myepoll {

/** What the loaded module reports about itself. */
struct module_info {
	std::uint32_t abi_version; ///< grows with every addition to the interface
	std::uint32_t event_size;  ///< bytes of an event as the module writes it
	std::uint64_t features;    ///< bits of optional features
};

/**
 * Queries the loaded module.
 *
 * @throws std::system_error ENOENT or ENODEV when the module is not loaded; EACCES when the caller
 * may not open /dev/myepoll; ENOTTY when that is some other file; EMFILE, ENFILE or ENOMEM
 */
[[nodiscard, gnu::visibility("default")]] module_info info();

/** The same, for callers that do not use exceptions: @p error is set or cleared. */
[[nodiscard, gnu::visibility("default")]] module_info info(std::error_code& error) noexcept;

} // namespace myepoll

#endif
