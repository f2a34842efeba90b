// SPDX-License-Identifier: GPL-2.0-only
// Collecting, merging and applying changes: on the module in one call, on an older one change by change.
#include "client/scripted_ioctl.hpp"
#include "support/test.hpp"

#include <myepoll/change_list.hpp>

#include <fcntl.h>

#include <array>
#include <optional>
#include <vector>

using myepoll::interest;
using support::make_eventfd;
using support::unique_fd;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

namespace {

enum class module_kind { current, older };

class ChangeList : public support::suite, public testing::WithParamInterface<module_kind> {
protected:
	void prepare() override
	{
		set.emplace();
		recorder.emplace([this](unsigned long request, void* argument) -> long {
			requests.push_back(request);
			if (GetParam() == module_kind::current)
				return scripted_ioctl::pass_on;
			return as_older(request, argument);
		});
	}
	void TearDown() override
	{
		recorder.reset();
		set.reset();
	}

	// The data of what is watched, sorted.
	std::vector<std::uint64_t> watched() const
	{
		std::vector<std::uint64_t> all;
		for (const support::fdinfo_item& item : support::fdinfo_of(set->fd()))
			all.push_back(item.data);
		return all;
	}
	std::vector<int> errors() const
	{
		std::vector<int> all;
		for (const myepoll::change& failed : list.failures())
			all.push_back(failed.error().value());
		return all;
	}
	// The data of the events.
	static std::vector<std::uint64_t> data(std::span<const myepoll::event> events)
	{
		std::vector<std::uint64_t> all;
		for (const myepoll::event& each : events)
			all.push_back(std::uint64_t{each.data});
		return all;
	}

	std::optional<myepoll::instance> set;
	std::vector<unsigned long> requests;
	myepoll::change_list list;
	std::array<myepoll::event, 8> buffer{};

private:
	// support::is_instance() would be answered by the script.
	static bool is_a_set(int fd)
	{
		myepoll_info info{};
		return syscall(SYS_ioctl, fd, MYEPOLL_IOC_INFO, &info) == 0;
	}
	static long as_older(unsigned long request, void* argument)
	{
		if (!is_a_set(scripted_ioctl::descriptor()))
			return scripted_ioctl::pass_on;
		if (request == MYEPOLL_IOC_CHANGE)
			return -ENOTTY;
		if (request != MYEPOLL_IOC_INFO)
			return scripted_ioctl::pass_on;
		*static_cast<myepoll_info*>(argument) = {.abi_version = 3,
							 .event_size = sizeof(myepoll::event),
							 .features = MYEPOLL_FEATURE_SNAPSHOT,
							 .instance = 1,
							 .reserved = 0};
		return 0;
	}

