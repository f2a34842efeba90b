// SPDX-License-Identifier: GPL-2.0-only
// MYEPOLL_IOC_CHANGE: what each op does, what is written, what is refused, and where the call ends.
#include "support/changes.hpp"
#include "support/polled_file.hpp"
#include "support/test.hpp"

#include <fcntl.h>
#include <linux/time_types.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <array>
#include <climits>
#include <csignal>

using namespace support;
using namespace support::ops;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

constexpr __u32 chunk = 16; // entries that the module reads at once
constexpr std::uint32_t always = EPOLLERR | EPOLLHUP;

class Change : public device_test {};

TEST_F(Change, is_a_feature_of_the_module)
{
	myepoll_info info{};
	ASSERT_THAT(raw::ioctl(device(), MYEPOLL_IOC_INFO, &info), returns(0));
	EXPECT_EQ(info.features & MYEPOLL_FEATURE_CHANGE, std::uint64_t{MYEPOLL_FEATURE_CHANGE});
	myepoll_change argument{};
	EXPECT_THAT(raw::ioctl(device(), MYEPOLL_IOC_CHANGE, &argument), fails_with(ENOTTY));
}

TEST_F(Change, applies_its_entries_in_order)
{
	const event_set set = create();
	const unique_fd kept = make_eventfd();
	const unique_fd gone = make_eventfd();
	changes batch{entry(add, kept, EPOLLIN, 1), entry(add, gone, EPOLLIN), entry(mod, kept, EPOLLOUT, 2),
		      entry(del, gone)};

	EXPECT_THAT(batch.apply(set), returns(0));

	EXPECT_THAT(batch.results(), Each(0));
	EXPECT_EQ(batch.tried(), 4U);
	EXPECT_EQ(mask_in_fdinfo(set.fd(), kept), EPOLLOUT | always);
	EXPECT_EQ(mask_in_fdinfo(set.fd(), gone), std::nullopt);
	EXPECT_THAT(set.wait(), delivers({{EPOLLOUT, 2}}));
}

TEST_F(Change, sets_what_is_watched_and_what_is_not)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	changes batch{entry(set_op, counter, EPOLLOUT, 1), entry(set_op, counter, EPOLLIN, 2)};

	EXPECT_THAT(batch.apply(set), returns(0));

	EXPECT_THAT(batch.results(), Each(0));
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 2}}));
}

TEST_F(Change, drops_what_is_watched_and_what_is_not)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	changes batch{entry(drop, counter), entry(drop, counter), entry(drop, -1)};

	EXPECT_THAT(batch.apply(set), returns(0));

	EXPECT_THAT(batch.results(), ElementsAre(0, 0, -EBADF));
	EXPECT_THAT(fdinfo_of(set.fd()), IsEmpty());
}

// A SET of what is watched fails like MOD, of what is not, like ADD.
TEST_F(Change, set_fails_like_what_it_does)
{
	const event_set set = create();
	const event_set kernel_epoll{backend::epoll};
	const unique_fd plain = make_eventfd();
	const unique_fd exclusive = make_eventfd();
	const unique_fd null = open_file("/dev/null", O_RDWR);
	ASSERT_THAT(set.add(plain, EPOLLIN), succeeds());
	changes batch{entry(set_op, exclusive, EPOLLIN | EPOLLEXCLUSIVE), entry(set_op, exclusive, EPOLLIN),
		      entry(set_op, plain, EPOLLIN | EPOLLEXCLUSIVE), entry(set_op, kernel_epoll.fd(), EPOLLIN),
		      entry(set_op, set.fd(), EPOLLIN), entry(set_op, null, EPOLLIN), entry(set_op, -1, EPOLLIN)};

	EXPECT_THAT(batch.apply(set), returns(0));

	EXPECT_THAT(batch.results(), ElementsAre(0, -EINVAL, -EINVAL, -ELOOP, -EINVAL, -EPERM, -EBADF));
}

TEST_F(Change, set_and_drop_are_no_ops_of_ctl)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	const epoll_event event{.events = EPOLLIN, .data = {}};
	EXPECT_THAT(set.ctl(set_op, counter, &event), fails_with(EINVAL));
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(set.ctl(set_op, counter, &event), fails_with(EINVAL));
	EXPECT_THAT(set.ctl(drop, counter, &event), fails_with(EINVAL));
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

