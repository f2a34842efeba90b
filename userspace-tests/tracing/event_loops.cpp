// SPDX-License-Identifier: GPL-2.0-only
// The servers of client/examples under the clients of client/demo, which check every echo. How many calls a server makes
// is counted in the kernel.
#include "preload/program.hpp"
#include "support/trace_log.hpp"
#include "support/watch_limit.hpp"

#include <arpa/inet.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <regex>

using namespace support;
using testing::HasSubstr;

namespace {

const std::string programs = CLIENT_PROGRAMS;
const std::string demo = programs + "/demo";

// How often a trace event fires in a thread and those that it starts; 0 is this thread.
class event_count {
public:
	event_count(pid_t thread, const std::string& event, const std::string& filter = "")
	{
		perf_event_attr wish{};
		wish.type = PERF_TYPE_TRACEPOINT;
		wish.size = sizeof(wish);
		wish.inherit = 1;
		wish.disabled = 1;
		std::ifstream{"/sys/kernel/tracing/events/" + event + "/id"} >> wish.config;
		const long opened = syscall(SYS_perf_event_open, &wish, thread, -1, -1, PERF_FLAG_FD_CLOEXEC);
		counter_ = unique_fd{checked(static_cast<int>(opened), "perf_event_open")};
		if (!filter.empty())
			checked(::ioctl(counter_, PERF_EVENT_IOC_SET_FILTER, filter.c_str()), "PERF_EVENT_IOC_SET_FILTER");
		checked(::ioctl(counter_, PERF_EVENT_IOC_ENABLE, 0), "PERF_EVENT_IOC_ENABLE");
	}

	std::uint64_t value() const
	{
		std::uint64_t count = 0;
		checked(static_cast<int>(read(counter_, &count, sizeof(count))), "read of a counter");
		return count;
	}

private:
	unique_fd counter_;
};

// The calls of instances.
class call_counts {
public:
	explicit call_counts(pid_t thread)
		: ctls{of(thread, MYEPOLL_IOC_CTL)}, waits{of(thread, MYEPOLL_IOC_WAIT)}, changes{of(thread, MYEPOLL_IOC_CHANGE)}
	{
	}

	std::uint64_t all() const { return ctls.value() + waits.value() + changes.value(); }

	const event_count ctls, waits, changes;

private:
	static event_count of(pid_t thread, unsigned int call)
	{
		return {thread, "syscalls/sys_enter_ioctl", "cmd == " + std::to_string(call)};
	}
};

// The number behind a word in a file of fdinfo.
std::uint64_t fdinfo_number(const std::string& path, const std::string& word)
{
	std::ifstream file{path};
	std::uint64_t number = 0;
	for (std::string each; file >> each;)
		if (each == word)
			file >> number;
	return number;
}

// In a process of its own, with descriptors for all clients.
class server {
public:
	explicit server(const words& program, uid_t user = 0)
		: child_{[&, this] {
			  const rlimit enough{4096, 4096};
			  checked(setrlimit(RLIMIT_NOFILE, &enough), "setrlimit");
			  checked(setresuid(user, user, user), "setresuid");
			  dup2(output_, STDOUT_FILENO);
			  execute(program, {});
		  }}
	{
		await([this] { return !port().empty(); });
		await_asleep();
	}

	// When nothing is left to do.
	void await_asleep() const
	{
		await([this] { return asleep_in(inspect_thread(thread(), thread()), SYS_ioctl); });
	}

	// The main thread runs the loop.
	pid_t thread() const { return child_.pid(); }

	std::string port() const
	{
		std::smatch found;
		const std::string said = content_of(output_);
		return std::regex_search(said, found, std::regex{R"(127\.0\.0\.1:(\d+))"}) ? found.str(1) : "";
	}

	// How many events the kernel has posted on the server's ring.
	std::uint64_t posted() const
	{
		const std::string process = "/proc/" + std::to_string(thread());
		for (const auto& each : std::filesystem::directory_iterator{process + "/fd"})
			if (read_symlink(each) == "anon_inode:[myepoll-ring]")
				return fdinfo_number(process + "/fdinfo/" + each.path().filename().string(), "posted:");
		return 0;
	}

	std::size_t open_descriptors() const
	{
		const std::filesystem::directory_iterator all{"/proc/" + std::to_string(thread()) + "/fd"};
		return static_cast<std::size_t>(std::distance(begin(all), end(all)));
	}

private:
	unique_fd output_{checked(memfd_create("output", MFD_CLOEXEC), "memfd_create")};
	child_process child_;
};

void expect_right_echoes(const outcome& ran)
{
	EXPECT_EQ(ran.exit_status(), 0) << ran.output << ran.errors;
	EXPECT_THAT(ran.output, HasSubstr(" errors=0 "));
}

// 1,000 clients at the same time, then fewer that send so much that the server stops reading from some.
void expect_service(const server& loaded)
{
	const std::string port = "--port=" + loaded.port();
	expect_right_echoes(run_program({demo, port, "--clients=1000", "--messages=3000"}));
	expect_right_echoes(run_program({demo, port, "--clients=100", "--messages=10000"}));
	loaded.await_asleep();
}

unique_fd connected_to(const server& peer)
{
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(peer.port())));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	unique_fd client{checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
	checked(connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), "connect");
	return client;
}

// Or else the server has closed the connection.
bool is_served(const unique_fd& client)
{
	char byte = 'x';
	send(client, &byte, 1, MSG_NOSIGNAL);
	return recv(client, &byte, 1, 0) == 1;
}

