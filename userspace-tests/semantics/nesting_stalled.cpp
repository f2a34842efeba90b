// SPDX-License-Identifier: GPL-2.0-only
// The ADD of an instance stalls while it polls a slow target of that instance. Only other ADDs that
// change the nesting have to wait for it. The drawings read: watcher <- watched.
#include "support/polled_file.hpp"
#include "support/test.hpp"

#include <sys/syscall.h>

using namespace support;

namespace {

//	outer <- inner <- slow: outer's ADD of inner stalls in polling slow
class NestingStalled : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return polled_file::why_impossible(); }
	void prepare() override
	{
		slow_.emplace(EPOLLIN);
		outer_.emplace(create());
		inner_.emplace(create());
		ASSERT_THAT(inner_->add(slow_->fd(), EPOLLIN), succeeds());
		slow_->hold();
		adder_.emplace([this] { result_ = outer_->add(inner_->fd(), EPOLLIN); });
		slow_->await_question();
	}
	void TearDown() override
	{
		if (adder_) {
			EXPECT_FALSE(adder_->finished()) << "the ADD returned before slow was released";
			slow_->release();
			adder_->join();
			EXPECT_THAT(result_, succeeds());
		}
		adder_.reset();
		inner_.reset();
		outer_.reset();
		slow_.reset();
	}

private:
	std::optional<polled_file> slow_;
	std::optional<event_set> outer_;
	std::optional<event_set> inner_;
	long result_ = -1;
	std::optional<helper_thread> adder_;
};

SEMANTICS_INSTANCES(NestingStalled);

// behaviours: 113
TEST_P(NestingStalled, an_add_to_an_instance_that_nobody_watches_does_not_wait)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);

	EXPECT_THAT(set.add(counter, EPOLLIN), succeeds());

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 113
TEST_P(NestingStalled, mod_and_del_do_not_wait)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLOUT), succeeds());

	EXPECT_THAT(set.mod(counter, EPOLLIN), succeeds());
	EXPECT_THAT(set.del(counter), succeeds());
}

// behaviours: 113, 133
TEST_P(NestingStalled, a_close_does_not_wait)
{
	event_set set = create();
	unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	counter.close();
	EXPECT_THAT(set.wait(), delivers_nothing());
	set.close();
}

//	other <- set is pending behind the stalled ADD; until it is done, nothing watches set
//
// behaviours: 113
TEST_P(NestingStalled, an_add_to_an_instance_that_is_about_to_be_watched_does_not_wait)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	long result = -1;
	helper_thread nester{[&] {
		const event_set other = create();
		result = other.add(set.fd(), EPOLLIN);
	}};
	await([&] { return nester.state().state == 'D'; });
	EXPECT_FALSE(nester.finished());

	EXPECT_THAT(set.add(counter, EPOLLIN), succeeds()) << "not watched yet";

	TearDown();
	nester.join();
	EXPECT_THAT(result, succeeds());
}

} // namespace