// One of each kind of target; the same number means the same file in both sets.
struct targets {
	explicit targets(const event_set& first, const event_set& second)
		: again{duplicate(first.fd())}
	{
		for (const event_set* const set : {&first, &second}) {
			EXPECT_THAT(set->add(watched, EPOLLIN), succeeds());
			EXPECT_THAT(set->add(exclusive, EPOLLIN | EPOLLEXCLUSIVE), succeeds());
		}
	}
	std::vector<int> all() const
	{
		return {-1,	    watched, unwatched, exclusive, folder_of_root, null,
			path,	    device,  kernel_epoll.fd(), inner.fd(), again};
	}
	unique_fd watched = make_eventfd(1);
	unique_fd unwatched = make_eventfd(1);
	unique_fd exclusive = make_eventfd(1);
	unique_fd folder_of_root = open_file("/", O_RDONLY | O_DIRECTORY);
	unique_fd null = open_file("/dev/null", O_RDWR);
	unique_fd path = open_file("/dev/null", O_PATH);
	unique_fd device = open_file("/dev/myepoll", O_RDWR);
	event_set kernel_epoll{backend::epoll};
	event_set inner{backend::myepoll};
	unique_fd again; // the first set itself
};

// behaviours: 10, 11, 12, 13, 15, 16, 17, 18, 19, 20
TEST_F(Change, fails_like_ctl_for_each_op_target_and_mask)
{
	const event_set by_ctl = create();
	const event_set by_change = create();
	const targets all{by_ctl, by_change};
	constexpr std::array<std::uint32_t, 6> masks{EPOLLIN, 0, EPOLLIN | EPOLLEXCLUSIVE,
						     EPOLLPRI | EPOLLEXCLUSIVE, EPOLLONESHOT | EPOLLIN,
						     EPOLLWAKEUP | EPOLLEXCLUSIVE | EPOLLET};
	for (const int op : {add, add, mod, add, del, del, mod, 0, -1, 6, 99})
		for (const int target : all.all())
			for (const std::uint32_t mask : masks) {
				epoll_event event{.events = mask, .data = {.fd = target}};
				const int own = target == all.again ? by_change.fd() : target;
				changes batch{entry(op, own, mask)};
				const long expected = by_ctl.ctl(op, target, &event);

				ASSERT_THAT(batch.apply(by_change), returns(0));

				EXPECT_THAT(batch.results(), ElementsAre(expected))
					<< "op " << op << ", target " << target << ", mask " << mask;
			}
}

TEST_F(Change, refuses_each_bit_of_an_entrys_flags_and_padding_and_goes_on)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	for (int bit = 0; bit < 32; ++bit) {
		changes batch{entry(add, counter, EPOLLIN), entry(add, counter, EPOLLIN), entry(add, counter, EPOLLIN),
			      entry(del, counter)};
		batch.entries()[0].flags = 1U << bit;
		batch.entries()[1].pad = 1U << bit;
		EXPECT_THAT(batch.apply(set), returns(0));
		EXPECT_THAT(batch.results(), ElementsAre(-EINVAL, -EINVAL, 0, 0)) << "bit " << bit;
	}
}

TEST_F(Change, nests_instances_and_refuses_cycles)
{
	const event_set outer = create();
	const event_set inner = create();
	const event_set lowest = create();
	const unique_fd counter = make_eventfd(1);
	changes upwards{entry(add, inner.fd(), EPOLLIN), entry(add, counter, EPOLLIN), entry(set_op, lowest.fd(), EPOLLIN)};
	ASSERT_THAT(upwards.apply(outer), returns(0));
	EXPECT_THAT(upwards.results(), Each(0));

	changes downwards{entry(add, counter, EPOLLIN), entry(add, outer.fd(), EPOLLIN), entry(set_op, outer.fd(), EPOLLIN),
			  entry(set_op, counter, EPOLLIN | EPOLLET), entry(add, lowest.fd(), EPOLLIN)};
	ASSERT_THAT(downwards.apply(inner), returns(0));

	EXPECT_THAT(downwards.results(), ElementsAre(0, -ELOOP, -ELOOP, 0, 0));
	changes again{entry(set_op, inner.fd(), EPOLLIN | EPOLLET, 5)};
	again.wait_for(4, 0ms);
	EXPECT_THAT(again.apply(outer), delivers_in_any_order({{EPOLLIN, counter}, {EPOLLIN, 5}}));
	EXPECT_THAT(again.results(), ElementsAre(0));
}

