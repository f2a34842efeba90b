// SPDX-License-Identifier: MIT
"use strict";
// What was recorded: docs/json-recording.md, and the plan that the command made from it.

class Recording {
	constructor(data) {
		Object.assign(this, data.recording);
		this.plan = data.plan;
		this.kindNames = this.kinds.map(([name]) => name.replace(/^myepoll_/, ""));
		this.columns = this.kinds.map(([, fields]) => new Map(fields.map((field, i) => [field, 6 + i])));
		this.treeChanges = new Map(this.plan.tree);
		this.names = groupByFirst(this.tasks, ([time, thread, process, name]) => [thread, { time, process, name: shown(name) }]);
		this.whats = groupByFirst(this.targets, ([time, item, what]) => [item, { time, what: shown(what) }]);
		this.nested = this.findNesting();
		this.compared = new Map();
		for (const [page, at, base, agrees] of this.plan.pages)
			if (!base && agrees)
				this.compared.set(at, this.snapshots[page].instance);
	}

	kind(step) {
		return this.kindNames[this.steps[step][4]];
	}

	// A field of a step, undefined if its kind has none of that name.
	field(step, name) {
		const values = this.steps[step];
		return values[this.columns[values[4]].get(name)];
	}

	time(step) {
		return this.steps[step][0];
	}

	cpu(step) {
		return this.steps[step][1];
	}

	context(step) {
		return this.steps[step][2];
	}

	thread(step) {
		return this.steps[step][3];
	}

	instance(step) {
		return this.steps[step][5];
	}

	// The thread that a step wakes, or 0.
	sleeper(step) {
		return this.field(step, "sleeper") || 0;
	}

	task(thread, time) {
		return latest(this.names.get(thread), time) || { process: thread, name: "" };
	}

	threadName(thread, time) {
		const { name } = this.task(thread, time);
		return name ? `${clipped(name, 24)} (${thread})` : `(${thread})`;
	}

	what(item, time) {
		return latest(this.whats.get(item), time)?.what || "";
	}

	// By item: the number of the instance that is its target.
	findNesting() {
		const nested = new Map();
		for (const [, item, what] of this.targets) {
			const match = /^myepoll instance (\d+)$/.exec(what);
			if (match)
				nested.set(item, Number(match[1]));
		}
		return nested;
	}
}

function shown(text) {
	return clipped(visible(String(text).slice(0, 1000)), 300);
}

function groupByFirst(rows, split) {
	const groups = new Map();
	for (const row of rows || []) {
		const [key, value] = split(row);
		if (!groups.has(key))
			groups.set(key, []);
		groups.get(key).push(value);
	}
	return groups;
}

// The last of the entries at that time; before the first, the first: it was so when the recorder looked.
function latest(entries, time) {
	if (!entries)
		return undefined;
	let found = entries[0];
	for (const entry of entries) {
		if (entry.time > time)
			break;
		found = entry;
	}
	return found;
}
