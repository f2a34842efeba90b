// SPDX-License-Identifier: MIT
#ifndef DEMO_REPORT_HPP
#define DEMO_REPORT_HPP

#include <string>
#include <string_view>
#include <vector>

#include "demo/plan.hpp"
#include "demo/run.hpp"

namespace demo {

/** Prints the number of clients of each kind, and the seed. */
void print_plan(const plan& todo, std::uint64_t seed);

struct named_run {
	std::string_view backend;
	run_result result;
};

/** Prints errors, if there are any. */
void print_errors(const std::vector<std::string>& errors);

/** Prints the figures and the errors of one run. */
void print_run(const named_run& run);

/** Prints a table of runs of the same plan. */
void print_comparison(const std::vector<named_run>& runs);

/** Prints a table of what a message has cost the server in each run, and the errors. */
void print_costs(const std::vector<named_run>& runs);

} // namespace demo

#endif
