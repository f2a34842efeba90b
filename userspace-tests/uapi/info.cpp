// SPDX-License-Identifier: GPL-2.0-only
// MYEPOLL_IOC_INFO: what the loaded module reports about itself.
#include "support/kernel_module.hpp"
#include "support/test.hpp"

#include <fcntl.h>

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
	EXPECT_EQ(info.features, std::uint64_t{MYEPOLL_FEATURE_SNAPSHOT | MYEPOLL_FEATURE_CHANGE | MYEPOLL_FEATURE_RING});
	EXPECT_EQ(info.instance, 0U);
	EXPECT_EQ(info.reserved, 0U);
}

TEST_F(Info, is_the_same_on_an_instance_but_for_its_number)
{
	const event_set set = create();
	myepoll_info of_device;
	myepoll_info of_instance;
	std::memset(&of_device, 0xff, sizeof(of_device));
	std::memset(&of_instance, 0, sizeof(of_instance));

	ASSERT_THAT(raw::ioctl(device(), MYEPOLL_IOC_INFO, &of_device), returns(0));
	ASSERT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_INFO, &of_instance), returns(0));

	EXPECT_NE(of_instance.instance, 0U);
	of_instance.instance = 0;
	EXPECT_EQ(std::memcmp(&of_device, &of_instance, sizeof(of_device)), 0);
	EXPECT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_INFO, unmapped_pointer), fails_with(EFAULT));
}

TEST_F(Info, numbers_instances_one_after_the_other)
{
	std::uint64_t last = 0;
	for (int i = 0; i < 3; ++i) {
		const event_set set = create();
		myepoll_info info{};
		ASSERT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_INFO, &info), returns(0));
		EXPECT_GT(info.instance, last);
		last = info.instance;
		EXPECT_THAT(read_all("/proc/self/fdinfo/" + std::to_string(set.fd())),
			    testing::HasSubstr("\ninstance: " + std::to_string(info.instance) + "\n"));
	}
}

TEST_F(Info, tells_an_instance_from_all_other_files)
{
	const event_set kernel_epoll{backend::epoll};
	const pipe_ends ends = make_pipe();
	const unique_fd counter = make_eventfd();
	const unique_fd socket = make_unix_pair().ours;
	const unique_fd null = open_file("/dev/null", O_RDWR);
	myepoll_info info{};
	for (const int other : {static_cast<int>(ends.reader), static_cast<int>(counter),
				static_cast<int>(socket), static_cast<int>(null)})
		EXPECT_THAT(raw::ioctl(other, MYEPOLL_IOC_INFO, &info), fails_with(ENOTTY)) << other;
	EXPECT_THAT(raw::ioctl(kernel_epoll.fd(), MYEPOLL_IOC_INFO, &info),
		    testing::AnyOf(fails_with(ENOTTY), fails_with(EINVAL)));
	EXPECT_THAT(raw::ioctl(-1, MYEPOLL_IOC_INFO, &info), fails_with(EBADF));
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
