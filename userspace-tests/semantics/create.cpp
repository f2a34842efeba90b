// SPDX-License-Identifier: GPL-2.0-only
// A new instance as a file.
#include "support/test.hpp"

#include <fcntl.h>

using namespace support;

namespace {

SEMANTICS_SUITE(Create);

// behaviours: 1
TEST_P(Create, accepts_no_flag_but_cloexec)
{
	for (int bit = 0; bit < 32; ++bit) {
		const int flag = static_cast<int>(1U << bit);
		if (flag == O_CLOEXEC)
			continue;
		EXPECT_THAT(raw::create(GetParam(), flag), fails_with(EINVAL)) << "bit " << bit;
	}
	EXPECT_THAT(raw::create(GetParam(), -1), fails_with(EINVAL));
}

} // namespace
