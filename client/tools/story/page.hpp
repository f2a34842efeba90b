// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_PAGE_HPP
#define TOOLS_STORY_PAGE_HPP

#include <string>

#include "tools/story/plan.hpp"
#include "tools/story/recording.hpp"

namespace tools::story {

/** The HTML page that shows a recording: one file that needs no network. */
std::string make_page(const recording& of, const plan& by);

} // namespace tools::story

#endif
