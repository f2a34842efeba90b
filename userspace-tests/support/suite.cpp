// SPDX-License-Identifier: GPL-2.0-only
#include "support/suite.hpp"

#include "semantics/left_out_by_ring.hpp"

#include <cstring>
#include <string>

namespace support {
namespace {

void require_myepoll()
{
	if (myepoll_device() >= 0)
		return;
	const char* const reason = strerrorname_np(-myepoll_device());
	if (myepoll_is_required())
		FAIL() << "/dev/myepoll is required and cannot be opened: " << reason;
	GTEST_SKIP() << "/dev/myepoll cannot be opened: " << reason;
}

std::optional<std::string> why_not_by_ring()
{
	if (backends_under_test() != std::vector{backend::ring})
		return std::nullopt;
	const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
	const std::string suite = test.test_suite_name();
	const std::string name = suite + '.' + test.name();
	for (const semantics::left_out& one : semantics::left_out_by_ring)
		if (suite == one.what || name.starts_with(std::string{one.what} + '/'))
			return std::string{one.reason};
	return std::nullopt;
}

} // namespace

void suite::SetUp()
{
	if (needs_myepoll())
		require_myepoll();
	if (IsSkipped() || HasFatalFailure())
		return;
	if (const auto why = why_not_by_ring())
		GTEST_SKIP() << *why;
	if (const auto why = why_impossible())
		GTEST_SKIP() << *why;
	prepare();
}

} // namespace support
