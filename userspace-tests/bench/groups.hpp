// SPDX-License-Identifier: GPL-2.0-only
// The groups of operations; NAME is in NAME.cpp. Each measures what the contender supports.
#pragma once

#include "bench/figures.hpp"

#include <array>
#include <string_view>

namespace bench {

void measure_floor(figures& out);
void measure_create(figures& out);
void measure_ctl(figures& out);
void measure_batch(figures& out);
void measure_wait(figures& out);
void measure_ring(figures& out);
void measure_callback(figures& out);
void measure_wakeup(figures& out);
void measure_nested(figures& out);
void measure_close(figures& out);
void measure_echo(figures& out);
void measure_memory(figures& out);
void measure_held_up(figures& out);

struct group {
	std::string_view name;
	void (*measure)(figures& out);
	bool preempt = false; // measured under the boot line of that name, where the others are not
};

inline constexpr std::array groups{
	group{"floor", measure_floor},       group{"create", measure_create}, group{"ctl", measure_ctl},
	group{"batch", measure_batch},
	group{"wait", measure_wait},         group{"ring", measure_ring},
	group{"callback", measure_callback}, group{"wakeup", measure_wakeup},
	group{"nested", measure_nested},     group{"close", measure_close},   group{"echo", measure_echo},
	group{"memory", measure_memory},     group{"held_up", measure_held_up, true},
};

} // namespace bench
