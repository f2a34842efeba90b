// SPDX-License-Identifier: GPL-2.0-only
// MYEPOLL_IOC_INFO: what the loaded module says about itself.
#include "support/test.hpp"

#include <cstring>

using namespace support;

namespace {

class Info : public device_test {};

TEST_F(Info, describes_this_interface)
{
	myepoll_info info;
	std::memset(&info, 0xff, sizeof(info));

	ASSERT_THAT(raw::ioctl(device(), MYEPOLL_IOC_INFO, &info), returns(0));

	EXPECT_EQ(info.abi_version, static_cast<__u32>(MYEPOLL_ABI_VERSION));
	EXPECT_EQ(info.event_size, sizeof(epoll_event));
	EXPECT_EQ(info.features, 0U);
	EXPECT_EQ(info.reserved[0], 0U);
	EXPECT_EQ(info.reserved[1], 0U);
}

TEST_F(Info, fails_with_efault_where_it_cannot_write)
{
	const page_before_hole page;
	EXPECT_THAT(raw::ioctl(device(), MYEPOLL_IOC_INFO, page.last_bytes(sizeof(myepoll_info))),
		    returns(0));
	for (const void* const bad : {static_cast<void*>(nullptr), unmapped_pointer, kernel_pointer,
				      non_canonical_pointer,
				      page.last_bytes(sizeof(myepoll_info) - 1)})
		EXPECT_THAT(raw::ioctl(device(), MYEPOLL_IOC_INFO, bad), fails_with(EFAULT)) << bad;
}

} // namespace
