// SPDX-License-Identifier: MIT
#ifndef ECHO_NUMBER_HPP
#define ECHO_NUMBER_HPP

#include <charconv>
#include <string_view>
#include <system_error>

namespace echo {

/** Reads a number that is all of the text; false if it is not, or does not fit. */
template <class Number>
bool parse_number(std::string_view text, Number& number)
{
	const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
	return error == std::errc{} && rest == text.data() + text.size();
}

} // namespace echo

#endif
