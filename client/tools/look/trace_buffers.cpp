// SPDX-License-Identifier: MIT
#include "tools/look/trace_buffers.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "tools/failure.hpp"
#include "tools/look/trace_instances.hpp"
#include "tools/look/tracefs_in_c.hpp"

namespace tools::look {
namespace {

// So many from each CPU in turn, or one that is busy would keep us for ever from the others, and from looking around.
constexpr int pages_at_once = 16;

// An event has its time before it is in the buffer, but not long before.
constexpr std::uint64_t ns_until_in_buffer = 1'000'000;

constexpr std::uint64_t end_of_time = std::numeric_limits<std::uint64_t>::max();

[[noreturn]] void fail(const char* what, int error)
{
	throw failure{own_trouble, std::string{"cannot trace: "} + what + ": " + std::strerror(error)};
}

std::uint64_t now()
{
	const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
	return static_cast<std::uint64_t>(std::chrono::nanoseconds{since_boot}.count());
}

// Of "overrun: 12" and the like.
unsigned long long number_behind(const std::string& text, const std::string& name)
{
	const std::size_t at = text.find(name + ": ");
	return at == std::string::npos ? 0 : std::stoull(text.substr(at + name.size() + 2));
}

} // namespace

void trace_buffers::remove_instance::operator()(tracefs_instance* instance) const noexcept
{
	tracefs_instance_destroy(instance);
	tracefs_instance_free(instance);
}

void trace_buffers::close_buffer::operator()(tracefs_cpu* buffer) const noexcept { tracefs_cpu_close(buffer); }

trace_buffers::trace_buffers(unsigned long kib_per_cpu)
	: instance_{make_trace_instance()}, parser_{decoder_.make_page_parser()}
{
	if (tracefs_instance_set_buffer_size(instance_.get(), kib_per_cpu, -1) != 0)
		fail("the buffers cannot be made", errno);
	// The clock of the times at which we read.
	if (tracefs_instance_file_write(instance_.get(), "trace_clock", "mono") < 0)
		fail("the clock cannot be set", errno);
	open_buffers();
}

trace_buffers::~trace_buffers() { switch_off(); }

void trace_buffers::open_buffers()
{
	for (int cpu = 0;; ++cpu) {
		const std::string folder = "per_cpu/cpu" + std::to_string(cpu);
		if (!tracefs_dir_exists(instance_.get(), folder.c_str()))
			return;
		cpu_buffer opened{cpu, {tracefs_cpu_open(instance_.get(), cpu, true), {}}};
		if (!opened.file)
			fail("a buffer cannot be opened", errno);
		opened.page.resize(static_cast<std::size_t>(tracefs_cpu_read_size(opened.file.get())));
		cpus_.push_back(std::move(opened));
	}
}

trace_buffers::switching trace_buffers::switch_on()
{
	const auto enable = [this](const std::string& events) {
		if (tracefs_instance_file_write(instance_.get(), ("events/" + events + "/enable").c_str(), "1") < 0)
			fail("events cannot be switched on", errno);
	};
	// First those that tell who is who.
	enable("sched/sched_process_fork");
	enable("sched/sched_process_free");
	enable("task/task_rename");
	const std::uint64_t start = now();
	enable("myepoll");
	return {start, now()};
}

void trace_buffers::switch_off() noexcept { tracefs_trace_off(instance_.get()); }

std::vector<trace_event> trace_buffers::take()
{
	std::uint64_t complete_until = now() - ns_until_in_buffer;
	has_more_ = false;
	for (cpu_buffer& one : cpus_)
		complete_until = std::min(complete_until, read(one));
	std::stable_sort(pending_.begin(), pending_.end(),
			 [](const trace_event& a, const trace_event& b) { return a.time < b.time; });
	const auto end = std::find_if(pending_.begin(), pending_.end(),
				      [&](const trace_event& one) { return one.time >= complete_until; });
	std::vector<trace_event> taken{std::make_move_iterator(pending_.begin()), std::make_move_iterator(end)};
	pending_.erase(pending_.begin(), end);
	return taken;
}

std::vector<trace_event> trace_buffers::take_rest()
{
	std::vector<trace_event> rest = take();
	while (has_more_)
		std::ranges::move(take(), std::back_inserter(rest));
	std::ranges::move(pending_, std::back_inserter(rest));
	pending_.clear();
	return rest;
}

// Returns until when the events of this CPU are complete.
std::uint64_t trace_buffers::read(cpu_buffer& from)
{
	std::uint64_t last = 0;
	for (int pages = 0; pages < pages_at_once; ++pages) {
		if (tracefs_cpu_read(from.file.get(), from.page.data(), true) <= 0)
			return end_of_time;
		last = read_page(from);
	}
	has_more_ = true;
	return last;
}

// Returns the time of its last event.
std::uint64_t trace_buffers::read_page(const cpu_buffer& from)
{
	unsigned long long time = 0;
	// The parser only reads, but its interface does not say so.
	kbuffer_load_subbuffer(parser_.get(), const_cast<std::byte*>(from.page.data()));
	long long lost = kbuffer_missed_events(parser_.get());
	for (void* data = kbuffer_read_event(parser_.get(), &time); data != nullptr;
	     data = kbuffer_next_event(parser_.get(), &time)) {
		tep_record record{};
		record.ts = time;
		record.cpu = from.cpu;
		record.data = data;
		record.size = kbuffer_event_size(parser_.get());
		record.missed_events = std::exchange(lost, 0);
		if (auto event = decoder_.decode(record))
			pending_.push_back(std::move(*event));
	}
	return time;
}

unsigned long long trace_buffers::lost() const
{
	unsigned long long lost = 0;
	for (const cpu_buffer& one : cpus_) {
		const std::string file = "per_cpu/cpu" + std::to_string(one.cpu) + "/stats";
		char* const read = tracefs_instance_file_read(instance_.get(), file.c_str(), nullptr);
		const std::string text = read != nullptr ? read : "";
		std::free(read);
		for (const char* kind : {"\noverrun", "commit overrun", "dropped events"})
			lost += number_behind(text, kind);
	}
	return lost;
}

} // namespace tools::look
