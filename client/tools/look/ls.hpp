// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_LS_HPP
#define TOOLS_LOOK_LS_HPP

namespace tools::look {

struct ls_options {
	double interval = 0;    // seconds between two lists, which then show rates; 0 for one list
	unsigned long count = 0; // lists; 0 for no end
	bool json = false;
};

/** Lists all instances of all processes. */
void ls(const ls_options& options);

} // namespace tools::look

#endif
