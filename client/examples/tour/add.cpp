// SPDX-License-Identifier: MIT
// ADD: an item in the tree for each file and descriptor, and a hook on the wait queue of the target.
#include "examples/tour/tour.hpp"

#include <vector>

using namespace tour;

static void story()
{
	instance set;
	std::vector<file_descriptor> targets;

	// The tree keeps itself balanced: watch it turn.
	for (std::uint64_t data = 1; data <= 7; data++) {
		targets.push_back(counter());
		set.add(targets.back().get(), interest::in, data);
	}
	hold_still();

	// What is in the tree already is refused: EEXIST.
	std::error_code error;
	set.add(targets[0].get(), interest::in, 8, error);
	std::printf("once more: %s\n", error.message().c_str());

	// The key is the file and the descriptor, so a duplicate is an item of its own.
	targets.emplace_back(checked(dup(targets[0].get()), "dup"));
	set.add(targets.back().get(), interest::in, 8);
	hold_still();

	// A target that is ready already goes on the ready list at once.
	targets.push_back(counter(1));
	set.add(targets.back().get(), interest::in, 9);
	hold_still();

	// MOD changes the mask and the data in place; DEL takes the item off the tree and the wait queue.
	set.modify(targets[2].get(), interest::in | interest::out, 33);
	set.remove(targets[3].get());
	hold_still();
}

int main() { return run(story); }
