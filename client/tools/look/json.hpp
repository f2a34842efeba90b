// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_JSON_HPP
#define TOOLS_LOOK_JSON_HPP

#include <vector>

#include <nlohmann/json.hpp>

#include "tools/look/instance_state.hpp"
#include "tools/look/processes.hpp"
#include "tools/look/view.hpp"

/** The JSON of the commands, as docs/json-schema.json describes it. */
namespace tools::look {

/** Grows with every change that is no addition. */
inline constexpr int json_version = 1;

nlohmann::ordered_json to_json(const holder& one);
nlohmann::ordered_json to_json(const myepoll_counters& counters);

/** An instance without its watches. */
nlohmann::ordered_json to_json(const instance_state& state, const std::vector<holder>& holders);

nlohmann::ordered_json to_json(const view& of);

/** One line of standard output, all of it ASCII. */
void print_json(const nlohmann::ordered_json& value);

} // namespace tools::look

#endif
