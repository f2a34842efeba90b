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

#include <optional>
#include <string>

namespace support {

// Without /dev/myepoll, skips a test that needs it, or fails it if MYEPOLL_REQUIRED=1.
class suite : public testing::Test {
protected:
	// Why the tests of a fixture cannot run here and are skipped, or nullopt.
	virtual std::optional<std::string> why_impossible() const { return std::nullopt; }
	// Prepares each test. Not called before one that cannot run.
	virtual void prepare() {}

private:
	virtual bool needs_myepoll() const { return true; }
	void SetUp() final;
};

class semantics_test : public suite, public testing::WithParamInterface<backend> {
protected:
	event_set create() const { return event_set{GetParam()}; }
	// True for the ioctls and for the preloaded library.
	bool on_myepoll() const { return GetParam() != backend::epoll; }

private:
	bool needs_myepoll() const final { return on_myepoll(); }
};

class device_test : public suite {
protected:
	int device() const { return myepoll_device(); }
	event_set create() const { return event_set{backend::myepoll}; }
};

} // namespace support

// For a custom fixture, derived from semantics_test.
#define SEMANTICS_INSTANCES(name)                                                              \
	INSTANTIATE_TEST_SUITE_P(                                                              \
		, name, ::testing::ValuesIn(::support::backends_under_test()),                 \
		[](const auto& instance) { return ::support::name_of(instance.param); })

#define SEMANTICS_SUITE(name)                                                                  \
	class name : public ::support::semantics_test {};                                      \
	SEMANTICS_INSTANCES(name)