TEST_F(Change, goes_on_after_an_error_unless_told_to_stop)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	changes on{entry(del, counter), entry(add, counter, EPOLLIN), entry(del, counter)};
	EXPECT_THAT(on.apply(set), returns(0));
	EXPECT_THAT(on.results(), ElementsAre(-ENOENT, 0, 0));
	EXPECT_EQ(on.tried(), 3U);

	changes stop{entry(add, counter, EPOLLIN), entry(add, counter, EPOLLIN), entry(del, counter)};
	stop.set_flags(MYEPOLL_CHANGE_STOP_AT_ERROR);
	EXPECT_THAT(stop.apply(set), returns(0));
	EXPECT_THAT(stop.results(), ElementsAre(0, -EEXIST, no_result));
	EXPECT_EQ(stop.tried(), 2U);
}

TEST_F(Change, writes_a_result_only_if_it_differs)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
	auto* const constant = static_cast<myepoll_change_entry*>(
		mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	for (int i = 0; i < 4; ++i) {
		constant[i] = entry(i % 2 == 0 ? add : del, counter, EPOLLIN);
		constant[i].result = 0;
	}
	mprotect(constant, size, PROT_READ);
	changes batch{};
	myepoll_change argument = batch.argument();
	argument.entries = address(constant);
	argument.count = 4;
	EXPECT_THAT(batch.apply(set, argument), returns(0));
	EXPECT_EQ(batch.tried(), 4U);

	argument.entries = address(constant + 1);
	argument.count = 3;
	EXPECT_THAT(batch.apply(set, argument), fails_with(EFAULT));
	EXPECT_EQ(batch.tried(), 3U);
	munmap(constant, size);
}

TEST_F(Change, takes_1_to_65536_entries)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	for (const __u32 count : {1U, 2U, chunk - 1, chunk, chunk + 1, 64U, 65U, 1000U, 65535U, 65536U}) {
		changes batch{std::vector(count, entry(mod, counter, EPOLLIN))};
		batch.entries().back().data = count;
		batch.wait_for(1, 0ms);
		EXPECT_THAT(batch.apply(set), delivers({{EPOLLIN, count}}));
		EXPECT_THAT(batch.results(), Each(0)) << count;
		EXPECT_EQ(batch.tried(), count);
	}
}

struct refused_argument {
	const char* what;
	void (*spoil)(myepoll_change&);
	int error;
};

const __kernel_timespec bad_timespec{.tv_sec = 0, .tv_nsec = -1};

const refused_argument refused_arguments[] = {
	{"no entry", [](myepoll_change& c) { c.count = 0; }, EINVAL},
	{"an entry too many", [](myepoll_change& c) { c.count = MYEPOLL_CHANGE_MAX + 1; }, E2BIG},
	{"all entries too many", [](myepoll_change& c) { c.count = UINT_MAX; }, E2BIG},
	{"unknown flag", [](myepoll_change& c) { c.flags = 4; }, EINVAL},
	{"last flag", [](myepoll_change& c) { c.flags = 1U << 31; }, EINVAL},
	{"padding", [](myepoll_change& c) { c.pad = 1; }, EINVAL},
	{"unknown flag of the wait", [](myepoll_change& c) { c.wait.flags = 2; }, EINVAL},
	{"padding of the wait", [](myepoll_change& c) { c.wait.pad = 1; }, EINVAL},
	{"unknown flag of no wait", [](myepoll_change& c) { c.wait.maxevents = 0; c.wait.flags = 2; }, EINVAL},
	{"negative maxevents", [](myepoll_change& c) { c.wait.maxevents = -1; }, EINVAL},
	{"maxevents too large", [](myepoll_change& c) { c.wait.maxevents = INT_MAX; }, EINVAL},
	{"size of the mask", [](myepoll_change& c) { c.wait.sigmask = address(&c); c.wait.sigsetsize = 4; }, EINVAL},
	{"unreadable mask", [](myepoll_change& c) { c.wait.sigmask = 1; c.wait.sigsetsize = 8; }, EFAULT},
	{"timespec", [](myepoll_change& c) {
		 c.wait.flags = MYEPOLL_WAIT_TIMESPEC;
		 c.wait.timeout_ns = static_cast<__s64>(address(&bad_timespec));
	 }, EINVAL},
	{"unreadable timespec", [](myepoll_change& c) {
		 c.wait.flags = MYEPOLL_WAIT_TIMESPEC;
		 c.wait.timeout_ns = 1;
	 }, EFAULT},
};

