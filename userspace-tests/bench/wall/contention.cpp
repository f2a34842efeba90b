// SPDX-License-Identifier: GPL-2.0-only
// Several threads: producers and waiters on one set, or each thread on a set of its own.
#include "bench/call.hpp"
#include "bench/targets.hpp"
#include "bench/wall/pairs.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace bench {
namespace {

// An eventfd that yields one token per read, so that only one of two waiters that see it ready gets it.
myepoll::file_descriptor make_tokens()
{
	return myepoll::file_descriptor{checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE), "eventfd")};
}

bool take_token(int fd)
{
	std::uint64_t token = 0;
	return read(fd, &token, sizeof(token)) == sizeof(token);
}

// A level-triggered set with a token counter for each producer, and threads that wait on the set and take
// a token for each event that they get.
template <typename Set> class token_mill {
public:
	token_mill(int producers, int waiters)
	{
		set_.add(end_.get(), EPOLLIN);
		for (int i = 0; i < producers; i++) {
			auto fd = make_tokens();
			set_.add(fd.get(), EPOLLIN);
			numbers_.push_back(fd.get());
			lines_[fd.get()].fd = std::move(fd);
		}
		for (int i = 0; i < waiters; i++)
			waiters_.emplace_back([this] { serve(); });
	}
	~token_mill()
	{
		write_one(end_.get()); // never read, so that all waiters see it
		for (std::thread& waiter : waiters_)
			waiter.join();
	}
	token_mill(const token_mill&) = delete;
	token_mill& operator=(const token_mill&) = delete;

	// Adds tokens one by one, and returns when all of them have been taken.
	void run(int producer, std::uint32_t tokens)
	{
		line& own = lines_.at(numbers_[static_cast<std::size_t>(producer)]);
		own.left = tokens;
		for (std::uint32_t i = 0; i < tokens; i++)
			write_one(own.fd.get());
		for (std::uint32_t left = tokens; left != 0; left = own.left)
			own.left.wait(left);
	}

private:
	struct line {
		myepoll::file_descriptor fd;
		std::atomic<std::uint32_t> left = 0;
	};

	void serve()
	{
		std::array<typename Set::result, 8> buffer;
		while (true) {
			for (const auto& event : set_.wait(std::span{buffer})) {
				const int fd = Set::fd_of(event);
				if (fd == end_.get())
					return;
				line& of = lines_.at(fd);
				if (take_token(fd) && --of.left == 0)
					of.left.notify_one();
			}
		}
	}

	myepoll::file_descriptor end_ = make_tokens();
	std::vector<int> numbers_; // descriptors of the producers' counters
	std::map<int, line> lines_;
	Set set_;
	std::vector<std::thread> waiters_;
};

constexpr std::uint32_t tokens_of_round = 64;

std::string number_of(int count, const std::string& what)
{
	return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

void register_mill(int producers, int waiters)
{
	const std::string name = number_of(producers, "producer") + ", " + number_of(waiters, "waiter") + ", 64 events";
	register_pair(
		name,
		[producers, waiters]<typename Set>(benchmark::State& state, std::type_identity<Set>) {
			static std::unique_ptr<token_mill<Set>> mill;
			// The loop begins and ends with a barrier for all threads.
			if (state.thread_index() == 0)
				mill = std::make_unique<token_mill<Set>>(producers, waiters);
			for (auto _ : state)
				mill->run(state.thread_index(), tokens_of_round);
			if (state.thread_index() == 0)
				mill.reset();
		},
		[producers](benchmark::internal::Benchmark& one) { one.Threads(producers); });
}

void register_private_sets(int threads)
{
	register_pair(
		"ADD DEL, a set each, " + number_of(threads, "thread"),
		[]<typename Set>(benchmark::State& state, std::type_identity<Set>) {
			const auto counter = make_eventfd();
			Set set;
			for (auto _ : state) {
				set.add(counter.get(), EPOLLIN);
				set.remove(counter.get());
			}
		},
		[threads](benchmark::internal::Benchmark& one) { one.Threads(threads); });
}

} // namespace

void register_contention()
{
	const int processors = static_cast<int>(std::thread::hardware_concurrency());
	for (const int waiters : {1, processors})
		register_mill(processors, waiters);
	register_mill(1, 2 * processors);
	for (const int threads : {1, processors})
		register_private_sets(threads);
}

} // namespace bench
