// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_EVENT_HPP
#define TOOLS_LOOK_TRACE_EVENT_HPP

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct kbuffer;
struct tep_event;
struct tep_format_field;
struct tep_handle;
struct tep_record;

namespace tools::look {

struct trace_field {
	std::string name;
	std::string text; // as the event's own format prints it; a negative result by its name: EEXIST
	std::int64_t number;
};

/** A record of a trace buffer. */
struct trace_event {
	enum class kind {
		step,    // an event of the module
		forked,  // `other` is the new thread, called `comm`
		renamed, // the thread `other` is now called `comm`
		freed,   // the number of the thread `other` may be used again
	};
	enum class context { task, softirq, hardirq };

	kind what = kind::step;
	std::uint64_t time = 0; // nanoseconds of CLOCK_MONOTONIC
	int cpu = 0;
	pid_t thread = 0; // the one that ran, which an interrupt is not about
	context where = context::task;
	long long lost = 0; // events lost on this CPU just before; negative: unknown how many

	std::string name{}; // of a step, without "myepoll_"
	std::uint64_t instance = 0;
	std::vector<trace_field> fields{}; // but for `instance`

	pid_t other = 0;
	std::string comm{};

	[[nodiscard]] const trace_field* find(const std::string& field) const;
};

/** Reads records by the formats that tracefs has of the running kernel and the loaded module. */
class trace_decoder {
public:
	/** Throws std::system_error. */
	trace_decoder();

	/** Nothing for events that are not known. */
	[[nodiscard]] std::optional<trace_event> decode(tep_record& record);

	struct free_pages {
		void operator()(kbuffer* pages) const noexcept;
	};
	using page_parser = std::unique_ptr<kbuffer, free_pages>;
	/** What finds records in a page of a buffer. */
	[[nodiscard]] page_parser make_page_parser() const;

private:
	void add_format(const std::string& system, const std::string& event);
	void decode_step(tep_event* event, tep_record& record, trace_event& to);
	[[nodiscard]] std::vector<trace_field> print(tep_record& record) const;
	[[nodiscard]] std::string printed(tep_record& record, const std::string& field) const;

	struct free_formats {
		void operator()(tep_handle* formats) const noexcept;
	};
	std::unique_ptr<tep_handle, free_formats> formats_;

	// Printing by the event's own format takes long, so the few values that have words are printed once.
	enum class rendering { decimal, hexadecimal, words };
	struct known_field {
		std::string name;
		tep_format_field* format;
		rendering how;
		std::map<std::int64_t, std::string> words{};
	};
	void learn(tep_event* event, tep_record& record, std::vector<known_field>& fields) const;
	std::map<int, std::vector<known_field>> fields_; // by the event's id, as it prints them
};

} // namespace tools::look

#endif
