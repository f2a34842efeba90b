// SPDX-License-Identifier: GPL-2.0-only
// Targets and instances whose only descriptor is in a message on a unix socket.
#include "support/passing.hpp"
#include "support/test.hpp"

#include <csignal>

using namespace support;

namespace {

SEMANTICS_SUITE(DescriptorsInFlight);

bool has_reader(int writer)
{
	std::signal(SIGPIPE, SIG_IGN);
	return write(writer, "x", 1) == 1;
}

// behaviours: 123, 127
TEST_P(DescriptorsInFlight, a_target_in_flight_still_fires)
{
	const event_set set = create();
	const socket_ends mail = make_unix_pair();
	pipe_ends pipe = make_pipe();
	const int number = pipe.reader;
	ASSERT_THAT(set.add(number, EPOLLIN), succeeds());
	send_descriptor(mail.ours, number);

	pipe.reader.close();
	write_bytes(pipe.writer, 1);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, number}}));
}

// behaviours: 127
TEST_P(DescriptorsInFlight, a_target_that_arrives_under_its_old_number_can_be_removed)
{
	const event_set set = create();
	const socket_ends mail = make_unix_pair();
	unique_fd counter = make_eventfd();
	const int number = counter;
	ASSERT_THAT(set.add(number, EPOLLIN), succeeds());
	send_descriptor(mail.ours, number);
	counter.close();

	const unique_fd arrived = receive_descriptor(mail.peer);
	ASSERT_EQ(arrived, number);
	EXPECT_THAT(set.del(arrived), succeeds());
}

// behaviours: 127
TEST_P(DescriptorsInFlight, a_target_whose_message_is_discarded_leaves_the_set)
{
	const event_set set = create();
	const socket_ends mail = make_unix_pair();
	pipe_ends pipe = make_pipe();
	ASSERT_THAT(set.add(pipe.reader, EPOLLIN), succeeds());
	send_descriptor(mail.ours, pipe.reader);
	pipe.reader.close();
	ASSERT_TRUE(has_reader(pipe.writer));

	discard_descriptor(mail.peer);
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_FALSE(has_reader(pipe.writer));
}

// behaviours: 127
TEST_P(DescriptorsInFlight, a_target_whose_message_dies_with_its_socket_leaves_the_set)
{
	const event_set set = create();
	socket_ends mail = make_unix_pair();
	pipe_ends pipe = make_pipe();
	ASSERT_THAT(set.add(pipe.reader, EPOLLIN), succeeds());
	send_descriptor(mail.ours, pipe.reader);
	pipe.reader.close();
	ASSERT_TRUE(has_reader(pipe.writer));

	mail.peer.close();
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_FALSE(has_reader(pipe.writer));
}

// behaviours: 127
TEST_P(DescriptorsInFlight, an_instance_works_where_it_arrives)
{
	const event_set set = create();
	const socket_ends mail = make_unix_pair();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	send_descriptor(mail.ours, set.fd());

	in_child([&] {
		const event_set arrived{GetParam(), receive_descriptor(mail.peer)};
		EXPECT_THAT(arrived.wait(), delivers({{EPOLLIN, counter}}));
		EXPECT_THAT(arrived.del(counter), succeeds());
	});
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 127
TEST_P(DescriptorsInFlight, an_instance_in_flight_goes_on_collecting_events)
{
	event_set set = create();
	const socket_ends mail = make_unix_pair();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	send_descriptor(mail.ours, set.fd());
	set.close();

	signal_eventfd(counter);
	const event_set arrived{GetParam(), receive_descriptor(mail.peer)};
	EXPECT_THAT(arrived.wait(), delivers({{EPOLLIN, counter}}));
}

//	outer (kernel epoll) <- set <- mail.peer, whose receive queue holds the descriptor of set
//
// behaviours: 119, 127
TEST_P(DescriptorsInFlight, an_instance_in_flight_to_its_own_target_dies_with_it)
{
	const event_set outer{backend::epoll};
	event_set set = create();
	socket_ends mail = make_unix_pair();
	ASSERT_THAT(set.add(mail.peer, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(set.fd(), EPOLLIN), succeeds());
	send_descriptor(mail.ours, set.fd());
	set.close();
	ASSERT_EQ(fdinfo_of(outer.fd()).size(), 1U);

	mail.ours.close();
	mail.peer.close();
	EXPECT_THAT(fdinfo_of(outer.fd()), testing::IsEmpty());
}

} // namespace