TEST_F(Change, finds_what_is_wrong_with_its_argument_before_the_first_entry)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	for (const refused_argument& row : refused_arguments) {
		changes batch{entry(add, counter, EPOLLIN)};
		batch.wait_for(1, 0ms);
		myepoll_change argument = batch.argument();
		row.spoil(argument);
		EXPECT_THAT(batch.apply(set, argument), fails_with(row.error)) << row.what;
		EXPECT_EQ(batch.tried(), 0U) << row.what;
		EXPECT_THAT(batch.results(), ElementsAre(no_result)) << row.what;
	}
	EXPECT_THAT(fdinfo_of(set.fd()), IsEmpty());
}

TEST_F(Change, fails_with_efault_where_it_cannot_read_or_write_its_argument)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	const page_before_hole page;
	for (const void* const bad : {static_cast<void*>(nullptr), unmapped_pointer, kernel_pointer, non_canonical_pointer,
				      page.last_bytes(sizeof(myepoll_change) - 1), page.last_bytes(24)})
		EXPECT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_CHANGE, bad), fails_with(EFAULT)) << bad;

	// Constant, so that `tried` cannot be written.
	changes batch{entry(add, counter, EPOLLIN)};
	const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
	void* const constant = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*static_cast<myepoll_change*>(constant) = batch.argument();
	mprotect(constant, size, PROT_READ);
	EXPECT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_CHANGE, constant), fails_with(EFAULT));
	EXPECT_THAT(fdinfo_of(set.fd()), IsEmpty());
	munmap(constant, size);
}

// behaviours: 74
TEST_F(Change, checks_the_ranges_of_its_arrays_before_the_first_entry)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	if (!has_kernel_addresses)
		GTEST_SKIP() << "to a 64-bit kernel, no address of a 32-bit program is out of range";
	for (const void* const bad : {kernel_pointer, non_canonical_pointer}) {
		changes batch{entry(add, counter, EPOLLIN)};
		batch.wait_for(1, 0ms);
		myepoll_change entries = batch.argument();
		entries.entries = address(bad);
		EXPECT_THAT(batch.apply(set, entries), fails_with(EFAULT));
		EXPECT_EQ(batch.tried(), 0U);
		myepoll_change events = batch.argument();
		events.wait.events = address(bad);
		EXPECT_THAT(batch.apply(set, events), fails_with(EFAULT));
		EXPECT_EQ(batch.tried(), 0U);
	}
	EXPECT_THAT(fdinfo_of(set.fd()), IsEmpty());
}

// The last entry lies beyond the page: those before it are applied, and there is no wait.
TEST_F(Change, stops_at_an_entry_that_cannot_be_read)
{
	const page_before_hole page;
	for (const __u32 good : {0U, 1U, chunk - 1, chunk, chunk + 1, 4 * chunk}) {
		const event_set set = create();
		const unique_fd counter = make_eventfd(1);
		auto* const array = static_cast<myepoll_change_entry*>(
			page.last_bytes(good * sizeof(myepoll_change_entry) + sizeof(myepoll_change_entry) / 2));
		std::fill_n(array, good, entry(set_op, counter, EPOLLIN));
		changes batch{};
		batch.wait_for(1, for_ever);
		myepoll_change argument = batch.argument();
		argument.entries = address(array);
		argument.count = good + 1;

		EXPECT_THAT(batch.apply(set, argument), fails_with(EFAULT)) << good;

		EXPECT_EQ(batch.tried(), good);
		EXPECT_EQ(fdinfo_of(set.fd()).size(), good > 0 ? 1U : 0U);
		for (__u32 i = 0; i < good; ++i)
			EXPECT_EQ(array[i].result, 0) << i;
	}
}

} // namespace
