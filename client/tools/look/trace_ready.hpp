// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_READY_HPP
#define TOOLS_LOOK_TRACE_READY_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "tools/look/trace_event.hpp"

namespace tools::look {

/** How many items are on the lists of instances, derived from events: of those that were created while they were on. */
class trace_ready {
public:
	struct lengths {
		std::size_t ready;
		std::size_t overflow;
		bool operator==(const lengths&) const = default;
	};

	/** The lengths after the event if it has changed them. To be told of all steps, in order. */
	std::optional<lengths> note(const trace_event& step);

private:
	struct lists {
		std::set<std::int64_t> ready{}; // by the item's number
		std::set<std::int64_t> overflow{};
		[[nodiscard]] lengths measure() const { return {ready.size(), overflow.size()}; }
	};
	static void apply(const trace_event& step, lists& to);

	std::map<std::uint64_t, lists> instances_;
};

} // namespace tools::look

#endif
