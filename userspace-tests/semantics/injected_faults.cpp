// SPDX-License-Identifier: GPL-2.0-only
// Each allocation and each copy to or from user memory in a call is made to fail, one at a time: the
// call returns an error and changes nothing, and the next call works. Needs the kernel "faults" of
// qemu/kernels.list.
//
// A wait survives one failed copy to its event buffer: it faults the page in, or writes the event later.
// Buffers that stay inaccessible are tested in wait_buffer.cpp and faulting_waiter.cpp. Not covered: the
// busy-poll parameters, which exist since 6.9.
#include "support/injected_fault.hpp"
#include "support/slab.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"

#include <poll.h>
#include <sys/mman.h>

#include <iostream>
#include <map>

using namespace support;
using testing::AnyOf;
using testing::Ge;

namespace {

constexpr long watched_at_most = 2;
constexpr unsigned no_call_has_more = 200;

// A set whose user may watch one more target, and targets to choose from. Root owns no instance, so
// one that it creates is its first.
struct scene {
	explicit scene(backend which)
		: set{create_as(watch_limit::some_user, which)}, inner{create_as(watch_limit::some_user, which)}
	{
		EXPECT_THAT(set.add(ready, EPOLLIN), succeeds());
	}
	event_set set;
	event_set inner;
	unique_fd ready = make_eventfd(1);
	unique_fd counter = make_eventfd();
	pipe_ends pipe = make_pipe();
	temporary_folder folder;
	unique_fd fifo = make_fifo(folder); // has two wait queues
	socket_ends socket = make_unix_pair();
};

struct operation {
	const char* name;
	int copies; // of user memory in the module; each of them must be seen to fail
	long (*call)(const scene&);
};

constexpr int some_copies = -1;

constexpr std::uint32_t wakeup = EPOLLIN | EPOLLWAKEUP;
const sigset_t no_signals{};

long wait_one(const scene& s, long (*wait)(const scene&, epoll_event*))
{
	epoll_event event{};
	return wait(s, &event);
}

long wait_into_a_new_page(const scene& s)
{
	void* const page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const long result = s.set.wait(page, 1, 0);
	munmap(page, 4096);
	return result;
}

long get_info(int fd)
{
	myepoll_info info{};
	return raw::ioctl(fd, MYEPOLL_IOC_INFO, &info);
}

constexpr operation operations[] = {
	{"create", 1, [](const scene& s) {
		 const long fd = raw::create(s.set.which(), EPOLL_CLOEXEC);
		 return fd < 0 ? fd : close(static_cast<int>(fd));
	 }},
	{"add an eventfd", 2, [](const scene& s) { return s.set.add(s.counter, EPOLLIN); }},
	{"add a pipe", 2, [](const scene& s) { return s.set.add(s.pipe.reader, EPOLLIN); }},
	{"add a FIFO", 2, [](const scene& s) { return s.set.add(s.fifo, EPOLLIN); }},
	{"add a socket", 2, [](const scene& s) { return s.set.add(s.socket.ours, EPOLLIN | EPOLLET); }},
	{"add with WAKEUP", 2, [](const scene& s) { return s.set.add(s.counter, wakeup); }},
	{"add with EXCLUSIVE", 2, [](const scene& s) { return s.set.add(s.counter, EPOLLIN | EPOLLEXCLUSIVE); }},
	{"add an instance", 2, [](const scene& s) { return s.set.add(s.inner.fd(), EPOLLIN); }},
	{"modify", 2, [](const scene& s) { return s.set.mod(s.ready, EPOLLIN); }},
	{"modify to WAKEUP", 2, [](const scene& s) { return s.set.mod(s.ready, wakeup); }},
	{"remove", 1, [](const scene& s) { return s.set.del(s.ready); }},
	{"wait", 1, [](const scene& s) {
		 return wait_one(s, [](const scene& t, epoll_event* event) { return t.set.wait(event, 1, 0); });
	 }},
	{"wait with a signal mask", 2, [](const scene& s) {
		 return wait_one(s, [](const scene& t, epoll_event* event) {
			 return t.set.pwait(event, 1, 0, &no_signals, 8);
		 });
	 }},
	{"wait with a timespec", 2, [](const scene& s) {
		 return wait_one(s, [](const scene& t, epoll_event* event) {
			 return t.set.pwait2(event, 1, 0, nullptr, 8);
		 });
	 }},
	{"wait into a new page", some_copies, wait_into_a_new_page},
	{"poll", some_copies, [](const scene& s) {
		 pollfd set{s.set.fd(), POLLIN, 0};
		 return poll(&set, 1, 0) < 0 ? -long{errno} : 0;
	 }},
};

constexpr operation operations_of_module[] = {
	{"info of the device", 1, [](const scene&) { return get_info(myepoll_device()); }},
	{"info of an instance", 1, [](const scene& s) { return get_info(s.set.fd()); }},
};

class InjectedFaults : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override
	{
		// Its entry can be applied, and then the fault is in its result: uapi/change_faults.cpp.
		if (GetParam() == backend::change)
			return "a CHANGE that fails may have changed something";
		const auto why = fault_injection::why_impossible();
		return why ? why : watch_limit::why_impossible();
	}
	void prepare() override
	{
		faults_.emplace();
		limit_.emplace(GetParam());
		ASSERT_THAT(limit_->set(watched_at_most), succeeds());
	}
	void TearDown() override { limit_.reset(); }

