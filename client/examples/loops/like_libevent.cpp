// SPDX-License-Identifier: MIT
// An echo server on an event loop in libevent's manner: like_libevent [PORT]
//
// What is added and deleted between two waits goes on a changelist, merged by descriptor. Before it waits,
// libevent makes an epoll_ctl() for each entry, and another one if that fails because the number is that of
// another file by now. Here the list and the wait are one call, and set() and drop() do not fail then.
#include <array>
#include <memory>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <myepoll/change_list.hpp>

#include "examples/echo/handler.hpp"
#include "examples/loops/serve.hpp"

using myepoll::interest;

namespace {

class event_base {
public:
	void start(std::unique_ptr<echo::handler> owner, interest wanted)
	{
		const int fd = owner->fd();
		events_[fd] = {std::move(owner), interest::none};
		add(fd, wanted);
	}

	/** Change what a descriptor waits for, from the next wait on. */
	void add(int fd, interest what) { change(fd, events_.at(fd).wanted | what); }
	void del(int fd, interest what) { change(fd, events_.at(fd).wanted & ~what); }

	/** Calls the handlers whose descriptors are ready. Each iteration is one call. */
	void run()
	{
		while (!events_.empty()) {
			std::error_code error;
			const auto ready = changes_.apply_and_wait(set_, buffer_, std::nullopt, error);
			if (error && error != std::errc::interrupted)
				throw std::system_error(error, "wait");
			for (const myepoll::change& failed : changes_.failures())
				events_.erase(failed.target); // at the user's limit of watches, for example
			for (const myepoll::event& event : ready)
				activate(static_cast<int>(event.data), event.ready);
		}
	}

private:
	struct entry {
		std::unique_ptr<echo::handler> owner;
		interest wanted;
	};

	void change(int fd, interest wanted)
	{
		if (std::exchange(events_.at(fd).wanted, wanted) == wanted)
			return;
		if (wanted == interest::none)
			changes_.drop(fd);
		else
			changes_.set(fd, wanted, static_cast<std::uint64_t>(fd));
	}

	void activate(int fd, interest ready)
	{
		const interest wanted = events_.at(fd).owner->on_ready(ready);
		if (wanted == interest::none) {
			events_.erase(fd); // closes the descriptor, which ends the watch
			return;
		}
		add(fd, wanted);
		del(fd, ~wanted); // the list has one change for both
	}

	myepoll::instance set_;
	myepoll::change_list changes_;
	std::unordered_map<int, entry> events_; // by descriptor
	std::array<myepoll::event, 256> buffer_;
};

} // namespace

int main(int argc, char** argv)
{
	return loops::serve<event_base>(argc, argv);
}
