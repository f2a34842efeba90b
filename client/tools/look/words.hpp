// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_WORDS_HPP
#define TOOLS_LOOK_WORDS_HPP

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/** How the commands that look into instances write things. */
namespace tools::look {

/** Text of others, with control characters as \x1b, so that it cannot command a terminal. */
std::string printable(std::string_view text);

/** The bits of an event or an interest: "IN|ET", or "0" for none. */
std::string events_in_words(std::uint32_t events);

/** 0x1f. */
std::string hexadecimal(std::uint64_t number);

/** Of milliseconds: "2.350 s". */
std::string seconds_in_words(std::uint64_t milliseconds);

/** "1 watch", "3 watches". */
std::string count_of(std::uint64_t count, std::string_view one, std::string_view many);

/** "python3[155]". */
std::string task_in_words(std::string_view name, pid_t task);

std::string joined(const std::vector<std::string>& words, std::string_view between);

} // namespace tools::look

#endif
