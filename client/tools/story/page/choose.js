// SPDX-License-Identifier: MIT
"use strict";
// Which of many things are drawn: those of the step, the ready ones, those of the last steps, the first and the last.

const RECENT_STEPS = 40;
const MORE_ITEMS = 24;

// Items of an instance, the most interesting first; those of the last steps, so that one enters and one leaves at a time.
function itemsByInterest(view) {
	const { ready, overflow, posts, order } = view.instance;
	return distinct(view, [view.item, view.followed, posts[0]?.item, ready[0], overflow[0], ready[1], overflow[1], order[0], order[order.length - 1],
		...recentItems(view), ...ready.slice(0, 12), ...samples(order)]);
}

// The tree should not change with each step: always the same nodes, and that of the step.
function itemsOfTree(view) {
	const { order } = view.instance;
	return distinct(view, [view.item, view.followed, order[0], order[order.length - 1], ...samples(order)]);
}

function distinct({ instance }, items) {
	return [...new Set(items)].filter((item) => instance.items.has(item));
}

// Some items, all over the set; first the middle, then the quarters, as a search in the tree would meet them.
function samples(order) {
	if (order.length <= MORE_ITEMS)
		return order;
	const chosen = [];
	for (let parts = 2; chosen.length < MORE_ITEMS; parts *= 2)
		for (let part = 1; part < parts; part += 2)
			chosen.push(order[Math.floor(part * order.length / parts)]);
	return chosen;
}

function recentItems({ recording, at, instance }) {
	const items = new Set();
	for (let step = at - 1; step >= 0 && step >= at - RECENT_STEPS; step--) {
		const item = recording.field(step, "item");
		if (item && recording.instance(step) === instance.number)
			items.add(item);
	}
	return items;
}

// Positions 0..length-1 as entries {index} and {skipped: n}, at most `room` of them: the first, the last and `wanted`.
function folded(length, room, wanted) {
	if (length <= room)
		return d3.range(length).map((index) => ({ index }));
	const chosen = new Set([0, length - 1]);
	const entries = () => withGaps([...chosen].sort(d3.ascending), length);
	for (const index of [...wanted, 1, 2, 3, 4, 5, 6, 7]) {
		if (index < 0 || index >= length || chosen.has(index))
			continue;
		chosen.add(index);
		if (entries().length > room)
			chosen.delete(index);
	}
	return entries();
}

function withGaps(indices, length) {
	const entries = [];
	let expected = 0;
	for (const index of indices) {
		if (index > expected)
			entries.push({ skipped: index - expected });
		entries.push({ index });
		expected = index + 1;
	}
	if (length > expected)
		entries.push({ skipped: length - expected });
	return entries;
}
