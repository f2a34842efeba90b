// SPDX-License-Identifier: GPL-2.0-only
#include "support/slab.hpp"

#include "support/kernel_module.hpp"
#include "support/stopwatch.hpp"

#include <cstdlib>
#include <string>
#include <thread>

namespace support {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;
constexpr auto moment = 200ms;
constexpr const char* caches_of_module[] = {"myepoll_eventpoll", "myepoll_epitem", "myepoll_eppoll_entry"};
// An instance of epoll has no cache of its own.
constexpr const char* caches_of_epoll[] = {"eventpoll_epi", "eventpoll_pwq"};

long count_in(const char* cache)
{
	const std::string folder = std::string{"/sys/kernel/slab/"} + cache + "/";
	// Or objects that sit free on a processor's own list would count.
	write_word(folder + "shrink", "1");
	return std::atol(read_all(folder + "objects").c_str());
}

} // namespace

slab_objects::slab_objects(backend which) : which_{which}, before_{count()}
{
	for (long earlier = before_ + 1; before_ < earlier;) {
		std::this_thread::sleep_for(moment);
		earlier = before_;
		before_ = count();
	}
}

bool slab_objects::are_no_more() const
{
	const stopwatch since;
	while (count() > before_)
		if (since.elapsed() > patience)
			return false;
	return true;
}

long slab_objects::count() const
{
	long sum = 0;
	if (which_ == backend::epoll)
		for (const char* const cache : caches_of_epoll)
			sum += count_in(cache);
	else
		for (const char* const cache : caches_of_module)
			sum += count_in(cache);
	return sum;
}

} // namespace support
