// SPDX-License-Identifier: GPL-2.0-only
#include "support/suite.hpp"

#include <cstring>

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

} // namespace

void suite::SetUp()
{
	if (needs_myepoll())
		require_myepoll();
	if (IsSkipped() || HasFatalFailure())
		return;
	if (const auto why = why_impossible())
		GTEST_SKIP() << *why;
	prepare();
}

} // namespace support
