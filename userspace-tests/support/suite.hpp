// SPDX-License-Identifier: GPL-2.0-only
// The two kinds of suites.
//
//	SEMANTICS_SUITE(LevelTriggered);                  every test runs on epoll and on myepoll,
//	                                                  or on the preloaded library
//	TEST_P(LevelTriggered, reports_until_drained) { const event_set set = create(); .. }
//
//	class Ctl : public support::device_test {};       raw ioctls of /dev/myepoll
//	TEST_F(Ctl, refuses_unknown_ops) { const event_set set = create(); .. }
#pragma once

#include "support/backend.hpp"
#include "support/event_set.hpp"
#include "support/fd.hpp"

#include <gtest/gtest.h>

namespace support {

// Skips the test when there is no /dev/myepoll, or fails it where MYEPOLL_REQUIRED=1 says that
// there must be one.
void require_myepoll();

class semantics_test : public testing::TestWithParam<backend> {
protected:
	void SetUp() override
	{
		if (on_myepoll())
			require_myepoll();
	}
	event_set create() const { return event_set{GetParam()}; }
	// By whatever way: the ioctls or the preloaded library.
	bool on_myepoll() const { return GetParam() != backend::epoll; }
};

class device_test : public testing::Test {
protected:
	void SetUp() override { require_myepoll(); }
	int device() const { return myepoll_device(); }
	event_set create() const { return event_set{backend::myepoll}; }
};

} // namespace support

// For a fixture of one's own, derived from semantics_test.
#define SEMANTICS_INSTANCES(name)                                                              \
	INSTANTIATE_TEST_SUITE_P(                                                              \
		, name, ::testing::ValuesIn(::support::backends_under_test()),                 \
		[](const auto& instance) { return ::support::name_of(instance.param); })

#define SEMANTICS_SUITE(name)                                                                  \
	class name : public ::support::semantics_test {};                                      \
	SEMANTICS_INSTANCES(name)
