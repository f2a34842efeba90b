// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_RECORDING_HPP
#define TOOLS_STORY_RECORDING_HPP

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/** Stories: what was recorded, whether it is complete, and the page that shows it. */
namespace tools::story {

/** An item of some instance: an index into recording::items, from 1. 0: none. */
using item_index = std::uint32_t;

/** What values of a field are. */
enum class field_type { number, word, item, data };

field_type type_of(std::string_view field);

struct step_kind {
	std::string name; // of the trace event, without "myepoll_"
	std::vector<std::string> fields;

	/** Where the field is among the values; nothing if the kind has none of that name. */
	[[nodiscard]] std::optional<std::size_t> find(std::string_view field) const;
};

struct step {
	static constexpr std::size_t most_fields = 8;

	std::uint64_t time = 0; // nanoseconds since the start
	int cpu = 0;
	int context = 0; // 0 task, 1 softirq, 2 hardirq
	pid_t thread = 0;
	std::uint32_t kind = 0; // index into recording::kinds
	std::uint64_t instance = 0;
	std::array<std::int64_t, most_fields> values{}; // words as indexes into recording::words
};

/** A name that a thread has from then on. */
struct task_name {
	std::uint64_t time;
	pid_t thread;
	pid_t process;
	std::string name;
};

/** What an item's descriptor was. */
struct target {
	std::uint64_t time;
	item_index item;
	std::string what;
};

struct seen_item {
	item_index item;
	int fd;
	std::uint32_t events;
	std::uint64_t data;
	std::uint32_t flags; // MYEPOLL_ITEM_*
	std::uint32_t hooks;
	std::uint32_t position; // on the ready list, from 1; 0: not there, or unknown
	std::int32_t parent;	// index into the page, -1: root or unknown
};

struct seen_sleeper {
	pid_t thread;
	std::uint64_t asleep_ms;
};

struct seen_holder {
	pid_t process;
	int fd;
};

struct seen_socket {
	item_index item;
	std::string state;
	std::uint64_t receive; // bytes to read; of a listening one: connections to accept
	std::uint64_t send;
};

/** In nanoseconds: a target's close that waits for a lock removes its item so long after the instance has been closed. */
inline constexpr std::uint64_t late_removal = 50'000'000;

/** How many counters SNAPSHOT has, in the order of struct myepoll_counters. */
inline constexpr std::size_t counter_count = 12;

/** A page of a SNAPSHOT. */
struct snapshot_page {
	std::uint64_t instance = 0;
	std::uint64_t from = 0; // read between these times
	std::uint64_t to = 0;
	bool first = false;
	bool last = false;
	bool whole = false;
	std::uint64_t change = 0;
	std::uint64_t watches = 0;
	std::array<std::uint64_t, counter_count> counters{};
	std::optional<std::vector<seen_item>> items{}; // nothing: left out for their number
	std::vector<seen_sleeper> sleepers{};
	std::vector<seen_holder> holders{};
	std::vector<seen_socket> sockets{};
};

/** Events that a processor lost before that time. */
struct loss {
	std::uint64_t time;
	int cpu;
	std::optional<std::uint64_t> count;
};

struct recording {
	static constexpr int version = 1;

	std::string made_by{};
	std::string kernel{};
	unsigned abi = 0;
	int cpus = 0;
	std::vector<std::string> command{};
	pid_t process = 0;
	bool redacted = false;
	std::uint64_t duration = 0;
	std::vector<step_kind> kinds{};
	std::vector<std::string> words{};
	std::vector<std::uint64_t> items{}; // their numbers; that of index 1 is the first
	std::vector<step> steps{};
	std::vector<task_name> tasks{};
	std::vector<target> targets{};
	std::vector<snapshot_page> snapshots{};
	std::vector<loss> losses{};
	std::uint64_t lost = 0;
	std::optional<std::uint64_t> full{}; // what came later was not recorded
	std::vector<std::uint64_t> before{}; // instances that were made before
	std::vector<std::uint64_t> alive{};  // instances that were open at the end

	[[nodiscard]] const std::string& name_of(const step& one) const { return kinds[one.kind].name; }
	/** Of a field; 0 if the kind does not have it. */
	[[nodiscard]] std::int64_t value(const step& one, std::string_view field) const;
	/** Of a field of words; "" if the kind does not have it. */
	[[nodiscard]] std::string_view word(const step& one, std::string_view field) const;
	[[nodiscard]] bool has(const step& one, std::string_view field) const { return kinds[one.kind].find(field).has_value(); }
};

/** The JSON of docs/json-recording.md: ASCII, without '<'. */
std::string to_json(const recording& of);

/** Throws a failure that says what is wrong with it: truncated, something else, or made by a newer version. */
recording read_recording(const std::string& file);

/** Takes addresses, data values and names out of it. */
void redact(recording& of);

} // namespace tools::story

#endif
