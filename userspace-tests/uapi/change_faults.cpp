// SPDX-License-Identifier: GPL-2.0-only
// Each allocation and each copy to or from user memory in a CHANGE is made to fail, one at a time: what was tried is
// known, what was not is not changed, and the same call again does the rest. Needs the kernel "faults" of
// qemu/kernels.list.
#include "support/changes.hpp"
#include "support/injected_fault.hpp"
#include "support/slab.hpp"
#include "support/test.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace support;
using namespace support::ops;
using testing::AnyOf;
using testing::Each;

namespace {

constexpr unsigned no_call_has_more = 300;

struct scene {
	scene() { EXPECT_THAT(set.add(gone, EPOLLIN), succeeds()); }

	// Of each kind: memory for an item, for two hooks, for a wakeup source, for a check of paths.
	std::vector<myepoll_change_entry> entries() const
	{
		return {entry(set_op, ready, EPOLLIN), entry(set_op, fifo, EPOLLIN), entry(set_op, ready, EPOLLIN | EPOLLWAKEUP),
			entry(set_op, inner.fd(), EPOLLIN), entry(drop, gone)};
	}

	event_set set{backend::myepoll};
	event_set inner{backend::myepoll};
	unique_fd ready = make_eventfd(1);
	unique_fd gone = make_eventfd(1);
	temporary_folder folder;
	unique_fd fifo = make_fifo(folder);
};

class ChangeFaults : public device_test {
protected:
	std::optional<std::string> why_impossible() const override { return fault_injection::why_impossible(); }
	void prepare() override { faults_.emplace(); }

	// Makes the call with a fault at each possible point in turn. Returns the copies that were seen to fail.
	std::set<std::string> fail_everywhere(std::int32_t result_before)
	{
		std::set<std::string> failed;
		for (unsigned nth = 1; nth < no_call_has_more; ++nth) {
			SCOPED_TRACE("fault " + std::to_string(nth));
			const scene s;
			changes batch{s.entries()};
			for (myepoll_change_entry& each : batch.entries())
				each.result = result_before;
			batch.wait_for(4, 0ms);
			myepoll_change argument = batch.argument();
			delivery got;
			const auto seen = faults_->with_fault(nth, [&] { return (got = batch.apply(s.set, argument)).result; });
			if (!seen.failed)
				return failed;
			++faults_so_far_;
			if (got.result < 0)
				failed.insert(failed_copy(s, batch));
			expect_that_it_is_known_what_was_done(s, batch, got);
			expect_that_it_can_be_done_again(s);
		}
		ADD_FAILURE() << "more points of failure than expected";
		return failed;
	}

	unsigned faults_so_far_ = 0;

private:
	static bool watches(const scene& s, int fd) { return mask_in_fdinfo(s.set.fd(), fd).has_value(); }

	static std::string failed_copy(const scene& s, const changes& batch)
	{
		if (batch.tried() == changes::never_tried)
			return "argument";
		if (batch.tried() == 0)
			return watches(s, s.gone) ? "entries" : "tried";
		const std::vector<int> results = batch.results();
		const auto unwritten = std::find(results.begin(), results.end(), no_result);
		return "result " + std::to_string(unwritten - results.begin());
	}

	static void expect_that_it_is_known_what_was_done(const scene& s, changes& batch, const delivery& got)
	{
		if (got.result < 0) {
			EXPECT_EQ(got.result, -EFAULT);
		} else {
			EXPECT_EQ(batch.tried(), batch.entries().size());
			EXPECT_THAT(batch.results(), Each(AnyOf(0, -ENOMEM)));
		}
		// The argument cannot even be read.
		const bool is_silent = batch.tried() == changes::never_tried;
		for (std::size_t i = 0; i < batch.entries().size(); ++i) {
			const myepoll_change_entry& each = batch.entries()[i];
			SCOPED_TRACE("entry " + std::to_string(i));
			// Or `tried` itself cannot be written: then it is 0.
			if (!is_silent && i < batch.tried() && each.result == 0) {
				EXPECT_EQ(watches(s, each.fd), each.op == set_op);
			}
			if (each.result == -ENOMEM && each.fd != s.ready) {
				EXPECT_FALSE(watches(s, each.fd));
			}
		}
	}

	static void expect_that_it_can_be_done_again(const scene& s)
	{
		changes again{s.entries()};
		again.wait_for(4, 0ms);
		EXPECT_THAT(again.apply(s.set), delivers({{EPOLLIN, s.ready}}));
		EXPECT_THAT(again.results(), Each(0));
		EXPECT_EQ(fdinfo_of(s.set.fd()).size(), 3U);
	}

	std::optional<fault_injection> faults_;
};

// How many points there are depends on what the allocator has at hand, so a copy may be passed over in one round.
constexpr unsigned most_rounds = 10;

// behaviours: 3, 25, 35
TEST_F(ChangeFaults, leave_the_set_as_the_results_say)
{
	may_take(120s);
	using copies = std::set<std::string>;
	const std::map<std::int32_t, copies> all_copies{
		{0, {"argument", "entries", "tried"}},
		{no_result, {"argument", "entries", "result 0", "result 1", "result 2", "result 3", "result 4", "tried"}}};
	for (const auto& [before, expected] : all_copies) {
		const slab_objects objects{backend::myepoll};
		copies failed;
		for (unsigned round = 0; round < most_rounds && failed != expected; ++round)
			failed.merge(fail_everywhere(before));
		EXPECT_EQ(failed, expected);
		EXPECT_TRUE(objects.are_no_more());
	}
	std::cerr << "# " << faults_so_far_ << " faults\n";
}

} // namespace
