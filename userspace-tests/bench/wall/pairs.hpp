// SPDX-License-Identifier: GPL-2.0-only
// A benchmark is a template over the contender; the two of a pair differ only in the last part of their name.
#pragma once

#include "bench/contenders/epoll.hpp"
#include "bench/contenders/myepoll.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <type_traits>

namespace bench {

// Registers `body(state, std::type_identity<Set>)` for both; `options` is called on each, to set threads and the like.
template <typename Body, typename Options> void register_pair(const std::string& name, Body body, Options options)
{
	const auto of = [&]<typename Set>(const char* who, std::type_identity<Set> set) {
		auto* const one = benchmark::RegisterBenchmark((name + "/" + who).c_str(),
							       [body, set](benchmark::State& state) { body(state, set); });
		one->UseRealTime()->MinTime(0.1);
		options(*one);
	};
	of("epoll", std::type_identity<epoll_set>{});
	of("myepoll", std::type_identity<myepoll_set>{});
}

void register_single();
void register_contention();

} // namespace bench
