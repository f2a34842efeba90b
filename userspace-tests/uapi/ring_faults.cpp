// SPDX-License-Identifier: GPL-2.0-only
// Each allocation and each copy from user memory in RING is made to fail, one at a time: the instance has no ring then,
// nothing stays charged, and the same call again makes one. Needs the kernel "faults" of qemu/kernels.list.
#include "support/injected_fault.hpp"
#include "support/kernel_module.hpp"
#include "support/mapped_ring.hpp"
#include "support/slab.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"

#include <iostream>
#include <optional>
#include <set>

using namespace support;
using testing::AnyOf;
using testing::IsSupersetOf;

namespace {

constexpr unsigned no_call_has_more = 1000;
constexpr std::uint32_t edge = EPOLLIN | EPOLLET;
const std::string parameter = "/sys/module/myepoll/parameters/max_user_ring_pages";

class RingFaults : public device_test {
protected:
	std::optional<std::string> why_impossible() const override
	{
		const auto why = fault_injection::why_impossible();
		return why ? why : watch_limit::why_impossible();
	}
	void prepare() override
	{
		before_ = read_all(parameter);
		faults_.emplace();
	}
	void TearDown() override
	{
		if (!before_.empty())
			write_word(parameter, before_);
	}

	// Makes the call with a fault at each possible point in turn. Returns the errors that were seen.
	std::set<long> fail_everywhere(__u32 slots)
	{
		std::set<long> errors;
		for (unsigned nth = 1; nth < no_call_has_more; ++nth) {
			SCOPED_TRACE("fault " + std::to_string(nth));
			const event_set set = create_as(watch_limit::some_user, backend::myepoll);
			const int lowest = duplicate(set.fd());
			::close(lowest);
			long made = 0;
			const auto seen = faults_->with_fault(nth, [&] { return made = make_ring(set.fd(), slots); });
			if (made >= 0)
				expect_that_it_works(set, unique_fd{static_cast<int>(made)}, lowest);
			if (!seen.failed)
				return errors;
			if (made >= 0) // the kernel could do without
				continue;
			errors.insert(made);
			++faults_so_far_;
			EXPECT_THAT(made, AnyOf(-ENOMEM, -EFAULT, -ENFILE, -EMFILE));
			// Nothing is charged to the user but this.
			unique_fd again{static_cast<int>(make_ring(set.fd(), slots))};
			expect_that_it_works(set, std::move(again), lowest);
		}
		ADD_FAILURE() << "more points of failure than expected";
		return errors;
	}

	static void expect_that_it_works(const event_set& set, unique_fd fd, int expected)
	{
		ASSERT_EQ(fd, expected);
		mapped_ring ring{set, std::move(fd)};
		const unique_fd counter = make_eventfd(1);
		ASSERT_THAT(ring.add(counter, edge), succeeds());
		EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
	}

	std::optional<fault_injection> faults_;
	unsigned faults_so_far_ = 0;

private:
	std::string before_;
};

// behaviours: 3, 25
TEST_F(RingFaults, leave_neither_ring_nor_descriptor_nor_charge)
{
	may_take(120s);
	const slab_objects objects{backend::myepoll};
	for (const auto& [slots, pages] : {std::pair{256U, 3}, {8192U, 49}}) {
		// For one ring at a time.
		ASSERT_EQ(write_word(parameter, std::to_string(pages)), 0);
		EXPECT_THAT(fail_everywhere(slots), IsSupersetOf({-ENOMEM}));
	}
	EXPECT_TRUE(objects.are_no_more());
	std::cerr << "# " << faults_so_far_ << " faults\n";
}

// An ADD, or a MOD, that fails leaves nothing on the ring.
//
// behaviours: 25
TEST_F(RingFaults, of_an_add_leave_nothing_on_the_ring)
{
	may_take(60s);
	const event_set set = create();
	mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd(1);
	for (unsigned nth = 1; nth < no_call_has_more; ++nth) {
		const auto seen = faults_->with_fault(nth, [&] { return ring.add(counter, edge); });
		const bool is_added = !fdinfo_of(set.fd()).empty();
		// The ADD is an entry of a CHANGE, whose answer can fail after it.
		if (seen.result != -EFAULT) {
			ASSERT_EQ(is_added, seen.result == 0);
		}
		if (is_added) {
			ASSERT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
			ASSERT_THAT(set.del(counter), succeeds());
		} else {
			ASSERT_THAT(ring.take(), delivers_nothing());
		}
		if (!seen.failed)
			return;
	}
	ADD_FAILURE() << "more points of failure than expected";
}

} // namespace
