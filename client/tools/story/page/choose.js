// SPDX-License-Identifier: MIT
"use strict";
// Which of many things are drawn: those of the step, the ready ones, those of the last steps, the first and the last.

const RECENT_STEPS = 40;
const MORE_ITEMS = 24;

// Items of an instance, the most interesting first.
function itemsByInterest(view) {
	const { instance } = view;
	const { ready, overflow, order, items } = instance;
	const chosen = new Set();
	const add = (item) => {
		if (item && items.has(item))
			chosen.add(item);
	};
	[view.item, view.followed, ready[0], overflow[0], ready[1], overflow[1], order[0], order[order.length - 1]].forEach(add);
	for (const item of recentItems(view))
		add(item);
	ready.slice(0, 12).forEach(add);
	// Some more, all over the set.
	for (let i = 0; i < Math.min(order.length, MORE_ITEMS); i++)
		add(order[Math.floor((i + 0.5) * order.length / Math.min(order.length, MORE_ITEMS))]);
	return [...chosen];
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
