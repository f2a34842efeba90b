// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_BUFFERS_HPP
#define TOOLS_LOOK_TRACE_BUFFERS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tools/look/trace_event.hpp"

struct tracefs_cpu;
struct tracefs_instance;

namespace tools::look {

/** An instance of the kernel's tracer of our own, with a buffer for each CPU; nobody else's tracing changes. */
class trace_buffers {
public:
	/** Throws a failure if it is impossible, and says what to do. Events are off. */
	explicit trace_buffers(unsigned long kib_per_cpu);
	trace_buffers(const trace_buffers&) = delete;
	trace_buffers& operator=(const trace_buffers&) = delete;
	/** Removes the instance. */
	~trace_buffers();

	/** Times of the events' clock. */
	struct switching {
		std::uint64_t from;  // no event of the module is from before
		std::uint64_t until; // all of them are on
	};
	switching switch_on();
	void switch_off() noexcept;

	/** What has fired since the last call, in order. What has fired just now may come with the next call. */
	[[nodiscard]] std::vector<trace_event> take();
	/** Whether there is more to take without waiting for it. */
	[[nodiscard]] bool has_more() const noexcept { return has_more_; }
	/** All that is left, after switch_off(). */
	[[nodiscard]] std::vector<trace_event> take_rest();

	/** Events that found no room, or were overwritten before they were read; of all that we have switched on. */
	[[nodiscard]] unsigned long long lost() const;

private:
	struct remove_instance {
		void operator()(tracefs_instance* instance) const noexcept;
	};
	struct close_buffer {
		void operator()(tracefs_cpu* buffer) const noexcept;
	};
	struct cpu_buffer {
		int cpu;
		std::unique_ptr<tracefs_cpu, close_buffer> file;
		std::vector<std::byte> page{};
	};

	void open_buffers();
	std::uint64_t read(cpu_buffer& from);
	std::uint64_t read_page(const cpu_buffer& from);

	std::unique_ptr<tracefs_instance, remove_instance> instance_;
	trace_decoder decoder_;
	trace_decoder::page_parser parser_;
	std::vector<cpu_buffer> cpus_; // before the instance goes, these must be closed
	std::vector<trace_event> pending_;
	bool has_more_ = false;
};

} // namespace tools::look

#endif