struct kind {
	std::string name;
	words program;
};

const kind like_libevent{"like_libevent", {programs + "/examples/loops/like_libevent", "0"}};
const kind like_libuv{"like_libuv", {programs + "/examples/loops/like_libuv", "0"}};
const kind batched{"batched", {programs + "/examples/echo-server", "--port=0", "--backend=batched"}};
const kind plain{"plain", {programs + "/examples/echo-server", "--port=0"}};
const kind by_ring{"by_ring", {programs + "/examples/echo-server", "--port=0", "--backend=ring"}};

class Server : public device_test, public testing::WithParamInterface<kind> {};
class Batching : public Server {
protected:
	std::optional<std::string> why_impossible() const override { return trace_log::why_impossible(); }
};
class Plain : public Batching {};
class ByRing : public Batching {};

TEST_P(Batching, makes_one_call_an_iteration)
{
	may_take(60s);
	const server loaded{GetParam().program};
	const call_counts calls{loaded.thread()};
	const event_count iterations{loaded.thread(), "myepoll/myepoll_wait"};
	const event_count modifications{loaded.thread(), "myepoll/myepoll_modify"};

	expect_service(loaded);

	EXPECT_EQ(calls.all(), iterations.value());
	EXPECT_EQ(calls.ctls.value(), 0U);
	EXPECT_GT(modifications.value(), 0U);
}

TEST_P(Plain, makes_another_call_for_each_change)
{
	may_take(60s);
	const server loaded{GetParam().program};
	const call_counts calls{loaded.thread()};
	const event_count iterations{loaded.thread(), "myepoll/myepoll_wait"};
	const event_count changes{loaded.thread(), "myepoll/myepoll_ctl"};

	expect_service(loaded);

	EXPECT_EQ(calls.waits.value(), iterations.value());
	EXPECT_EQ(calls.ctls.value(), changes.value());
	EXPECT_GT(calls.ctls.value(), 1100U);
}

// It has a wait for each connection that it accepts, and one for each that ends. But there is none for a message that
// comes while it is busy.
TEST_P(ByRing, makes_no_call_while_there_are_events_on_the_ring)
{
	may_take(60s);
	const server loaded{GetParam().program};
	const call_counts calls{loaded.thread()};

	expect_service(loaded);

	EXPECT_EQ(calls.ctls.value(), 0U);
	EXPECT_GT(loaded.posted(), 4000U);
	EXPECT_LT(calls.all(), loaded.posted());
}

// As if the packet with the RST was lost.
void vanish(unique_fd client)
{
	const int repair = 1;
	checked(setsockopt(client, IPPROTO_TCP, TCP_REPAIR, &repair, sizeof(repair)), "TCP_REPAIR");
}

TEST_P(Plain, notices_that_a_client_has_vanished)
{
	may_take(30s);
	const server idle{GetParam().program};
	const std::size_t before = idle.open_descriptors();
	unique_fd client = connected_to(idle);
	ASSERT_TRUE(is_served(client));
	ASSERT_EQ(idle.open_descriptors(), before + 1);

	vanish(std::move(client));

	await([&] { return idle.open_descriptors() == before; });
}

TEST_P(Server, turns_away_clients_that_it_cannot_watch)
{
	const watch_limit limit{backend::myepoll};
	ASSERT_EQ(limit.set(4), 0);
	const server full{GetParam().program, watch_limit::some_user};
	std::deque<unique_fd> served;
	for (unique_fd client = connected_to(full); is_served(client); client = connected_to(full))
		served.push_back(std::move(client));

	EXPECT_THAT(served.size(), testing::AnyOf(2U, 3U)); // besides the listening socket and the eventfd
	EXPECT_FALSE(is_served(connected_to(full)));
	served.pop_front();
	await([&] { return is_served(connected_to(full)); });
	EXPECT_TRUE(std::ranges::all_of(served, is_served));
}

const auto by_name = [](const auto& chosen) { return chosen.param.name; };
INSTANTIATE_TEST_SUITE_P(, Server, testing::Values(like_libevent, like_libuv, batched, plain, by_ring), by_name);
INSTANTIATE_TEST_SUITE_P(, Batching, testing::Values(like_libevent, like_libuv, batched), by_name);
INSTANTIATE_TEST_SUITE_P(, Plain, testing::Values(plain), by_name);
INSTANTIATE_TEST_SUITE_P(, ByRing, testing::Values(by_ring), by_name);

class Demo : public device_test, public testing::WithParamInterface<const char*> {
protected:
	std::optional<std::string> why_impossible() const override { return trace_log::why_impossible(); }
};

TEST_P(Demo, prints_how_many_calls_its_server_made)
{
	may_take(60s);
	const std::string backend = GetParam();
	const call_counts calls{0};

	const outcome ran = run_program({demo, "--backend=" + backend, "--clients=100", "--messages=2000"});

	expect_right_echoes(ran);
	const std::regex row{"\n  " + backend + R"( +(\d+) )"};
	std::smatch found;
	ASSERT_TRUE(std::regex_search(ran.output, found, row)) << ran.output;
	EXPECT_EQ(std::stoull(found[1]), calls.all());
}

INSTANTIATE_TEST_SUITE_P(, Demo, testing::Values("myepoll", "batched", "ring"), [](const auto& chosen) { return chosen.param; });

} // namespace
