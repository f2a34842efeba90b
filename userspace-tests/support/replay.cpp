// SPDX-License-Identifier: GPL-2.0-only
#include "support/replay.hpp"

#include "support/fdinfo.hpp"
#include "support/memory.hpp"
#include "support/stopwatch.hpp"
#include "support/targets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <sstream>
#include <thread>

namespace support {
namespace {

// Where sets are put, so that numbers of targets are the same on both sides.
constexpr int first_set_number = 600;
constexpr int numbers_per_side = 100;
constexpr std::uint64_t race_data = 1000;
constexpr unsigned race_rounds = 20;
constexpr int small_buffer = 4096;
constexpr std::size_t most_sleepers = 3;

std::string in_words(long result)
{
	return result < 0 ? strerrorname_np(static_cast<int>(-result)) : std::to_string(result);
}

std::string in_words(const delivery& got)
{
	std::ostringstream text;
	text << in_words(got.result);
	for (const event& e : got.events)
		text << " " << e;
	return text.str();
}

template <typename Pair>
void make_small(const Pair& ends)
{
	for (const int fd : {int{ends.ours}, int{ends.peer}})
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small_buffer, sizeof(small_buffer));
}

// A thread makes a target readable and, a moment later, hangs it up, while the set is waited on.
// The second edge often comes when a scan has asked the target and not delivered it yet.
bool sees_both_edges(const event_set& set, unsigned moment)
{
	const socket_ends ends = make_unix_pair();
	if (set.add(ends.ours, EPOLLIN | EPOLLRDHUP | EPOLLET, race_data) < 0)
		return false;
	std::atomic<bool> done = false;
	std::thread writer{[&] {
		write_bytes(ends.peer, 1);
		for (std::atomic<unsigned> spin = 0; spin < moment * 16;)
			++spin;
		shutdown(ends.peer, SHUT_WR);
		done = true;
	}};
	std::uint32_t seen = 0;
	const auto wait = [&] {
		for (const event& e : set.wait(0ms, 64).events)
			seen |= e.data == race_data ? e.mask : 0;
	};
	while (!done)
		wait();
	writer.join();
	wait();
	return (seen & EPOLLRDHUP) != 0;
}

bool is_socket(target_kind kind)
{
	return kind == target_kind::unix_stream || kind == target_kind::unix_datagram ||
	       kind == target_kind::tcp || kind == target_kind::udp;
}

bool is_counter(target_kind kind)
{
	return kind == target_kind::eventfd || kind == target_kind::semaphore;
}

} // namespace

// A pipe without a reader shall give EPIPE, and not end the test.
shared_targets::shared_targets() { std::signal(SIGPIPE, SIG_IGN); }

void shared_targets::put(unsigned slot, target_kind kind, unique_fd fd)
{
	slots_[slot].kind = kind;
	slots_[slot].fd = std::move(fd);
}

// TCP puts acknowledgements off, and one that comes later may wake one side after its turn.
void shared_targets::acknowledge_all() const
{
	const int now = 1;
	for (const target& t : slots_)
		if (t.fd >= 0 && t.kind == target_kind::tcp)
			setsockopt(t.fd, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof(now));
}

std::string shared_targets::name_of_inode(std::uint64_t device, std::uint64_t inode) const
{
	const auto [at, is_new] = inodes_.try_emplace({device, inode}, inodes_.size() + 1);
	return "file " + std::to_string(at->second);
}

void shared_targets::open(unsigned slot, target_kind kind)
{
	// First, so that their numbers are used again.
	close(slot);
	socket_ends ends;
	switch (kind) {
	case target_kind::eventfd: return put(slot, kind, make_eventfd());
	case target_kind::semaphore: return put(slot, kind, make_eventfd(0, EFD_SEMAPHORE));
	case target_kind::timerfd: return put(slot, kind, make_timerfd());
	case target_kind::pipe: {
		close(slot + 1);
		pipe_ends pipe = make_pipe();
		fcntl(pipe.writer, F_SETPIPE_SZ, small_buffer);
		put(slot, kind, std::move(pipe.reader));
		return put(slot + 1, kind, std::move(pipe.writer));
	}
	case target_kind::unix_stream: ends = make_unix_pair(); break;
	case target_kind::unix_datagram: ends = make_unix_pair(SOCK_DGRAM); break;
	case target_kind::tcp: ends = make_tcp_pair(); break;
	case target_kind::udp: ends = make_udp_pair(); break;
	}
	make_small(ends);
	put(slot, kind, std::move(ends.ours));
	put(slot + 1, kind, std::move(ends.peer));
}

void shared_targets::duplicate(unsigned from, unsigned to)
{
	if (from == to || fd(from) < 0)
		return;
	close(to);
	put(to, slots_[from].kind, support::duplicate(fd(from)));
}

void shared_targets::close(unsigned slot)
{
	slots_[slot].fd.close();
	acknowledge_all();
}

