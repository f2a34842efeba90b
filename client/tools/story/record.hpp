// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_RECORD_HPP
#define TOOLS_STORY_RECORD_HPP

#include <cstddef>
#include <optional>

#include "tools/look/trace_session.hpp"
#include "tools/story/products.hpp"

namespace tools::story {

struct record_options {
	look::trace_scope scope{};
	product_options files{};
	std::size_t most_steps = 100'000;
};

/** Records what happens, and writes what was asked for. Returns the exit status: the command's, if there is one. */
[[nodiscard]] int record(const record_options& options);

} // namespace tools::story

#endif
