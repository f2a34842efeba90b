// SPDX-License-Identifier: MIT
#ifndef DEMO_REPORT_HPP
#define DEMO_REPORT_HPP

#include "demo/plan.hpp"
#include "demo/run.hpp"

namespace demo {

/** Says on stdout what is going to happen. */
void print_plan(const plan& todo, std::uint64_t seed);

/** Says on stdout how one run went. */
void print_run(const char* backend, const run_result& result);

/** Sets two runs of the same plan side by side on stdout. */
void print_comparison(const char* backend, const run_result& result, const run_result& reference);

} // namespace demo

#endif
