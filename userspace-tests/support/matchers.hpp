// SPDX-License-Identifier: GPL-2.0-only
// EXPECT_THAT(set.add(fd, EPOLLIN), succeeds());
// EXPECT_THAT(set.add(fd, EPOLLIN), fails_with(EEXIST));
// EXPECT_THAT(set.wait(), delivers({{EPOLLIN, fd}}));
//
// All match what the functions of event_set return: the result or -errno, or a delivery.
#pragma once

#include "support/event_set.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

namespace support {

inline long result_of(long result) { return result; }
inline long result_of(const delivery& got) { return got.result; }

inline std::string describe_result(long result)
{
	if (result >= 0 || strerrorname_np(static_cast<int>(-result)) == nullptr)
		return "returned " + std::to_string(result);
	return std::string{"failed with "} + strerrorname_np(static_cast<int>(-result));
}

MATCHER(succeeds, negation ? "fails" : "succeeds")
{
	*result_listener << describe_result(result_of(arg));
	return result_of(arg) >= 0;
}

MATCHER_P(returns, value, "returns " + std::to_string(value))
{
	*result_listener << describe_result(result_of(arg));
	return result_of(arg) == static_cast<long>(value);
}

MATCHER_P(fails_with, error, std::string{"fails with "} + strerrorname_np(error))
{
	*result_listener << describe_result(result_of(arg));
	return result_of(arg) == -error;
}

MATCHER(delivers_nothing, "delivers nothing, at once or at the deadline")
{
	return arg.result == 0;
}

inline bool same_events(const delivery& got, const std::vector<event>& expected)
{
	return got.result == static_cast<long>(expected.size()) && got.events == expected;
}

MATCHER_P(delivers_list, expected, "delivers, in this order, " + testing::PrintToString(expected))
{
	return same_events(arg, expected);
}

MATCHER_P(delivers_set, expected, "delivers, in any order, " + testing::PrintToString(expected))
{
	return arg.result == static_cast<long>(expected.size()) &&
	       std::is_permutation(arg.events.begin(), arg.events.end(), expected.begin(),
				   expected.end());
}

inline auto delivers(std::initializer_list<event> expected)
{
	return delivers_list(std::vector<event>{expected});
}

inline auto delivers_in_any_order(std::initializer_list<event> expected)
{
	return delivers_set(std::vector<event>{expected});
}

} // namespace support