void shared_targets::write_some(unsigned slot, unsigned bytes)
{
	const std::vector<char> data(bytes, 'x');
	const std::uint64_t value = bytes;
	if (is_counter(slots_[slot].kind))
		(void)!write(fd(slot), &value, sizeof(value));
	else
		(void)!write(fd(slot), data.data(), data.size());
	acknowledge_all();
}

void shared_targets::read_some(unsigned slot, unsigned bytes)
{
	std::vector<char> data(std::max(bytes, 8U));
	(void)!read(fd(slot), data.data(), data.size());
	acknowledge_all();
}

void shared_targets::fill_up(unsigned slot)
{
	const target_kind kind = slots_[slot].kind;
	const std::uint64_t most = UINT64_MAX - 1;
	if (is_counter(kind))
		(void)!write(fd(slot), &most, sizeof(most));
	else if (kind == target_kind::pipe || kind == target_kind::unix_stream)
		fill(fd(slot));
}

void shared_targets::drain_all(unsigned slot)
{
	// A semaphore would take a read for each of up to 2^64 units.
	if (slots_[slot].kind != target_kind::semaphore)
		drain(fd(slot));
	else
		read_some(slot, 8);
	acknowledge_all();
}

void shared_targets::shut_down(unsigned slot, unsigned how)
{
	if (is_socket(slots_[slot].kind))
		shutdown(fd(slot), static_cast<int>(how));
	acknowledge_all();
}

void shared_targets::fire_timer(unsigned slot)
{
	if (slots_[slot].kind != target_kind::timerfd || fd(slot) < 0)
		return;
	arm_timerfd(fd(slot), 1ns);
	pollfd fired{fd(slot), POLLIN, 0};
	::poll(&fired, 1, -1);
}

std::string side::create(unsigned slot)
{
	sets_[slot].close();
	event_set made{which_};
	const int number = first_set_number + static_cast<int>(slot) +
			   (which_ == backend::epoll ? 0 : numbers_per_side);
	checked(dup3(made.fd(), number, O_CLOEXEC), "dup3");
	sets_[slot] = event_set{which_, unique_fd{number}};
	return "ok";
}

std::string side::close(unsigned slot)
{
	sets_[slot].close();
	return "ok";
}

std::string side::control(unsigned slot, unsigned target, unsigned op, std::uint32_t mask, unsigned data)
{
	const int fd = target < target_slots ? targets_.fd(target) : this->fd(target - target_slots);
	epoll_event event{};
	event.events = mask;
	event.data.u64 = data;
	return in_words(sets_[slot].ctl(static_cast<int>(op), fd, &event));
}

std::string side::wait(unsigned slot, unsigned maxevents)
{
	return in_words(sets_[slot].wait(0ms, static_cast<int>(maxevents)));
}

std::string side::wait_before_hole(unsigned slot, unsigned maxevents, unsigned room)
{
	static const page_before_hole page;
	auto* const events = static_cast<epoll_event*>(page.last_bytes(room * sizeof(epoll_event)));
	delivery got;
	got.result = sets_[slot].wait(events, static_cast<int>(maxevents), 0);
	for (long i = 0; i < got.result; ++i) {
		const epoll_event e = events[i]; // out of a packed struct
		got.events.emplace_back(std::uint32_t{e.events}, std::uint64_t{e.data.u64});
	}
	return in_words(got);
}

std::string side::poll(unsigned slot)
{
	if (fd(slot) < 0)
		return "closed";
	pollfd asked{fd(slot), static_cast<short>(0x7ff), 0};
	const int ready = ::poll(&asked, 1, 0);
	return std::to_string(ready) + " " + std::to_string(asked.revents);
}

std::string side::name_of_target(int number) const
{
	for (unsigned slot = 0; slot < set_slots; ++slot)
		if (number >= 0 && number % numbers_per_side == static_cast<int>(slot) && number >= first_set_number)
			return "set " + std::to_string(slot);
	return std::to_string(number);
}

std::string side::list_items(unsigned slot)
{
	if (fd(slot) < 0)
		return "closed";
	std::vector<std::string> lines;
	for (const fdinfo_item& item : fdinfo_of(fd(slot))) {
		std::ostringstream line;
		line << name_of_target(item.fd) << std::hex << " " << item.mask << " " << item.data << " "
		     << item.position << " " << targets_.name_of_inode(item.device, item.inode) << ";";
		lines.push_back(line.str());
	}
	std::sort(lines.begin(), lines.end());
	std::string text;
	for (const std::string& line : lines)
		text += line;
	return text;
}

std::string side::block(unsigned slot, unsigned maxevents)
{
	if (fd(slot) < 0)
		return "closed";
	if (sleepers_.size() >= most_sleepers)
		return "enough wait";
	sleepers_.emplace_back(slot, sets_[slot], static_cast<int>(maxevents));
	return "waits";
}