	std::optional<scripted_ioctl> recorder;
};

INSTANTIATE_TEST_SUITE_P(, ChangeList, testing::Values(module_kind::current, module_kind::older),
			 [](const auto& instance) {
				 return instance.param == module_kind::current ? "current" : "older";
			 });

TEST_P(ChangeList, watches_and_changes_and_drops)
{
	const unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	list.set(first, interest::in, 1);
	list.set(second, interest::in, 2);
	list.apply(*set);
	EXPECT_THAT(watched(), ElementsAre(1, 2));

	list.set(first, interest::in, 3);
	list.drop(second);
	list.apply(*set);

	EXPECT_THAT(watched(), ElementsAre(3));
	EXPECT_THAT(list.failures(), IsEmpty());
	EXPECT_EQ(list.size(), 0U);
}

TEST_P(ChangeList, applies_and_waits)
{
	const unique_fd ready = make_eventfd(1);
	list.set(ready, interest::in, 5);
	EXPECT_THAT(data(list.apply_and_wait(*set, buffer)), ElementsAre(5));
	EXPECT_THAT(data(list.apply_and_wait(*set, buffer)), ElementsAre(5)); // the list is empty
	list.drop(ready);
	EXPECT_THAT(list.apply_and_wait(*set, buffer, 1ms), IsEmpty());
}

TEST_P(ChangeList, waits_under_a_mask)
{
	support::block_signals({SIGUSR1});
	const support::signal_counter counted{SIGUSR1};
	raise(SIGUSR1);
	const unique_fd idle = make_eventfd();
	list.set(idle, interest::in, 1);
	std::error_code error;
	EXPECT_THAT(list.apply_and_wait(*set, buffer, std::nullopt, support::signal_set({}), error), IsEmpty());
	EXPECT_EQ(error.value(), EINTR);
	EXPECT_EQ(counted.count(), 1);
	EXPECT_THAT(watched(), ElementsAre(1));
	EXPECT_EQ(list.size(), 0U);
}

TEST_P(ChangeList, makes_of_many_changes_of_a_descriptor_two_at_most)
{
	const unique_fd target = make_eventfd();
	for (std::uint64_t i = 0; i < 5; ++i) {
		list.set(target, interest::out, 2 * i);
		list.set(target, interest::in, 2 * i + 1);
		EXPECT_EQ(list.size(), i == 0 ? 1U : 2U);
		if (i < 4)
			list.drop(target);
	}
	list.apply(*set);
	EXPECT_THAT(watched(), ElementsAre(9));
	EXPECT_THAT(list.failures(), IsEmpty());

	list.set(target, interest::in, 10);
	list.drop(target);
	EXPECT_EQ(list.size(), 1U);
	list.apply(*set);
	EXPECT_THAT(watched(), IsEmpty());
}

// A drop that was taken for half of a change of the old file would leave the new one unwatched.
TEST_P(ChangeList, watches_the_new_file_of_a_number_that_was_dropped)
{
	unique_fd target = make_eventfd();
	const int number = target;
	list.set(target, interest::in, 1);
	list.apply(*set);

	list.drop(number);
	target.close();
	target = make_eventfd();
	ASSERT_EQ(target, number);
	list.set(number, interest::in, 2);
	list.apply(*set);

	EXPECT_THAT(watched(), ElementsAre(2));
	EXPECT_THAT(list.failures(), IsEmpty());
}

// A MOD could not do that.
TEST_P(ChangeList, makes_an_exclusive_watch_plain_by_drop_and_set)
{
	const unique_fd target = make_eventfd();
	list.set(target, interest::in | interest::exclusive, 1);
	list.apply(*set);
	list.drop(target);
	list.set(target, interest::in, 2);
	list.apply(*set);
	EXPECT_THAT(list.failures(), IsEmpty());
	EXPECT_THAT(watched(), ElementsAre(2));
}

TEST_P(ChangeList, tells_which_changes_failed_and_applies_the_others)
{
	const unique_fd good = make_eventfd();
	const unique_fd exclusive = make_eventfd();
	const unique_fd null = support::open_file("/dev/null", O_RDWR);
	const support::event_set kernel_epoll{support::backend::epoll};
	set->add(exclusive, interest::in | interest::exclusive, 7);
	list.set(-1, interest::in, 0);
	list.set(null, interest::in, 0);
	list.set(set->fd(), interest::in, 0);
	list.set(kernel_epoll.fd(), interest::in, 0);
	list.set(exclusive, interest::in | interest::exclusive, 0);
	list.drop(-1);
	list.set(good, interest::in, 8);

	// Would wait for ever if no change had failed.
	EXPECT_THAT(list.apply_and_wait(*set, buffer), IsEmpty());

	EXPECT_THAT(errors(), ElementsAre(EBADF, EPERM, EINVAL, ELOOP, EINVAL, EBADF));
	EXPECT_EQ(list.failures()[1].target, null);
	EXPECT_THAT(watched(), ElementsAre(7, 8));
	list.apply(*set);
	EXPECT_THAT(list.failures(), IsEmpty());
}

TEST_P(ChangeList, keeps_its_changes_when_the_call_fails)
{
	const unique_fd target = make_eventfd();
	myepoll::instance no_set{myepoll::file_descriptor{make_eventfd().release()}};
	myepoll::instance nothing{myepoll::file_descriptor{}};
	list.set(target, interest::in, 1);
	std::error_code error;
	list.apply(no_set, error);
	EXPECT_EQ(error.value(), ENOTTY);
	list.apply(nothing, error);
	EXPECT_EQ(error.value(), EBADF);
	EXPECT_THAT(list.apply_and_wait(*set, {}, 0ms, error), IsEmpty());
	EXPECT_EQ(error.value(), EINVAL);
	list.set(target, interest::in, 2);
	EXPECT_EQ(list.size(), 1U); // merged as ever

	list.apply(*set, error);
	EXPECT_FALSE(error);
	EXPECT_THAT(watched(), ElementsAre(2));
}

TEST_P(ChangeList, throws_when_the_call_fails)
{
	myepoll::instance no_set{myepoll::file_descriptor{make_eventfd().release()}};
	list.drop(0);
	try {
		list.apply(no_set);
		ADD_FAILURE() << "did not throw";
	} catch (const std::system_error& failure) {
		EXPECT_EQ(failure.code().value(), ENOTTY);
		EXPECT_THAT(failure.what(), testing::HasSubstr("MYEPOLL_IOC_CHANGE"));
	}
	EXPECT_THROW(list.apply_and_wait(*set, {}), std::system_error);
}

TEST_P(ChangeList, is_longer_than_a_call_takes)
{
	support::may_take(60s);
	const unique_fd ready = make_eventfd(1);
	constexpr std::size_t many = MYEPOLL_CHANGE_MAX + 10;
	for (std::size_t i = 1; i < many; ++i)
		list.drop(-1); // never merged, for it is no descriptor
	list.set(ready, interest::in, 4);
	EXPECT_THAT(data(list.apply_and_wait(*set, buffer)), ElementsAre(4));
	EXPECT_EQ(list.failures().size(), many - 1);
}

TEST_P(ChangeList, needs_one_call_if_the_module_knows_it)
{
	const unique_fd first = make_eventfd(1);
	const unique_fd second = make_eventfd();
	list.set(first, interest::in, 1);
	list.set(second, interest::in, 2);
	list.apply_and_wait(*set, buffer);
	if (GetParam() == module_kind::current) {
		EXPECT_THAT(requests, ElementsAre(MYEPOLL_IOC_CHANGE));
		return;
	}
	requests.clear();
	// From the second list on it knows.
	list.set(first, interest::in, 1);
	list.drop(second);
	list.apply_and_wait(*set, buffer);
	EXPECT_THAT(requests, ElementsAre(MYEPOLL_IOC_CTL, MYEPOLL_IOC_CTL, MYEPOLL_IOC_WAIT));
}

TEST_P(ChangeList, can_be_copied_and_moved)
{
	const unique_fd target = make_eventfd();
	list.set(target, interest::in, 1);
	myepoll::change_list copy = list;
	myepoll::change_list moved = std::move(list);
	copy.set(target, interest::in, 2);
	EXPECT_EQ(copy.size(), 1U);
	moved.apply(*set);
	EXPECT_THAT(watched(), ElementsAre(1));
	copy.apply(*set);
	EXPECT_THAT(watched(), ElementsAre(2));
}

} // namespace
