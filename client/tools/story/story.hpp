// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_STORY_HPP
#define TOOLS_STORY_STORY_HPP

#include <string>

#include "tools/story/products.hpp"

namespace tools::story {

/** Statuses of --verify. */
enum verify_status { is_verified = 0, is_wrong = 1, is_not_verifiable = 3 };

struct story_options {
	std::string recording{};
	product_options files{};
	bool verify = false;
};

/** Draws a recording, or checks that its steps lead from each snapshot to the next. Returns the exit status. */
[[nodiscard]] int story(const story_options& options);

} // namespace tools::story

#endif
