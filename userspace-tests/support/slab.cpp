// SPDX-License-Identifier: GPL-2.0-only
#include "support/slab.hpp"

#include "support/kernel_module.hpp"
#include "support/stopwatch.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace support {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 30s;
constexpr auto moment = 200ms;
const std::vector<std::string> caches_of_module{"myepoll_eventpoll", "myepoll_epitem", "myepoll_eppoll_entry"};
// epoll has no cache of its own for instances.
const std::vector<std::string> caches_of_epoll{"eventpoll_epi", "eventpoll_pwq", "ep_head"};

const std::vector<std::string>& caches_of(backend which)
{
	return which == backend::epoll ? caches_of_epoll : caches_of_module;
}

// The number at the start of one of a cache's files.
long number_in(const std::string& cache, const std::string& file)
{
	const std::string folder = "/sys/kernel/slab/" + cache + "/";
	// Otherwise free objects on per-CPU lists would count.
	write_word(folder + "shrink", "1");
	return std::atol(read_all(folder + file).c_str());
}

} // namespace

slab_objects::slab_objects(backend which) : which_{which}, before_{count()}
{
	for (long earlier = before_ + 1; before_ < earlier;) {
		std::this_thread::sleep_for(moment);
		earlier = before_;
		before_ = count();
	}
	bytes_before_ = bytes();
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
	for (const std::string& cache : caches_of(which_))
		sum += number_in(cache, "objects");
	return sum;
}

long slab_objects::bytes() const
{
	long sum = 0;
	for (const std::string& cache : caches_of(which_))
		sum += (number_in(cache, "slabs") << number_in(cache, "order")) * sysconf(_SC_PAGESIZE);
	return sum;
}

} // namespace support
