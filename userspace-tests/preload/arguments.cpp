// SPDX-License-Identifier: GPL-2.0-only
// Invalid arguments, in all combinations: the preload library returns on an instance of the module
// what the kernel returns on its own epoll.
#include "support/test.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <array>
#include <climits>
#include <string>

using namespace support;

namespace {

// The same call, made in three ways.
enum class way { kernel, function, number };

epoll_event* events_at(void* address) { return static_cast<epoll_event*>(address); }

long or_errno(long result) { return result < 0 ? -errno : result; }

// Descriptors to pass as epfd; only the first is an instance.
class instances {
public:
	explicit instances(backend which) : set_{which} {}

	const event_set& set() const { return set_; }
	std::array<int, 7> numbers() const
	{
		return {set_.fd(), -1, 499, pipe_.reader, directory_, path_, device_};
	}

private:
	event_set set_;
	pipe_ends pipe_ = make_pipe();
	unique_fd directory_ = open_file("/", O_RDONLY);
	unique_fd path_ = open_file("/dev/null", O_PATH);
	unique_fd device_ = open_file("/dev/myepoll", O_RDWR);
};

class PreloadArguments : public device_test {};

// number is SYS_epoll_create or SYS_epoll_create1.
long create_by(way how, long number, int argument)
{
	switch (how) {
	case way::kernel:
		return kernel_call(number, argument);
	case way::function:
		return or_errno(number == SYS_epoll_create ? epoll_create(argument) : epoll_create1(argument));
	case way::number:
		break;
	}
	return or_errno(syscall(number, argument));
}

// Closes the new descriptor, if there is one; 0 or -errno.
long closed(long result)
{
	if (result < 0)
		return result;
	close(static_cast<int>(result));
	return 0;
}

// behaviours: 1
TEST_F(PreloadArguments, of_create_are_refused_as_by_the_kernel)
{
	for (const way how : {way::function, way::number}) {
		for (const int size : {INT_MIN, -1, 0, 1, INT_MAX})
			EXPECT_EQ(closed(create_by(how, SYS_epoll_create, size)),
				  closed(create_by(way::kernel, SYS_epoll_create, size))) << size;
		for (int bit = 0; bit < 32; ++bit)
			for (const int other : {0, O_CLOEXEC}) {
				const int flags = static_cast<int>(1U << bit) | other;
				EXPECT_EQ(closed(create_by(how, SYS_epoll_create1, flags)),
					  closed(create_by(way::kernel, SYS_epoll_create1, flags))) << bit;
			}
	}
}

long ctl(way how, int epfd, int op, int fd, void* event)
{
	switch (how) {
	case way::kernel:
		return kernel_call(SYS_epoll_ctl, epfd, op, fd, event);
	case way::function:
		return or_errno(epoll_ctl(epfd, op, fd, events_at(event)));
	case way::number:
		break;
	}
	return or_errno(syscall(SYS_epoll_ctl, epfd, op, fd, event));
}

// The results of all combinations, on a set that watches one target.
std::vector<std::string> ctl_answers(way how)
{
	const instances asked{how == way::kernel ? backend::epoll : backend::preload};
	const unique_fd watched = make_eventfd();
	const unique_fd unwatched = make_eventfd();
	const unique_fd again = duplicate(asked.set().fd());
	const unique_fd null = open_file("/dev/null", O_RDWR);
	epoll_event plain{};
	plain.events = EPOLLIN;
	epoll_event wrong{};
	wrong.events = EPOLLEXCLUSIVE | EPOLLONESHOT;
	std::vector<std::string> answers;
	for (const int epfd : asked.numbers())
		for (const int op : {EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, 0, 99, -1})
			for (const int fd : {int{watched}, int{unwatched}, -1, 499, int{null},
					     int{asked.set().fd()}, int{again}})
				for (void* const event : {static_cast<void*>(&plain),
							  static_cast<void*>(&wrong),
							  static_cast<void*>(nullptr),
							  unmapped_pointer, kernel_pointer}) {
					asked.set().del(unwatched);
					asked.set().add(watched, EPOLLIN);
					answers.push_back(describe_result(ctl(how, epfd, op, fd, event)));
				}
	return answers;
}

// behaviours: 10, 11, 12, 13, 14, 15, 16, 17, 19
TEST_F(PreloadArguments, of_ctl_are_refused_as_by_the_kernel_and_in_its_order)
{
	const std::vector<std::string> expected = ctl_answers(way::kernel);
	EXPECT_EQ(ctl_answers(way::function), expected);
	EXPECT_EQ(ctl_answers(way::number), expected);
}

// behaviours: 72, 73, 74, 75
TEST_F(PreloadArguments, of_wait_are_refused_as_by_the_kernel_and_in_its_order)
{
	const instances theirs{backend::epoll};
	const instances ours{backend::preload};
	epoll_event event{};
	for (std::size_t i = 0; i < ours.numbers().size(); ++i)
		for (void* const events : {static_cast<void*>(&event), static_cast<void*>(nullptr),
					   kernel_pointer, non_canonical_pointer})
			for (const int maxevents : {1, 0, -1, INT_MIN, INT_MAX}) {
				const int their = theirs.numbers()[i];
				const int our = ours.numbers()[i];
				const long expected =
					kernel_call(SYS_epoll_wait, their, events, maxevents, 0);
				EXPECT_EQ(or_errno(epoll_wait(our, events_at(events), maxevents, 0)),
					  expected) << i << " " << events << " " << maxevents;
				EXPECT_EQ(or_errno(syscall(SYS_epoll_wait, our, events, maxevents, 0)),
					  expected) << i << " " << events << " " << maxevents;
			}
}

// Valid or invalid arguments of one call of epoll_pwait2(2).
struct wait_case {
	void* events;
	int maxevents;
	const void* timeout;
	const void* mask;
	std::size_t size;
};

std::vector<wait_case> all_wait_cases(const epoll_event& event)
{
	static const timespec at_once{};
	static const timespec negative{-1, 0};
	static const timespec too_many_ns{0, 1'000'000'000};
	static const sigset_t mask = signal_set({});
	// The last one is right in its lower 32 bits.
	constexpr std::size_t sizes[] = {kernel_sigset_size, 4, 16, (std::size_t{1} << 32) + 8};
	const void* const timeouts[] = {&at_once, &negative, &too_many_ns, unmapped_pointer,
					kernel_pointer};
	const void* const masks[] = {nullptr, &mask, unmapped_pointer};
	std::vector<wait_case> cases;
	void* const good = const_cast<epoll_event*>(&event);
	for (void* const events : {good, kernel_pointer})
		for (const int maxevents : {1, 0})
			for (const void* const timeout : timeouts)
				for (const void* const sigmask : masks)
					for (const std::size_t size : sizes)
						cases.push_back(
							{events, maxevents, timeout, sigmask, size});
	return cases;
}

// behaviours: 73, 80, 81
TEST_F(PreloadArguments, of_pwait2_are_refused_as_by_the_kernel_and_in_its_order)
{
	const instances theirs{backend::epoll};
	const instances ours{backend::preload};
	const epoll_event event{};
	for (std::size_t i = 0; i < ours.numbers().size(); ++i)
		for (const auto& [events, maxevents, timeout, mask, size] : all_wait_cases(event)) {
			const int their = theirs.numbers()[i];
			const int our = ours.numbers()[i];
			const long expected = kernel_call(SYS_epoll_pwait2, their, events, maxevents,
							  timeout, mask, size);
			EXPECT_EQ(or_errno(syscall(SYS_epoll_pwait2, our, events, maxevents, timeout,
						   mask, size)), expected)
				<< i << " " << events << " " << maxevents << " " << timeout << " "
				<< mask << " " << size;
		}
}

// behaviours: 73, 81
TEST_F(PreloadArguments, of_pwait_are_refused_as_by_the_kernel_and_in_its_order)
{
	const instances theirs{backend::epoll};
	const instances ours{backend::preload};
	const epoll_event event{};
	for (std::size_t i = 0; i < ours.numbers().size(); ++i)
		for (const auto& [events, maxevents, timeout, mask, size] : all_wait_cases(event)) {
			const int their = theirs.numbers()[i];
			const int our = ours.numbers()[i];
			const long expected = kernel_call(SYS_epoll_pwait, their, events, maxevents, 0,
							  mask, size);
			EXPECT_EQ(or_errno(syscall(SYS_epoll_pwait, our, events, maxevents, 0, mask,
						   size)), expected)
				<< i << " " << events << " " << maxevents << " " << mask << " " << size;
		}
}

} // namespace
