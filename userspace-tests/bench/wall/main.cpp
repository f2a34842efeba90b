// SPDX-License-Identifier: GPL-2.0-only
// Times operations on epoll and myepoll in turns, and prints the ratios of myepoll's time to epoll's.
#include "bench/median.hpp"
#include "bench/wall/pairs.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

using bench::median;

// Nanoseconds of each repetition, by name and contender.
using timings = std::map<std::string, std::map<std::string, std::vector<double>>>;

class pair_reporter : public benchmark::BenchmarkReporter {
public:
	bool ReportContext(const Context&) override { return true; }

	void ReportRuns(const std::vector<Run>& runs) override
	{
		for (const Run& run : runs) {
			if (run.error_occurred) {
				std::fprintf(stderr, "%s: %s\n", run.benchmark_name().c_str(), run.error_message.c_str());
				failed_ = true;
			} else if (run.run_type == Run::RT_Iteration) {
				const std::string& name = run.run_name.function_name;
				const auto split = name.rfind('/');
				auto& pair = seen_[name.substr(0, split)];
				if (pair.empty())
					order_.push_back(name.substr(0, split));
				pair[name.substr(split + 1)].push_back(run.GetAdjustedRealTime());
			}
		}
	}

	void print() const
	{
		std::printf("%-42s %12s %12s %10s   %s\n", "nanoseconds, median", "epoll", "myepoll", "ratio", "min to max");
		for (const std::string& name : order_)
			print(name, seen_.at(name));
	}

	bool failed() const noexcept { return failed_; }

private:
	static void print(const std::string& name, const std::map<std::string, std::vector<double>>& pair)
	{
		const std::vector<double>& epoll = pair.at("epoll");
		const std::vector<double>& myepoll = pair.at("myepoll");
		std::vector<double> ratios;
		for (std::size_t i = 0; i < epoll.size(); i++)
			ratios.push_back(myepoll[i] / epoll[i]);
		const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
		std::printf("%-42s %12.0f %12.0f %9.2fx   %.2fx to %.2fx\n", name.c_str(), median(epoll), median(myepoll),
			    median(ratios), *least, *most);
	}

	timings seen_;
	std::vector<std::string> order_;
	bool failed_ = false;
};

} // namespace

int main(int argc, char** argv)
{
	bench::register_single();
	bench::register_contention();
	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return 2;
	pair_reporter reporter;
	// The machine's speed may drift, so each pair is measured back to back, and there are many pairs.
	constexpr int pairs = 9;
	for (int i = 0; i < pairs && !reporter.failed(); i++)
		benchmark::RunSpecifiedBenchmarks(&reporter);
	if (reporter.failed())
		return 1;
	reporter.print();
	return 0;
}
