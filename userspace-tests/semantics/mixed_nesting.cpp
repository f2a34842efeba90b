// SPDX-License-Identifier: GPL-2.0-only
// Nesting sets of both kinds: myepoll inside a kernel epoll works, the reverse is refused, because
// neither side could detect a cycle.
#include "support/passing.hpp"
#include "support/test.hpp"

#include <fcntl.h>

using namespace support;

namespace {

class MixedNesting : public device_test {
protected:
	// Every operation on the target is refused and leaves no item behind.
	static void expect_refused(const event_set& set, int target)
	{
		EXPECT_THAT(set.add(target, EPOLLIN), fails_with(ELOOP));
		EXPECT_THAT(set.add(target, EPOLLIN | EPOLLEXCLUSIVE), fails_with(EINVAL));
		EXPECT_THAT(set.mod(target, EPOLLIN), fails_with(ENOENT));
		EXPECT_THAT(set.del(target), fails_with(ENOENT));
		EXPECT_THAT(fdinfo_of(set.fd()), testing::IsEmpty());
	}
};

// behaviours: 108
TEST_F(MixedNesting, is_refused_by_whatever_number_it_came)
{
	const event_set set = create();
	const event_set epoll{backend::epoll};
	const socket_ends mail = make_unix_pair();
	send_descriptor(mail.peer, epoll.fd());

	expect_refused(set, epoll.fd());
	expect_refused(set, duplicate(epoll.fd()));
	expect_refused(set, receive_descriptor(mail.ours));
}

// behaviours: 108
TEST_F(MixedNesting, cannot_be_opened_again_under_another_name)
{
	const event_set epoll{backend::epoll};
	const std::string path = "/proc/self/fd/" + std::to_string(epoll.fd());

	EXPECT_EQ(open(path.c_str(), O_RDWR), -1);
	EXPECT_EQ(errno, ENXIO);
}

//	epoll <- set, so set <- epoll would be an undetected cycle
//
// behaviours: 108
TEST_F(MixedNesting, is_refused_inside_what_it_watches)
{
	const event_set set = create();
	const event_set epoll{backend::epoll};
	ASSERT_THAT(epoll.add(set.fd(), EPOLLIN), succeeds());

	expect_refused(set, epoll.fd());
}

// Each side counts only paths through its own kind, and the limit is 500 of them.
//
//	counter <- inner <- 501 epolls
//
// behaviours: 166
TEST_F(MixedNesting, paths_through_kernel_epolls_are_not_counted)
{
	constexpr int more_than_of_one_kind = 501;
	const event_set inner = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());

	std::vector<event_set> outers;
	for (int i = 0; i < more_than_of_one_kind; ++i) {
		outers.emplace_back(backend::epoll);
		ASSERT_THAT(outers.back().add(inner.fd(), EPOLLIN), succeeds()) << i;
	}
	signal_eventfd(counter);
	for (const event_set& outer : outers)
		EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
}

} // namespace
