// SPDX-License-Identifier: GPL-2.0-only
// Suites about forgetful targets: each test runs for each kind and on each backend.
//
//	class ForgetfulTargets : public support::forgetful_test {};
//	FORGETFUL_INSTANCES(ForgetfulTargets, perf);
//
// makes the tests perf/ForgetfulTargets.claim/epoll and perf/ForgetfulTargets.claim/myepoll.
#pragma once

#include "support/event_buffer.hpp"
#include "support/forgetful_source.hpp"
#include "support/suite.hpp"

#include <vector>

namespace support {

struct forgetful_side {
	backend which;
	forgetful_kind kind;
};

struct watch_mode {
	const char* name;
	std::uint32_t bits;
};

inline constexpr std::array watch_modes{
	watch_mode{"level", 0},
	watch_mode{"edge", EPOLLET},
	watch_mode{"oneshot", EPOLLONESHOT},
};

std::vector<forgetful_side> forgetful_sides(forgetful_kind kind);
void PrintTo(const forgetful_side& side, std::ostream* out);

class forgetful_test : public suite, public testing::WithParamInterface<forgetful_side> {
protected:
	event_set create() const { return event_set{GetParam().which}; }
	forgetful_source& source() const { return *source_; }

	std::optional<std::string> why_impossible() const override;
	void prepare() override;
	// Replaces the source with a new one, without targets.
	void make_source();

private:
	bool needs_myepoll() const final { return GetParam().which != backend::epoll; }

	std::unique_ptr<forgetful_source> source_;
};

} // namespace support

#define FORGETFUL_INSTANCES(name, kind)                                                        \
	INSTANTIATE_TEST_SUITE_P(                                                              \
		kind, name,                                                                    \
		::testing::ValuesIn(::support::forgetful_sides(::support::forgetful_kind::kind)), \
		[](const auto& instance) { return ::support::name_of(instance.param.which); })
