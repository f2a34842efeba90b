// SPDX-License-Identifier: MIT
// An echo server on an event loop in libuv's manner: like_libuv [PORT]
//
// A watcher whose interest changes goes on a queue. Before it waits, uv__io_poll() makes an epoll_ctl() for
// each in the queue, ADD or MOD by what it remembers of the watcher, and MOD once more if ADD fails with
// EEXIST. Here the queue becomes a list that is applied with the wait, in one call, and set() is ADD or MOD.
#include <array>
#include <memory>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <myepoll/change_list.hpp>

#include "examples/echo/handler.hpp"
#include "examples/loops/serve.hpp"

using myepoll::interest;

namespace {

class event_loop {
public:
	void start(std::unique_ptr<echo::handler> owner, interest wanted)
	{
		const int fd = owner->fd();
		watchers_[fd] = {std::move(owner), wanted, interest::none};
		queue_.push_back(fd);
	}

	/** Calls the handlers whose descriptors are ready. Each iteration is one call. */
	void run()
	{
		while (!watchers_.empty()) {
			for (const int fd : std::exchange(queue_, {}))
				flush(fd);
			poll();
		}
	}

private:
	struct watcher {
		std::unique_ptr<echo::handler> owner;
		interest wanted;  // from the next wait on
		interest watched; // by the set
	};

	void flush(int fd)
	{
		const auto queued = watchers_.find(fd);
		if (queued == watchers_.end())
			return; // closed since
		watcher& one = queued->second;
		if (std::exchange(one.watched, one.wanted) != one.wanted) // not changed back
			changes_.set(fd, one.wanted, static_cast<std::uint64_t>(fd));
	}

	void poll()
	{
		std::error_code error;
		const auto ready = changes_.apply_and_wait(set_, buffer_, std::nullopt, error);
		if (error && error != std::errc::interrupted)
			throw std::system_error(error, "wait");
		for (const myepoll::change& failed : changes_.failures())
			watchers_.erase(failed.target); // at the user's limit of watches, for example
		for (const myepoll::event& event : ready)
			handle(static_cast<int>(event.data), event.ready);
	}

	void handle(int fd, interest ready)
	{
		watcher& one = watchers_.at(fd);
		one.wanted = one.owner->on_ready(ready);
		if (one.wanted == interest::none)
			watchers_.erase(fd); // closes the descriptor, which ends the watch
		else if (one.wanted != one.watched)
			queue_.push_back(fd);
	}

	myepoll::instance set_;
	myepoll::change_list changes_;
	std::unordered_map<int, watcher> watchers_; // by descriptor
	std::vector<int> queue_; // the descriptors of watchers whose interest has changed
	std::array<myepoll::event, 256> buffer_;
};

} // namespace

int main(int argc, char** argv)
{
	return loops::serve<event_loop>(argc, argv);
}
