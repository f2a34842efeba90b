// SPDX-License-Identifier: GPL-2.0-only
// MYEPOLL_IOC_CREATE and the device itself.
#include "support/test.hpp"

#include <fcntl.h>
#include <sys/stat.h>

using namespace support;

namespace {

class CreateIoctl : public device_test {
protected:
	long create_with(__u32 flags, __u32 pad) const
	{
		const myepoll_create argument{flags, pad};
		return raw::ioctl(device(), MYEPOLL_IOC_CREATE, &argument);
	}
};

// behaviours: 1
TEST_F(CreateIoctl, knows_cloexec_and_no_other_flag)
{
	for (int bit = 0; bit < 32; ++bit) {
		const __u32 flag = 1U << bit;
		if (flag == MYEPOLL_CREATE_CLOEXEC)
			continue;
		EXPECT_THAT(create_with(flag, 0), fails_with(EINVAL)) << "bit " << bit;
		EXPECT_THAT(create_with(flag | MYEPOLL_CREATE_CLOEXEC, 0), fails_with(EINVAL))
			<< "bit " << bit;
	}
	const unique_fd instance{static_cast<int>(create_with(MYEPOLL_CREATE_CLOEXEC, 0))};
	EXPECT_GE(instance, 0);
}

TEST_F(CreateIoctl, refuses_each_bit_of_padding)
{
	for (int bit = 0; bit < 32; ++bit)
		EXPECT_THAT(create_with(0, 1U << bit), fails_with(EINVAL)) << "bit " << bit;
}

TEST_F(CreateIoctl, fails_with_efault_where_it_cannot_read)
{
	const page_before_hole page;
	for (const void* const bad : {static_cast<void*>(nullptr), unmapped_pointer, kernel_pointer,
				      non_canonical_pointer,
				      page.last_bytes(sizeof(myepoll_create) - 1)})
		EXPECT_THAT(raw::ioctl(device(), MYEPOLL_IOC_CREATE, bad), fails_with(EFAULT)) << bad;
}

TEST_F(CreateIoctl, serves_a_device_that_is_open_for_reading_only)
{
	const unique_fd read_only = open_file("/dev/myepoll", O_RDONLY);
	const myepoll_create argument{};
	const unique_fd instance{
		static_cast<int>(raw::ioctl(read_only, MYEPOLL_IOC_CREATE, &argument))};
	EXPECT_GE(instance, 0);
}

TEST_F(CreateIoctl, makes_an_instance_that_outlives_the_device_descriptor)
{
	unique_fd own_device = open_file("/dev/myepoll", O_RDWR);
	const myepoll_create argument{};
	const event_set set{backend::myepoll, unique_fd{static_cast<int>(raw::ioctl(
						      own_device, MYEPOLL_IOC_CREATE, &argument))}};
	own_device.close();
	const unique_fd counter = make_eventfd(1);
	EXPECT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 9
TEST_F(CreateIoctl, is_open_to_everybody)
{
	struct stat status {};
	ASSERT_EQ(stat("/dev/myepoll", &status), 0);
	EXPECT_TRUE(S_ISCHR(status.st_mode));
	EXPECT_EQ(status.st_mode & 07777, 0666U);
	if (getuid() != 0)
		GTEST_SKIP() << "needs root to become nobody";
	EXPECT_EQ(in_child([] {
			  checked(setuid(65534), "setuid");
			  const unique_fd device = open_file("/dev/myepoll", O_RDWR);
			  const myepoll_create argument{};
			  EXPECT_THAT(raw::ioctl(device, MYEPOLL_IOC_CREATE, &argument), succeeds());
		  }),
		  0);
}

} // namespace
