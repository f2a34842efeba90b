// SPDX-License-Identifier: GPL-2.0-only
#include "bench/figures.hpp"

#include <sys/utsname.h>

#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

namespace bench {

figures::figures(settings chosen) : chosen_{std::move(chosen)}
{
	utsname names{};
	uname(&names);
	release_ = names.release;
}

std::vector<std::uint64_t> figures::sizes(std::initializer_list<std::uint64_t> all) const
{
	std::vector<std::uint64_t> wanted;
	for (const std::uint64_t size : all) {
		if (size <= chosen_.most_watched)
			wanted.push_back(size);
	}
	if (chosen_.quick && wanted.size() > 1)
		wanted = {wanted[1]};
	return wanted;
}

void figures::settle()
{
	std::this_thread::sleep_for(std::chrono::milliseconds{200});
}

void figures::print(const label& of, const std::vector<double>& seen) const
{
	const auto [least, most] = std::minmax_element(seen.begin(), seen.end());
	std::printf("%s\t%s\t%s\t%s\t%lu\t%lu\t%.1f\t%.4f\tinstructions\n", release_.c_str(), chosen_.boot.c_str(),
		    chosen_.contender.c_str(), of.operation.c_str(), of.watched, of.ready, *least,
		    *least > 0 ? (*most - *least) / *least : 0);
	std::fflush(stdout);
}

void figures::print(const label& of, double value, std::string_view unit) const
{
	std::printf("%s\t%s\t%s\t%s\t%lu\t%lu\t%.1f\t%.4f\t%.*s\n", release_.c_str(), chosen_.boot.c_str(),
		    chosen_.contender.c_str(), of.operation.c_str(), of.watched, of.ready, value, 0.0,
		    static_cast<int>(unit.size()), unit.data());
	std::fflush(stdout);
}

} // namespace bench
