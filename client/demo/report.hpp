// SPDX-License-Identifier: MIT
#ifndef DEMO_REPORT_HPP
#define DEMO_REPORT_HPP

#include "demo/plan.hpp"
#include "demo/run.hpp"

namespace demo {

/** Prints the number of clients of each kind, and the seed. */
void print_plan(const plan& todo, std::uint64_t seed);

/** Prints the figures and the errors of one run. */
void print_run(const char* backend, const run_result& result);

/** Prints a table of two runs of the same plan. */
void print_comparison(const char* backend, const run_result& result, const run_result& reference);

} // namespace demo

#endif
