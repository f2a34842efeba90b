// SPDX-License-Identifier: GPL-2.0-only
// The waits are cancellation points, as libc's are; the other calls are not.
#include "support/child_process.hpp"
#include "support/test.hpp"

#include <pthread.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>

#include <array>
#include <functional>

using namespace support;

namespace {

// A thread that can be cancelled, unlike std::thread.
class cancellable_thread {
public:
	explicit cancellable_thread(std::function<void()> body) : body_{std::move(body)}
	{
		pthread_create(&thread_, nullptr, start, this);
		await([this] { return tid_ != 0; });
	}
	cancellable_thread(const cancellable_thread&) = delete;
	cancellable_thread& operator=(const cancellable_thread&) = delete;

	bool falls_asleep(int epfd) const
	{
		await([&] { return asleep_in_wait(inspect_thread(getpid(), tid_), epfd); });
		return true;
	}
	void cancel() const { pthread_cancel(thread_); }
	bool was_cancelled() const
	{
		void* result = nullptr;
		pthread_join(thread_, &result);
		return result == PTHREAD_CANCELED;
	}

private:
	static void* start(void* self)
	{
		auto* const thread = static_cast<cancellable_thread*>(self);
		thread->tid_ = gettid();
		thread->body_();
		return nullptr;
	}

	std::function<void()> body_;
	std::atomic<pid_t> tid_ = 0;
	pthread_t thread_{};
};

using wait_call = int (*)(int epfd, epoll_event* event);

const std::array<wait_call, 3> waits_for_ever{
	[](int epfd, epoll_event* event) { return epoll_wait(epfd, event, 1, -1); },
	[](int epfd, epoll_event* event) { return epoll_pwait(epfd, event, 1, -1, nullptr); },
	[](int epfd, epoll_event* event) { return epoll_pwait2(epfd, event, 1, nullptr, nullptr); },
};

// The type cannot be read without being set.
int take_cancel_type()
{
	int type = -1;
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
	return type;
}

class PreloadCancellation : public device_test {
protected:
	void prepare() override
	{
		set_ = event_set{backend::preload};
		kernel_epoll_ = event_set{backend::epoll};
	}

	event_set set_{backend::preload, unique_fd{}};
	// Waits on the kernel's own epoll must be cancellable, too.
	event_set kernel_epoll_{backend::epoll, unique_fd{}};
};

TEST_F(PreloadCancellation, ends_a_thread_that_sleeps_in_any_wait)
{
	for (const wait_call wait : waits_for_ever)
		for (const int epfd : {int{set_.fd()}, int{kernel_epoll_.fd()}}) {
			const cancellable_thread thread{[&] {
				epoll_event event;
				wait(epfd, &event);
			}};
			ASSERT_TRUE(thread.falls_asleep(epfd));
			thread.cancel();
			EXPECT_TRUE(thread.was_cancelled());
		}
}

TEST_F(PreloadCancellation, runs_the_cleanup_of_the_frames_above)
{
	struct witness {
		~witness() { *cleaned = true; }
		bool* cleaned;
	};
	bool cleaned = false;
	const cancellable_thread thread{[&] {
		const witness here{&cleaned};
		epoll_event event;
		epoll_wait(set_.fd(), &event, 1, -1);
	}};
	ASSERT_TRUE(thread.falls_asleep(set_.fd()));
	thread.cancel();
	EXPECT_TRUE(thread.was_cancelled());
	EXPECT_TRUE(cleaned);
}

TEST_F(PreloadCancellation, that_is_pending_acts_before_an_event_is_taken)
{
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set_.add(counter, EPOLLIN | EPOLLET), succeeds());
	const cancellable_thread thread{[&] {
		pthread_cancel(pthread_self());
		epoll_event event;
		epoll_wait(set_.fd(), &event, 1, 0);
	}};
	EXPECT_TRUE(thread.was_cancelled());
	EXPECT_THAT(set_.wait(), delivers({{EPOLLIN, counter}}));
}

TEST_F(PreloadCancellation, that_is_pending_acts_in_the_only_thread_as_well)
{
	struct ends_well {
		~ends_well() { _exit(0); }
	};
	for (const wait_call wait : waits_for_ever) {
		const int status = in_child([&] {
			EXPECT_TRUE(__libc_single_threaded);
			const unique_fd counter = make_eventfd(1);
			EXPECT_THAT(set_.add(counter, EPOLLIN), succeeds());
			const ends_well when_unwound;
			pthread_cancel(pthread_self());
			epoll_event event;
			wait(set_.fd(), &event);
			_exit(1);
		});
		EXPECT_EQ(status, 0);
	}
}

TEST_F(PreloadCancellation, waits_while_it_is_disabled)
{
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set_.add(counter, EPOLLIN), succeeds());
	int result = -1;
	const cancellable_thread thread{[&] {
		int state = 0;
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
		epoll_event event;
		result = epoll_wait(set_.fd(), &event, 1, -1);
		pthread_setcancelstate(state, &state);
		pthread_testcancel();
	}};
	ASSERT_TRUE(thread.falls_asleep(set_.fd()));

	thread.cancel();
	EXPECT_TRUE(thread.falls_asleep(set_.fd()));
	signal_eventfd(counter);

	EXPECT_TRUE(thread.was_cancelled());
	EXPECT_EQ(result, 1);
}

TEST_F(PreloadCancellation, does_not_happen_in_other_calls)
{
	const unique_fd counter = make_eventfd();
	unique_fd made;
	const cancellable_thread thread{[&] {
		pthread_cancel(pthread_self());
		epoll_event event{};
		made = unique_fd{epoll_create1(0)};
		epoll_ctl(made, EPOLL_CTL_ADD, counter, &event);
		syscall(SYS_epoll_wait, int{made}, &event, 1, 0);
	}};
	EXPECT_FALSE(thread.was_cancelled());
	EXPECT_TRUE(is_instance(made));
}

TEST_F(PreloadCancellation, finds_the_type_as_it_was_after_a_wait)
{
	epoll_event event{};
	for (const int type : {PTHREAD_CANCEL_DEFERRED, PTHREAD_CANCEL_ASYNCHRONOUS}) {
		int before = 0;
		pthread_setcanceltype(type, &before);
		epoll_wait(set_.fd(), &event, 1, 0);
		epoll_wait(-1, &event, 1, 0);
		EXPECT_EQ(take_cancel_type(), type);
	}
}

} // namespace
