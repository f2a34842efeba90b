// SPDX-License-Identifier: GPL-2.0-only
// Kernel memory per set and per watch, by slab cache.
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/targets.hpp"

#include <unistd.h>

#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

namespace bench {
namespace {

struct memory_use {
	std::map<std::string, double> caches; // bytes of the pages of each slab cache
	double all = 0;                       // slabs, allocations too large for a slab cache, and vmalloc
};

// Releases free slabs, so that new objects cannot fill them unnoticed.
void shrink_caches()
{
	std::this_thread::sleep_for(std::chrono::seconds{2}); // for what RCU has yet to free
	for (const auto& cache : std::filesystem::directory_iterator{"/sys/kernel/slab"})
		std::ofstream{cache.path() / "shrink"} << "1";
	std::ofstream{"/proc/sys/vm/stat_refresh"} << "1";
}

memory_use look_at_memory()
{
	memory_use now;
	std::string line, name;
	for (std::ifstream file{"/proc/meminfo"}; std::getline(file, line);) {
		double kilobytes = 0;
		std::istringstream{line} >> name >> kilobytes;
		if (name == "Slab:" || name == "VmallocUsed:")
			now.all += kilobytes * 1024;
	}
	const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
	for (std::ifstream file{"/proc/slabinfo"}; std::getline(file, line);) {
		// name active_objs num_objs objsize objperslab pagesperslab : tunables 3 numbers : slabdata active num
		std::istringstream fields{line};
		std::string word;
		double pages_each = 0, slabs = 0;
		fields >> name >> word >> word >> word >> word >> pages_each;
		for (int i = 0; i < 8; i++)
			fields >> word;
		if (fields >> slabs)
			now.caches[name] = pages_each * slabs * page;
	}
	return now;
}

// Prints the growth since `before` for one of `count`, by cache and in all. Ignores caches that hardly grew,
// which serve others.
void print_growth(const figures& out, const std::string& of, std::uint64_t watched, std::uint64_t count,
		  const memory_use& before)
{
	const memory_use after = look_at_memory();
	const auto each = [count](double bytes) { return bytes / static_cast<double>(count); };
	double rest = after.all - before.all;
	double sum = 0;
	for (const auto& [cache, bytes] : after.caches) {
		const auto old = before.caches.find(cache);
		const double grown = bytes - (old == before.caches.end() ? 0 : old->second);
		rest -= grown;
		if (each(grown) < 1)
			continue;
		sum += grown;
		out.print({"memory of " + of + ": " + cache, watched}, each(grown), "bytes");
	}
	out.print({"memory of " + of + ": outside slabs", watched}, each(rest), "bytes");
	out.print({"memory of " + of, watched}, each(sum + rest), "bytes");
}

template <typename Set> void measure_instances(const figures& out)
{
	constexpr std::size_t count = 4096;
	std::deque<Set> sets;
	sets.emplace_back(1);
	shrink_caches();
	const memory_use before = look_at_memory();
	while (sets.size() <= count)
		sets.emplace_back(1);
	shrink_caches();
	print_growth(out, "a set", 0, count, before);
}

template <typename Set> void measure_watches(const figures& out, std::uint64_t size)
{
	const crowd fds{size};
	Set set;
	shrink_caches();
	const memory_use before = look_at_memory();
	for (const int fd : fds.watched())
		set.add(fd, EPOLLIN);
	shrink_caches();
	print_growth(out, "a watch", size, size, before);
}

} // namespace

void measure_memory(figures& out)
{
	if (out.chosen().contender == "preload")
		return;
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (is_epoll<Set>) {
			measure_instances<Set>(out);
			for (const std::uint64_t size : out.sizes({1024, 10240, 102400, 1000000}))
				measure_watches<Set>(out, size);
		}
	});
}

} // namespace bench
