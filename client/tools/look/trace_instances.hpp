// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_INSTANCES_HPP
#define TOOLS_LOOK_TRACE_INSTANCES_HPP

struct tracefs_instance;

namespace tools::look {

/**
 * Makes an instance of the kernel's tracer that is named after this process, and removes those of processes that were
 * killed. Throws a failure if there is no tracefs, no permission, or no module with our events.
 */
tracefs_instance* make_trace_instance();

} // namespace tools::look

#endif
