// SPDX-License-Identifier: GPL-2.0-only
// Busy polling: a wait that drives the network device for a while before it sleeps.
#include "support/test.hpp"
#include "support/veth.hpp"

#include <sys/ioctl.h>

using namespace support;

namespace {

// As in <linux/eventpoll.h> since 6.9; the header in Debian 12 is older.
struct epoll_params {
	__u32 busy_poll_usecs;
	__u16 busy_poll_budget;
	__u8 prefer_busy_poll;
	__u8 pad;
	bool operator==(const epoll_params&) const = default;
};
constexpr unsigned long set_params = _IOW(0x8A, 1, epoll_params);
constexpr unsigned long get_params = _IOR(0x8A, 2, epoll_params);

constexpr epoll_params off{0, 0, 0, 0};
constexpr epoll_params for_a_minute{60'000'000, 0, 0, 0};
constexpr epoll_params for_a_moment{2'000, 0, 0, 0};

bool kernel_has_parameters() { return running_kernel() >= kernel_version{6, 9}; }

class BusyPolling : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override
	{
		if (kernel_has_parameters())
			return std::nullopt;
		return "epoll has no busy-poll parameters before 6.9";
	}
};

SEMANTICS_INSTANCES(BusyPolling);
SEMANTICS_SUITE(BusyPollParameters);

struct params_case {
	const char* what;
	epoll_params params;
	long result;
};

const params_case params_cases[] = {
	{"all off", off, 0},
	{"longest time", {INT32_MAX, 0, 0, 0}, 0},
	{"time too long", {UINT32_C(1) << 31, 0, 0, 0}, -EINVAL},
	{"prefer_busy_poll 1", {1, 0, 1, 0}, 0},
	{"prefer_busy_poll 2", {1, 0, 2, 0}, -EINVAL},
	{"nonzero padding", {1, 0, 0, 1}, -EINVAL},
	{"largest budget that needs no privilege", {1, 64, 0, 0}, 0},
	{"budget that needs CAP_NET_ADMIN", {1, 65, 0, 0}, 0},
};

// behaviours: 7
TEST_P(BusyPollParameters, are_checked_field_by_field)
{
	const event_set set = create();
	for (const params_case& row : params_cases) {
		const long expected = kernel_has_parameters() ? row.result : -ENOTTY;
		EXPECT_THAT(raw::ioctl(set.fd(), set_params, &row.params), returns(expected)) << row.what;
	}
}

// behaviours: 7
TEST_P(BusyPollParameters, are_read_back)
{
	const event_set set = create();
	const epoll_params stored{123, 4, 1, 0};
	epoll_params read_back{9, 9, 9, 9};
	const long expected = kernel_has_parameters() ? 0 : -ENOTTY;

	EXPECT_THAT(raw::ioctl(set.fd(), set_params, &stored), returns(expected));
	EXPECT_THAT(raw::ioctl(set.fd(), get_params, &read_back), returns(expected));

	EXPECT_EQ(read_back == stored, kernel_has_parameters());
}

// behaviours: 7
TEST_P(BusyPolling, is_an_administrators_business_above_the_usual_budget)
{
	const event_set set = create();
	const epoll_params large{1, 65, 0, 0};
	in_child([&] {
		ASSERT_EQ(setresuid(65534, 65534, 65534), 0);
		EXPECT_THAT(raw::ioctl(set.fd(), set_params, &large), fails_with(EPERM));
	});
}

TEST_P(BusyPolling, parameters_at_a_bad_address_are_efault)
{
	const event_set set = create();
	EXPECT_THAT(raw::ioctl(set.fd(), set_params, unmapped_pointer), fails_with(EFAULT));
	EXPECT_THAT(raw::ioctl(set.fd(), get_params, unmapped_pointer), fails_with(EFAULT));
}

// A connection with nothing to read, whose receive queue (NAPI ID) the set has recorded.
class known_device {
public:
	known_device(const event_set& set, const epoll_params& params, std::uint32_t mode)
	{
		EXPECT_THAT(raw::ioctl(set.fd(), set_params, &params), succeeds());
		EXPECT_THAT(set.add(tcp.ours(), EPOLLIN | mode), succeeds());
		send();
		EXPECT_THAT(set.wait(for_ever), delivers({{EPOLLIN, tcp.ours()}}));
		EXPECT_NE(tcp.napi_id(), 0U) << "no NAPI ID, so nothing would be busy-polled";
		drain(tcp.ours());
	}
	void send() const { write_bytes(tcp.peer(), 1); }

	veth_connection tcp;
};

// behaviours: 102
TEST_P(BusyPolling, changes_no_result)
{
	for (const std::uint32_t mode : {std::uint32_t{0}, std::uint32_t{EPOLLET}}) {
		const event_set set = create();
		const known_device device{set, for_a_moment, mode};

		EXPECT_THAT(set.wait(0ms), delivers_nothing());
		EXPECT_THAT(set.wait(20ms), delivers_nothing());
		device.send();
		EXPECT_THAT(set.wait(for_ever), delivers({{EPOLLIN, device.tcp.ours()}}));
		drain(device.tcp.ours());
		EXPECT_THAT(set.wait(0ms), delivers_nothing());
	}
}

// behaviours: 102
TEST_P(BusyPolling, does_not_sleep_before_its_time_is_spent)
{
	const event_set set = create();
	const known_device device{set, for_a_minute, 0};
	waiter spinner{set};

	for (int look = 0; look < 200; ++look)
		ASSERT_FALSE(spinner.still_asleep()) << "check " << look;
	device.send();

	EXPECT_THAT(spinner.result(), delivers({{EPOLLIN, device.tcp.ours()}}));
}

// behaviours: 102
TEST_P(BusyPolling, sleeps_when_its_time_is_spent)
{
	const event_set set = create();
	const known_device device{set, for_a_moment, 0};
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	device.send();

	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, device.tcp.ours()}}));
}

} // namespace
