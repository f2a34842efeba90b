// SPDX-License-Identifier: GPL-2.0-only
#include "support/replay.hpp"

#include "support/shared_targets.hpp"
#include "support/side.hpp"
#include "support/stopwatch.hpp"
#include "support/tally.hpp"
#include "support/targets.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <map>
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
	bool may_differ = false; // as what comes from a ring may
	bool differ() const
	{
		return on_epoll.settled != on_myepoll.settled || (!may_differ && on_epoll.result != on_myepoll.result);
	}
};

// What a set was told to report, by the data.
struct interest {
	unsigned target;
	std::uint32_t mask;
};

// Compares what a set with a ring delivers with what epoll does. An event from a ring tells of an edge: what it tells of
// may have gone, and other things may have come. So may what a set sees of another one that it watches.
class edges {
public:
	explicit edges(const shared_targets& targets) : targets_{targets} {}

	void note(const step& s);
	bool are_equal(const delivery& on_epoll, const delivery& by_ring) const;

private:
	bool may_be_outdated(const event& one) const;

	const shared_targets& targets_;
	std::map<std::uint64_t, interest> interests_;
};

void edges::note(const step& s)
{
	if (s.what == act::control)
		interests_.insert_or_assign(s.data, interest{s.b, s.mask});
	// The number stands for another file from now on.
	const unsigned number = s.what == act::duplicate ? s.b : s.a;
	if (s.what == act::duplicate || s.what == act::close_target || s.what == act::open_target)
		std::erase_if(interests_, [&](const auto& one) {
			const unsigned target = one.second.target; // or a set, which has a number behind the targets'
			return target < target_slots && (target == number || target == number + 1);
		});
}

bool edges::are_equal(const delivery& on_epoll, const delivery& by_ring) const
{
	if (by_ring.result < 0 || on_epoll.result < 0)
		return on_epoll.result == by_ring.result;
	for (const event& one : by_ring.events)
		tally_so_far().from_rings += one.is_hint ? 1 : 0;
	const auto count_in = [](const delivery& got, const event& one) {
		return std::ranges::count_if(got.events, [&](const event& other) {
			return one.data == other.data && (one.is_hint || other.is_hint || one.mask == other.mask);
		});
	};
	const bool has_all = std::ranges::all_of(on_epoll.events, [&](const event& one) { return count_in(by_ring, one) == 1; });
	return has_all && std::ranges::all_of(by_ring.events, [&](const event& one) {
		const bool is_known = count_in(on_epoll, one) == 1;
		tally_so_far().outdated += is_known ? 0 : 1;
		return is_known || may_be_outdated(one);
	});
}

bool edges::may_be_outdated(const event& one) const
{
	const auto found = interests_.find(one.data);
	if (found == interests_.end() || found->second.target >= target_slots)
		return found != interests_.end() || one.is_hint;
	pollfd asked{targets_.fd(found->second.target, backend::ring), static_cast<short>(found->second.mask), 0};
	return one.is_hint && (::poll(&asked, 1, 0) == 0 || (asked.revents & POLLNVAL) != 0);
}

class both_sides {
public:
	explicit both_sides(backend other) : by_ring_{other == backend::ring}, other_{other, targets_} {}
	outcomes apply(const step& s);
	// Runs the steps from first on that can be one call, if there are several; returns their outcomes.
	std::vector<outcomes> apply_in_one_call(const history& steps, std::size_t first);
	// Runs the steps from first on that share a child, in that child; returns their outcomes.
	std::vector<outcomes> apply_in_child(const history& steps, std::size_t first);

private:
	void apply_to_targets(const step& s);
	outcomes apply_here(const step& s);
	void settle(outcomes& both);
	bool edges_are_equal(const step& s, const outcomes& both);

	bool by_ring_;
	shared_targets targets_;
	edges edges_{targets_};
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
	both.may_differ = by_ring_ && edges_are_equal(s, both);
	return both;
}

bool both_sides::edges_are_equal(const step& s, const outcomes& both)
{
	edges_.note(s);
	if (epoll_.harvest() && other_.harvest())
		return edges_.are_equal(*epoll_.harvest(), *other_.harvest());
	// An event on the ring makes the set ready, though it may be outdated.
	return s.what == act::poll_set && both.on_epoll.result.starts_with("0 ");
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
