// SPDX-License-Identifier: GPL-2.0-only
#include "support/replay.hpp"

#include "support/shared_targets.hpp"
#include "support/side.hpp"
#include "support/stopwatch.hpp"
#include "support/targets.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <span>
#include <sstream>
#include <utility>

namespace support {
namespace {

// The result of a step, and the results of blocked waits that returned because of it.
struct outcome {
	std::string result;
	std::string settled;
	bool operator==(const outcome&) const = default;
	std::string text() const { return result + settled; }
};

struct outcomes {
	outcome on_epoll;
	outcome on_myepoll;
	bool differ() const { return on_epoll != on_myepoll; }
};

class both_sides {
public:
	explicit both_sides(backend other) : other_{other, targets_} {}
	outcomes apply(const step& s);
	// Runs the steps from first on that can be one call, if there are several; returns their outcomes.
	std::vector<outcomes> apply_in_one_call(const history& steps, std::size_t first);
	// Runs the steps from first on that share a child, in that child; returns their outcomes.
	std::vector<outcomes> apply_in_child(const history& steps, std::size_t first);

private:
	void apply_to_targets(const step& s);
	outcomes apply_here(const step& s);
	void settle(outcomes& both);

	shared_targets targets_;
	side epoll_{backend::epoll, targets_};
	side other_;
};

void both_sides::apply_to_targets(const step& s)
{
	switch (s.what) {
	case act::open_target: return targets_.open(s.a, static_cast<target_kind>(s.b));
	case act::duplicate: return targets_.duplicate(s.a, s.b);
	case act::close_target: return targets_.close(s.a);
	case act::write_some: return targets_.write_some(s.a, s.b);
	case act::read_some: return targets_.read_some(s.a, s.b);
	case act::fill_up: return targets_.fill_up(s.a);
	case act::drain_all: return targets_.drain_all(s.a);
	case act::shut_down: return targets_.shut_down(s.a, s.b);
	case act::fire_timer: return targets_.fire_timer(s.a);
	default: return;
	}
}

outcomes both_sides::apply_here(const step& s)
{
	apply_to_targets(s);
	outcomes both;
	both.on_epoll.result = epoll_.apply(s);
	both.on_myepoll.result = other_.apply(s);
	return both;
}

void both_sides::settle(outcomes& both)
{
	both.on_epoll.settled = epoll_.settle();
	both.on_myepoll.settled = other_.settle();
}

outcomes both_sides::apply(const step& s)
{
	outcomes both = apply_here(s);
	settle(both);
	return both;
}

std::vector<outcomes> both_sides::apply_in_one_call(const history& steps, std::size_t first)
{
	const std::span<const step> rest = std::span{steps}.subspan(first);
	const std::size_t count = other_.fit_in_one_call(rest);
	std::vector<outcomes> all(count < 2 ? 0 : count);
	if (all.empty())
		return all;
	const std::vector<std::string> at_once = other_.apply_in_one_call(rest.first(count));
	for (std::size_t i = 0; i < count; ++i) {
		all[i].on_epoll.result = epoll_.apply(rest[i]);
		all[i].on_myepoll.result = at_once[i];
	}
	return all;
}

std::vector<outcomes> both_sides::apply_in_child(const history& steps, std::size_t first)
{
	pipe_ends answers = make_pipe();
	fcntl(answers.reader, F_SETFL, 0);
	fcntl(answers.writer, F_SETFL, 0);
	const pid_t child = checked(fork(), "fork");
	if (child == 0) {
		std::string text;
		for (std::size_t i = first; i < steps.size() && steps[i].in_child; ++i) {
			const outcomes both = apply_here(steps[i]);
			text += both.on_epoll.result + '\n' + both.on_myepoll.result + '\n';
		}
		(void)!write(answers.writer, text.data(), text.size());
		_exit(0);
	}
	answers.writer.close();
	std::string text;
	std::array<char, 4096> bytes{};
	for (ssize_t count = 0; (count = read(answers.reader, bytes.data(), bytes.size())) > 0;)
		text.append(bytes.data(), static_cast<std::size_t>(count));
	waitpid(child, nullptr, 0);

	std::vector<outcomes> all;
	std::istringstream lines{text};
	for (outcomes both; std::getline(lines, both.on_epoll.result) &&
			    std::getline(lines, both.on_myepoll.result);)
		all.push_back(both);
	// The end of the child may have woken a sleeper, too.
	if (!all.empty())
		settle(all.back());
	return all;
}

// The outcomes of each step, up to and including the first one that differs.
std::vector<outcomes> outcomes_of(const history& steps, backend other)
{
	both_sides sides{other};
	std::vector<outcomes> all;
	while (all.size() < steps.size()) {
		std::vector<outcomes> next;
		if (steps[all.size()].in_child)
			next = sides.apply_in_child(steps, all.size());
		else
			next = sides.apply_in_one_call(steps, all.size());
		if (next.empty())
			next.push_back(sides.apply(steps[all.size()]));
		for (const outcomes& both : next) {
			all.push_back(both);
			if (both.differ())
				return all;
		}
	}
	return all;
}

bool has(const history& steps, act what)
{
	return std::any_of(steps.begin(), steps.end(), [&](const step& s) { return s.what == what; });
}

} // namespace

std::optional<difference> replay(const history& steps, backend other)
{
	const auto all = outcomes_of(steps, other);
	if (all.empty() || !all.back().differ())
		return std::nullopt;
	return difference{all.size() - 1, all.back().on_epoll.text(), all.back().on_myepoll.text()};
}

std::optional<difference> replay_until_it_shows(const history& steps, backend other)
{
	// Only a race may need more than one try.
	for (int tries = has(steps, act::race) ? 10 : 1; tries > 0; --tries)
		if (const auto found = replay(steps, other))
			return found;
	return std::nullopt;
}

history shortened(history steps, backend other, std::chrono::seconds patience)
{
	const stopwatch since;
	const auto found = replay_until_it_shows(steps, other);
	if (!found)
		return steps;
	steps.resize(found->at + 1);
	for (std::size_t chunk = steps.size() / 2; chunk > 0; chunk /= 2) {
		for (std::size_t at = 0; at < steps.size() && since.elapsed() < patience;) {
			history fewer = steps;
			const auto begin = fewer.begin() + static_cast<std::ptrdiff_t>(at);
			fewer.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(chunk, steps.size() - at)));
			if (replay_until_it_shows(fewer, other))
				steps = std::move(fewer);
			else
				at += chunk;
		}
	}
	return steps;
}

std::string as_test_file(const history& steps)
{
	std::string text = "#include \"support/side.hpp\"\n#include \"support/test.hpp\"\n\n"
			   "using namespace support;\n\nnamespace {\n\nSEMANTICS_SUITE(History);\n\n"
			   "TEST_P(History, is_the_same_as_on_epoll)\n{\n\tshared_targets targets;\n"
			   "\tside sets{GetParam(), targets};\n";
	const auto all = outcomes_of(steps, backend::myepoll);
	const bool blocks = has(steps, act::block);
	bool in_child = false;
	for (std::size_t i = 0; i < all.size(); ++i) {
		if (steps[i].in_child != in_child)
			text += in_child ? "\t});\n" : "\tsupport::in_child([&] {\n";
		in_child = steps[i].in_child;
		text += (in_child ? "\t\t" : "\t") + as_cpp(steps[i], all[i].on_epoll.result) + "\n";
		if (blocks && !in_child)
			text += "\tEXPECT_EQ(sets.settle(), \"" + all[i].on_epoll.settled + "\");\n";
	}
	return text + (in_child ? "\t});\n" : "") + "}\n\n} // namespace\n";
}

} // namespace support
