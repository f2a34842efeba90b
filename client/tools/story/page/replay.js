// SPDX-License-Identifier: MIT
"use strict";
// The state after any number of steps, quickly: checkpoints, and a cursor that moves on from the nearest one.

class Checkpoints {
	constructor(recording) {
		this.recording = recording;
		this.marks = merged(recording.plan);
		this.saved = [];
		const cursor = new Cursor(this);
		let next = 0;
		for (let at = 0; at <= recording.steps.length; at++) {
			cursor.forwardTo(at);
			if (at < next)
				continue;
			this.saved.push({ at, mark: cursor.mark, state: cursor.state.copy() });
			let items = 0;
			for (const instance of cursor.state.instances.values())
				items += instance.items.size;
			next = at + Math.max(400, items >> 3);
		}
	}

	before(at) {
		return this.saved[d3.bisector((entry) => entry.at).right(this.saved, at) - 1];
	}
}

// Gaps and pages in one list; at the same place a gap is first.
function merged(plan) {
	const gaps = plan.gaps.map(([at, count]) => ({ at, gap: true, count }));
	const pages = plan.pages.map(([page, at, base, agrees]) => ({ at, page, base, agrees }));
	return [...gaps, ...pages].sort((a, b) => a.at - b.at || (b.gap ? 1 : 0) - (a.gap ? 1 : 0));
}

class Cursor {
	constructor(checkpoints) {
		this.checkpoints = checkpoints;
		this.at = 0;
		this.mark = 0;
		this.state = new State();
		this.readMarks();
	}

	// The state after `at` steps; it changes with the next call.
	to(at) {
		const near = this.checkpoints.before(at);
		if (at < this.at || near.at > this.at) {
			this.at = near.at;
			this.mark = near.mark;
			this.state = near.state.copy();
		}
		return this.forwardTo(at);
	}

	forwardTo(at) {
		while (this.at < at) {
			this.state.apply(this.checkpoints.recording, this.at++);
			this.readMarks();
		}
		return this.state;
	}

	readMarks() {
		const { marks, recording } = this.checkpoints;
		for (; this.mark < marks.length && marks[this.mark].at <= this.at; this.mark++) {
			const mark = marks[this.mark];
			if (mark.gap)
				this.state.loseAll(mark.count);
			else
				this.state.readPage(recording.snapshots[mark.page], mark);
		}
	}
}

// For tests: plain objects.
function plainState(state) {
	const instances = {};
	for (const [number, each] of state.instances) {
		const tree = {};
		for (const [item, node] of each.tree)
			tree[item] = Object.assign({}, node);
		instances[number] = {
			known: each.known, partial: each.partial, open: each.open, treeKnown: each.treeKnown,
			items: each.order.map((item) => {
				const { fd, events, data, disabled, hooks } = each.items.get(item);
				return { item, fd, events, data, disabled, hooks };
			}),
			ready: each.ready.slice(), overflow: each.overflow.slice(), scanning: each.scanning,
			sleepers: each.sleepers.slice(), posted: each.posts.map((post) => post.item), tree,
		};
	}
	return instances;
}