std::string side::race(unsigned slot)
{
	if (fd(slot) < 0)
		return "closed";
	// One that sleeps would take some of the events.
	if (!sleepers_.empty())
		return "others wait";
	unsigned lost = 0;
	for (unsigned round = 0; round < race_rounds; ++round)
		lost += sees_both_edges(sets_[slot], round) ? 0 : 1;
	return lost == 0 ? "nothing lost" : "edges are lost";
}

std::string side::settle()
{
	const auto at_rest = [](const sleeper& s) { return s.thread.returned() || s.thread.still_asleep(); };
	// One that returns may wake another on its way.
	for (bool moved = true; moved;) {
		moved = !std::all_of(sleepers_.begin(), sleepers_.end(), at_rest);
		for (const sleeper& s : sleepers_)
			await([&] { return at_rest(s); });
	}
	std::vector<std::string> results;
	for (auto s = sleepers_.begin(); s != sleepers_.end();) {
		if (!s->thread.returned()) {
			++s;
			continue;
		}
		results.push_back("; of set " + std::to_string(s->slot) + ": " + in_words(s->thread.result()));
		s = sleepers_.erase(s);
	}
	// Which of two that were woken returned first is not ordered.
	std::sort(results.begin(), results.end());
	std::string text;
	for (const std::string& result : results)
		text += result;
	return text;
}

std::string side::apply(const step& s)
{
	switch (s.what) {
	case act::create_set: return create(s.a);
	case act::close_set: return close(s.a);
	case act::control: return control(s.a, s.b, s.c, s.mask, s.data);
	case act::wait_now: return wait(s.a, s.b);
	case act::wait_before_hole: return wait_before_hole(s.a, s.b, s.c);
	case act::poll_set: return poll(s.a);
	case act::list_items: return list_items(s.a);
	case act::block: return block(s.a, s.b);
	case act::race: return race(s.a);
	default: return "";
	}
}

namespace {

// What a step gave, and what it gave to those who had been blocked.
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
	outcomes apply(const step& s);
	// The steps from first on that share a child; their outcomes, in that child.
	std::vector<outcomes> apply_in_child(const history& steps, std::size_t first);

private:
	void apply_to_targets(const step& s);
	outcomes apply_here(const step& s);
	void settle(outcomes& both);

	shared_targets targets_;
	side epoll_{backend::epoll, targets_};
	side myepoll_{backend::myepoll, targets_};
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
	both.on_myepoll.result = myepoll_.apply(s);
	return both;
}

void both_sides::settle(outcomes& both)
{
	both.on_epoll.settled = epoll_.settle();
	both.on_myepoll.settled = myepoll_.settle();
}

outcomes both_sides::apply(const step& s)
{
	outcomes both = apply_here(s);
	settle(both);
	return both;
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
	// Also the end of the child may have let a sleeper go.
	if (!all.empty())
		settle(all.back());
	return all;
}

// The outcomes of each step, up to and with the first one that differs.
std::vector<outcomes> outcomes_of(const history& steps)
{
	both_sides sides;
	std::vector<outcomes> all;
	while (all.size() < steps.size()) {
		std::vector<outcomes> next;
		if (steps[all.size()].in_child)
			next = sides.apply_in_child(steps, all.size());
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

std::optional<difference> replay(const history& steps)
{
	const auto all = outcomes_of(steps);
	if (all.empty() || !all.back().differ())
		return std::nullopt;
	return difference{all.size() - 1, all.back().on_epoll.text(), all.back().on_myepoll.text()};
}

std::optional<difference> replay_until_it_shows(const history& steps)
{
	// Only a race may need luck.
	for (int tries = has(steps, act::race) ? 10 : 1; tries > 0; --tries)
		if (const auto found = replay(steps))
			return found;
	return std::nullopt;
}

history shortened(history steps, std::chrono::seconds patience)
{
	const stopwatch since;
	const auto found = replay_until_it_shows(steps);
	if (!found)
		return steps;
	steps.resize(found->at + 1);
	for (std::size_t chunk = steps.size() / 2; chunk > 0; chunk /= 2) {
		for (std::size_t at = 0; at < steps.size() && since.elapsed() < patience;) {
			history fewer = steps;
			const auto begin = fewer.begin() + static_cast<std::ptrdiff_t>(at);
			fewer.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(chunk, steps.size() - at)));
			if (replay_until_it_shows(fewer))
				steps = std::move(fewer);
			else
				at += chunk;
		}
	}
	return steps;
}

std::string as_test_file(const history& steps)
{
	std::string text = "#include \"support/replay.hpp\"\n#include \"support/test.hpp\"\n\n"
			   "using namespace support;\n\nnamespace {\n\nSEMANTICS_SUITE(History);\n\n"
			   "TEST_P(History, is_the_same_as_on_epoll)\n{\n\tshared_targets targets;\n"
			   "\tside sets{GetParam(), targets};\n";
	const auto all = outcomes_of(steps);
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
