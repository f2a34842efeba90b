// SPDX-License-Identifier: GPL-2.0-only
// The library on the real module.
#include "support/test.hpp"

#include "client/scripted_ioctl.hpp"

#include <myepoll/info.hpp>
#include <myepoll/instance.hpp>

#include <fcntl.h>

#include <system_error>
#include <type_traits>

using myepoll::instance;
using myepoll::interest;
using namespace std::chrono_literals;

namespace {

static_assert(sizeof(instance) == sizeof(int));
static_assert(!std::is_copy_constructible_v<instance>);
static_assert(std::is_nothrow_move_constructible_v<instance>);
static_assert(std::is_nothrow_move_assignable_v<instance>);

class Instance : public support::device_test {
protected:
	std::array<myepoll::event, 4> buffer{};
};

TEST_F(Instance, describes_a_module_that_fits)
{
	const myepoll::module_info loaded = myepoll::info();
	EXPECT_GE(loaded.abi_version, 1U);
	EXPECT_EQ(loaded.event_size, sizeof(myepoll::event));

	std::error_code error{EINVAL, std::system_category()};
	EXPECT_EQ(myepoll::info(error).abi_version, loaded.abi_version);
	EXPECT_FALSE(error);
}

TEST_F(Instance, is_created_with_close_on_exec_and_takes_no_other_descriptor)
{
	const int lowest_free = support::make_eventfd();
	std::error_code error{EINVAL, std::system_category()};

	const instance first;
	const instance second{error};

	EXPECT_FALSE(error);
	EXPECT_EQ(fcntl(first.fd(), F_GETFD), FD_CLOEXEC);
	// The device had the lowest descriptor while it was open; now that one is free again.
	EXPECT_EQ(first.fd(), lowest_free + 1);
	EXPECT_EQ(second.fd(), lowest_free + 2);
	EXPECT_EQ(support::make_eventfd(), lowest_free);
}

TEST_F(Instance, refuses_a_module_that_does_not_fit)
{
	for (const myepoll_info& wrong : {myepoll_info{.abi_version = 0, .event_size = sizeof(myepoll::event),
						       .features = 0, .instance = 0, .reserved = {}},
					  myepoll_info{.abi_version = 1, .event_size = 11,
						       .features = 0, .instance = 0, .reserved = {}}}) {
		const scripted_ioctl module{[&](unsigned long request, void* argument) -> long {
			EXPECT_EQ(request, MYEPOLL_IOC_INFO) << "nothing may be created";
			*static_cast<myepoll_info*>(argument) = wrong;
			return 0;
		}};
		std::error_code error;
		const instance set{error};
		EXPECT_EQ(error.value(), EPROTONOSUPPORT);
		EXPECT_EQ(set.fd(), -1);
		const std::string found = "ABI " + std::to_string(wrong.abi_version) + " and events of " +
					  std::to_string(wrong.event_size) + " bytes";
		try {
			const instance other;
			ADD_FAILURE() << "nothing was thrown";
		} catch (const std::system_error& thrown) {
			EXPECT_THAT(thrown.what(), testing::HasSubstr(found + ", this library needs 1 or later and 12"));
		}
	}
}

TEST_F(Instance, names_the_call_that_failed)
{
	for (const auto& [failing, name] : {std::pair{MYEPOLL_IOC_INFO, "MYEPOLL_IOC_INFO: "},
					    std::pair{MYEPOLL_IOC_CREATE, "MYEPOLL_IOC_CREATE: "}}) {
		const scripted_ioctl module{[&](unsigned long request, void* argument) -> long {
			if (request == failing)
				return -ENOMEM;
			*static_cast<myepoll_info*>(argument) = {
				.abi_version = 1, .event_size = sizeof(myepoll::event),
				.features = 0, .instance = 0, .reserved = {}};
			return 0;
		}};
		try {
			const instance set;
			ADD_FAILURE() << "created although this call failed: " << name;
		} catch (const std::system_error& error) {
			EXPECT_EQ(error.code().value(), ENOMEM);
			EXPECT_THAT(error.what(), testing::StartsWith(name));
		}
	}
}

TEST_F(Instance, delivers_events_with_their_data)
{
	instance set;
	const support::unique_fd counter = support::make_eventfd();
	set.add(counter, interest::in, 42);
	EXPECT_TRUE(set.wait(buffer, 0ms).empty());

	support::signal_eventfd(counter);
	const auto ready = set.wait(buffer);

	ASSERT_EQ(ready.size(), 1U);
	EXPECT_EQ(interest{ready[0].ready}, interest::in);
	EXPECT_EQ(std::uint64_t{ready[0].data}, 42U);
}

TEST_F(Instance, modifies_and_removes)
{
	instance set;
	const support::unique_fd counter = support::make_eventfd(1);
	set.add(counter, interest::in, 1);

	set.modify(counter, interest::out, 2);
	const auto ready = set.wait(buffer, 0ms);
	ASSERT_EQ(ready.size(), 1U);
	EXPECT_EQ(interest{ready[0].ready}, interest::out);
	EXPECT_EQ(std::uint64_t{ready[0].data}, 2U);

	set.remove(counter);
	EXPECT_TRUE(set.wait(buffer, 0ms).empty());
}

TEST_F(Instance, reports_the_modules_own_errors)
{
	instance set;
	const support::unique_fd counter = support::make_eventfd();
	std::error_code error;
	set.add(-1, interest::in, 0, error);
	EXPECT_EQ(error.value(), EBADF);
	set.remove(counter, error);
	EXPECT_EQ(error.value(), ENOENT);
	set.add(counter, interest::in, 0, error);
	EXPECT_FALSE(error);
	set.add(counter, interest::in, 0, error);
	EXPECT_EQ(error.value(), EEXIST);
	set.wait({}, 0ms, error);
	EXPECT_EQ(error.value(), EINVAL);
}

TEST_F(Instance, waits_as_long_as_it_is_told)
{
	instance set;
	const support::stopwatch watch;
	EXPECT_TRUE(set.wait(buffer, 20ms).empty());
	EXPECT_GE(watch.elapsed(), 20ms);
}

TEST_F(Instance, waits_with_the_given_signal_mask)
{
	support::block_signals({SIGUSR1});
	const support::signal_counter counter{SIGUSR1};
	raise(SIGUSR1);
	instance set;

	std::error_code error;
	set.wait(buffer, std::nullopt, support::signal_set({}), error);

	EXPECT_EQ(error.value(), EINTR);
	EXPECT_EQ(counter.count(), 1);
	EXPECT_TRUE(support::is_blocked(SIGUSR1));
}

TEST_F(Instance, adopts_a_set_that_exists)
{
	const instance original;
	const support::unique_fd counter = support::make_eventfd(1);
	instance adopted{myepoll::file_descriptor{support::duplicate(original.fd()).release()}};

	adopted.add(counter, interest::in, 5);

	EXPECT_NE(adopted.fd(), original.fd());
	EXPECT_EQ(adopted.wait(buffer, 0ms).size(), 1U);
}

TEST_F(Instance, can_be_moved_and_is_empty_afterwards)
{
	instance first;
	const int number = first.fd();

	instance second{std::move(first)};

	EXPECT_EQ(second.fd(), number);
	EXPECT_EQ(first.fd(), -1); // NOLINT: a moved-from instance is promised to be empty
	std::error_code error;
	first.wait(buffer, 0ms, error);
	EXPECT_EQ(error.value(), EBADF);
	EXPECT_TRUE(second.wait(buffer, 0ms).empty());
}

} // namespace
