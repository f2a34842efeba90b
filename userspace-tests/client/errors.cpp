// SPDX-License-Identifier: GPL-2.0-only
// Both error styles of the library, throwing and std::error_code; runs without the module.
#include "support/test.hpp"

#include "client/scripted_ioctl.hpp"

#include <myepoll/info.hpp>
#include <myepoll/instance.hpp>

#include <sys/resource.h>

#include <functional>
#include <string>
#include <system_error>
#include <type_traits>

using myepoll::instance;
using myepoll::interest;

namespace {

std::array<myepoll::event, 2> buffer;
const sigset_t no_signals{};

/** An operation in both styles, and the call that its exception must name. */
struct operation {
	const char* name;
	std::function<void(instance&)> throwing;
	std::function<void(instance&, std::error_code&)> quiet;
};

const operation operations[] = {
	{"MYEPOLL_IOC_CTL add fd 7", [](instance& set) { set.add(7, interest::in, 0); },
	 [](instance& set, std::error_code& error) { set.add(7, interest::in, 0, error); }},
	{"MYEPOLL_IOC_CTL modify fd 8", [](instance& set) { set.modify(8, interest::in, 0); },
	 [](instance& set, std::error_code& error) { set.modify(8, interest::in, 0, error); }},
	{"MYEPOLL_IOC_CTL remove fd 9", [](instance& set) { set.remove(9); },
	 [](instance& set, std::error_code& error) { set.remove(9, error); }},
	{"MYEPOLL_IOC_WAIT", [](instance& set) { set.wait(buffer); },
	 [](instance& set, std::error_code& error) { set.wait(buffer, std::nullopt, error); }},
	{"MYEPOLL_IOC_WAIT",
	 [](instance& set) { set.wait(buffer, std::nullopt, no_signals); },
	 [](instance& set, std::error_code& error) {
		 set.wait(buffer, std::nullopt, no_signals, error);
	 }},
};

constexpr int errnos[] = {EBADF, EEXIST, EFAULT, EINTR, EINVAL, ELOOP, ENOENT, ENOMEM, ENOSPC, EPERM};

instance any_instance()
{
	return instance{myepoll::file_descriptor{support::make_eventfd().release()}};
}

/** The error that the call throws, if it throws. */
std::optional<std::system_error> thrown_by(const std::function<void()>& call)
{
	try {
		call();
		return std::nullopt;
	} catch (const std::system_error& error) {
		return error;
	}
}

/**
 * No descriptor can be opened while it lives. UBSan's vptr check needs one to inspect memory, and
 * without it reports every exception: build with -fno-sanitize=vptr.
 */
class no_descriptors_left {
public:
	no_descriptors_left()
	{
		getrlimit(RLIMIT_NOFILE, &saved_);
		const rlimit none{0, saved_.rlim_max};
		setrlimit(RLIMIT_NOFILE, &none);
	}
	~no_descriptors_left() { setrlimit(RLIMIT_NOFILE, &saved_); }

private:
	rlimit saved_{};
};

TEST(Errors, are_thrown_with_the_errno_and_the_name_of_the_call)
{
	instance set = any_instance();
	for (const operation& one : operations)
		for (const int number : errnos) {
			const scripted_ioctl module{[&](unsigned long, void*) { return -number; }};
			const auto thrown = thrown_by([&] { one.throwing(set); });
			ASSERT_TRUE(thrown) << one.name << ' ' << number;
			EXPECT_EQ(thrown->code(), std::error_code(number, std::system_category()));
			EXPECT_THAT(thrown->what(), testing::StartsWith(one.name));
			EXPECT_THAT(thrown->what(), testing::EndsWith(": " + thrown->code().message()));
		}
}

TEST(Errors, name_the_remedy)
{
	const auto text_of = [](int error, const std::function<void(instance&)>& call) {
		instance set = any_instance();
		const scripted_ioctl module{[error](unsigned long, void*) { return -error; }};
		return std::string{thrown_by([&] { call(set); })->what()};
	};
	const auto add = [](instance& set) { set.add(7, interest::in, 0); };
	EXPECT_THAT(text_of(EPERM, add), testing::HasSubstr("fd 7 (regular files and directories are always ready"));
	EXPECT_THAT(text_of(ELOOP, add), testing::HasSubstr("fd 7 (a set of the kernel's epoll cannot be watched"));
	EXPECT_THAT(text_of(EINVAL, [](instance& set) { set.wait({}); }),
		    testing::HasSubstr("MYEPOLL_IOC_WAIT with an empty buffer: "));
	EXPECT_THAT(text_of(ENOENT, [](instance&) { const instance made; }),
		    testing::HasSubstr("(is the module loaded? modprobe myepoll): "));
}

TEST(Errors, are_put_into_the_error_code_by_the_quiet_form)
{
	instance set = any_instance();
	for (const operation& one : operations)
		for (const int number : errnos) {
			const scripted_ioctl module{[&](unsigned long, void*) { return -number; }};
			std::error_code error;
			one.quiet(set, error);
			EXPECT_EQ(error, std::error_code(number, std::system_category())) << one.name;
		}
}

TEST(Errors, are_cleared_by_success)
{
	instance set = any_instance();
	const scripted_ioctl module{[](unsigned long, void*) { return 0; }};
	for (const operation& one : operations) {
		std::error_code error{EINVAL, std::system_category()};
		one.quiet(set, error);
		EXPECT_FALSE(error) << one.name;
		EXPECT_FALSE(thrown_by([&] { one.throwing(set); })) << one.name;
	}
}

TEST(Errors, can_be_compared_with_the_portable_conditions)
{
	instance set = any_instance();
	const scripted_ioctl module{[](unsigned long, void*) { return -EINTR; }};
	std::error_code error;
	set.wait(buffer, std::nullopt, error);
	EXPECT_TRUE(error == std::errc::interrupted);
}

TEST(Errors, leave_no_events)
{
	instance set = any_instance();
	const scripted_ioctl module{[](unsigned long, void*) { return -EFAULT; }};
	std::error_code error;
	EXPECT_TRUE(set.wait(buffer, std::nullopt, error).empty());
}

TEST(Errors, never_leave_the_quiet_form_as_exceptions)
{
	std::error_code error;
	static_assert(noexcept(instance{error}));
	static_assert(noexcept(std::declval<instance&>().add(0, interest::in, 0, error)));
	static_assert(noexcept(std::declval<instance&>().modify(0, interest::in, 0, error)));
	static_assert(noexcept(std::declval<instance&>().remove(0, error)));
	static_assert(noexcept(std::declval<instance&>().wait(buffer, std::nullopt, error)));
	static_assert(noexcept(std::declval<instance&>().wait(buffer, std::nullopt, no_signals, error)));
	static_assert(noexcept(myepoll::info(error)));
}

TEST(Errors, of_opening_the_device_name_it)
{
	std::optional<std::system_error> created, asked;
	{
		const no_descriptors_left limit;
		created = thrown_by([] { const instance set; });
		asked = thrown_by([] { static_cast<void>(myepoll::info()); });
	}
	for (const auto& thrown : {created, asked}) {
		ASSERT_TRUE(thrown);
		EXPECT_EQ(thrown->code().value(), EMFILE);
		EXPECT_THAT(thrown->what(), testing::StartsWith("open /dev/myepoll: "));
	}
}

TEST(Errors, of_creating_leave_an_empty_instance)
{
	std::error_code created, asked;
	const instance set = [&] {
		const no_descriptors_left limit;
		static_cast<void>(myepoll::info(asked));
		return instance{created};
	}();
	EXPECT_EQ(created.value(), EMFILE);
	EXPECT_EQ(asked.value(), EMFILE);
	EXPECT_EQ(set.fd(), -1);
}

} // namespace
