// SPDX-License-Identifier: GPL-2.0-only
// Calls that the device or an instance does not support.
#include "support/test.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <array>

using namespace support;

namespace {

class WrongCalls : public device_test {
protected:
	// Large enough for the argument of any request.
	std::array<std::byte, 64> zeros_{};
};

TEST_F(WrongCalls, control_and_wait_and_ring_are_not_for_the_device)
{
	EXPECT_THAT(raw::ioctl(device(), MYEPOLL_IOC_CTL, zeros_.data()), fails_with(ENOTTY));
	EXPECT_THAT(raw::ioctl(device(), MYEPOLL_IOC_WAIT, zeros_.data()), fails_with(ENOTTY));
	EXPECT_THAT(raw::ioctl(device(), MYEPOLL_IOC_RING, zeros_.data()), fails_with(ENOTTY));
}

TEST_F(WrongCalls, create_is_not_for_an_instance)
{
	const event_set set = create();
	EXPECT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_CREATE, zeros_.data()), fails_with(ENOTTY));
}

// behaviours: 12, 75
TEST_F(WrongCalls, foreign_files_answer_for_themselves)
{
	const pipe_ends ends = make_pipe();
	const event_set kernel_epoll{backend::epoll};
	EXPECT_THAT(raw::ioctl(ends.reader, MYEPOLL_IOC_WAIT, zeros_.data()), fails_with(ENOTTY));
	const unique_fd path = open_file("/dev/myepoll", O_PATH);
	EXPECT_THAT(raw::ioctl(path, MYEPOLL_IOC_WAIT, zeros_.data()), fails_with(EBADF));
	EXPECT_THAT(raw::ioctl(-1, MYEPOLL_IOC_WAIT, zeros_.data()), fails_with(EBADF));
	EXPECT_THAT(raw::ioctl(kernel_epoll.fd(), MYEPOLL_IOC_WAIT, zeros_.data()),
		    testing::AnyOf(fails_with(ENOTTY), fails_with(EINVAL)));
}

struct unknown_request {
	const char* what;
	unsigned long number;
};

// A wrong size, direction, magic or number makes each of these a different request.
const unknown_request unknown_requests[] = {
	{"zero", 0},
	{"number after the last", _IOW(MYEPOLL_IOC_MAGIC, 7, myepoll_ring)},
	{"number of another argument", _IOW(MYEPOLL_IOC_MAGIC, 4, myepoll_wait)},
	{"number 255", _IO(MYEPOLL_IOC_MAGIC, 255)},
	{"no argument", _IO(MYEPOLL_IOC_MAGIC, 2)},
	{"smaller argument", _IOW(MYEPOLL_IOC_MAGIC, 3, myepoll_ctl)},
	{"larger argument", _IOW(MYEPOLL_IOC_MAGIC, 2, myepoll_wait)},
	{"other direction", _IOR(MYEPOLL_IOC_MAGIC, 2, myepoll_ctl)},
	{"both directions", _IOWR(MYEPOLL_IOC_MAGIC, 6, myepoll_ring)},
	{"other magic", _IOW(MYEPOLL_IOC_MAGIC + 1, 2, myepoll_ctl)},
	{"terminal", TCGETS},
	{"bytes to read", FIONREAD},
};

// behaviours: 5
TEST_F(WrongCalls, unknown_requests_are_refused)
{
	const event_set set = create();
	for (const unknown_request& request : unknown_requests) {
		EXPECT_THAT(raw::ioctl(set.fd(), request.number, zeros_.data()), fails_with(ENOTTY))
			<< request.what;
		EXPECT_THAT(raw::ioctl(device(), request.number, zeros_.data()), fails_with(ENOTTY))
			<< request.what;
	}
}

TEST_F(WrongCalls, the_device_holds_no_data)
{
	char byte = 0;
	EXPECT_EQ(read(device(), &byte, 1), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(write(device(), &byte, 1), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(lseek(device(), 10, SEEK_SET), 0);
	EXPECT_EQ(mmap(nullptr, 4096, PROT_READ, MAP_SHARED, device(), 0), MAP_FAILED);
	EXPECT_EQ(errno, ENODEV);
}

} // namespace
