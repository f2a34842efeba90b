// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_ORDER_HPP
#define TOOLS_STORY_ORDER_HPP

#include "tools/story/recording.hpp"

namespace tools::story {

/**
 * Puts steps into the order in which they happened. Each thread's are by time, and an instance's by change number, as the
 * lock ordered them; between these, the clock decides, which may differ a little from one processor to another.
 */
void put_in_order(recording& of);

/** Whether the step is what gave its change number to the instance; others may follow that have the same. */
bool makes_a_change(const recording& of, const step& one);

} // namespace tools::story

#endif
