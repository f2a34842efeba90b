// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_PERFETTO_HPP
#define TOOLS_STORY_PERFETTO_HPP

#include <string>

#include "tools/story/recording.hpp"

namespace tools::story {

/** The timeline of a recording as ui.perfetto.dev opens it, in the form of `myepoll trace --perfetto`. */
std::string to_perfetto(const recording& of);

} // namespace tools::story

#endif