	// Makes the call fail at each possible point in turn, and counts the results.
	std::map<long, int> fail_everywhere(const operation& op)
	{
		std::map<long, int> answers;
		for (unsigned nth = 1; nth < no_call_has_more; ++nth) {
			const scene s{GetParam()};
			const auto before = fdinfo_of(s.set.fd());
			const auto seen = faults_->with_fault(nth, [&] { return op.call(s); });
			if (!seen.failed)
				return answers;
			++answers[seen.result];
			SCOPED_TRACE(std::string{op.name} + ", fault " + std::to_string(nth));
			// The call may succeed if it can do without.
			if (seen.result >= 0)
				continue;
			EXPECT_THAT(seen.result, AnyOf(-ENOMEM, -EFAULT));
			EXPECT_EQ(fdinfo_of(s.set.fd()).size(), before.size());
			EXPECT_EQ(fdinfo_of(s.set.fd()).at(0).mask, before.at(0).mask);
			EXPECT_THAT(s.set.wait(), delivers({{EPOLLIN, s.ready}}));
			expect_room_for_one(s);
			EXPECT_THAT(op.call(s), Ge(0));
		}
		ADD_FAILURE() << op.name << " has more points of failure than expected";
		return answers;
	}

private:
	static void expect_room_for_one(const scene& s)
	{
		EXPECT_THAT(s.set.add(s.pipe.writer, 0), succeeds());
		EXPECT_THAT(s.set.add(s.socket.peer, 0), fails_with(ENOSPC));
		EXPECT_THAT(s.set.del(s.pipe.writer), succeeds());
	}

	std::optional<fault_injection> faults_;
	std::optional<watch_limit> limit_;
};

SEMANTICS_INSTANCES(InjectedFaults);

// behaviours: 3, 25, 35, 162
TEST_P(InjectedFaults, leave_everything_as_it_was)
{
	may_take(120s);
	std::vector<operation> all{std::begin(operations), std::end(operations)};
	if (on_myepoll())
		all.insert(all.end(), std::begin(operations_of_module), std::end(operations_of_module));
	int sum = 0;
	for (const operation& op : all) {
		const slab_objects objects{GetParam()};
		std::ostringstream text;
		int faults = 0;
		auto answers = fail_everywhere(op);
		for (const auto& [result, count] : answers) {
			faults += count;
			text << ", " << (result < 0 ? strerrorname_np(static_cast<int>(-result)) : "done")
			     << " " << count;
		}
		if (on_myepoll() && op.copies != some_copies) {
			EXPECT_EQ(answers[-EFAULT], op.copies) << op.name;
		}
		EXPECT_TRUE(objects.are_no_more()) << op.name;
		std::cerr << "# " + std::string{op.name} + ": " + std::to_string(faults) + " faults" + text.str() + "\n";
		sum += faults;
	}
	std::cerr << "# " + std::to_string(sum) + " faults in all: " + name_of(GetParam()) + "\n";
}

} // namespace
