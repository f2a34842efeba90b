// SPDX-License-Identifier: MIT
"use strict";
// rbr: the red-black tree. A large one is condensed to some nodes, their common ancestors and the root, in the order of
// the tree, with the number of nodes that are left out.

function ancestors(tree, item) {
	const path = [];
	for (let node = tree.get(item); node && node.parent && path.length < 64; node = tree.get(node.parent))
		path.push(node.parent);
	return path;
}

// Map from each node of the condensed tree to {parent, skipped}.
function condensed(tree, items) {
	const children = new Map(); // in the union of all paths to the root
	const parents = new Map();
	const roots = new Set();
	for (const item of items) {
		let below = item;
		for (const above of ancestors(tree, item)) {
			parents.set(below, above);
			if (!children.has(above))
				children.set(above, new Set());
			children.get(above).add(below);
			below = above;
		}
		roots.add(below);
	}
	const kept = new Set([...items, ...roots]);
	for (const [above, below] of children)
		if (below.size > 1)
			kept.add(above);
	const result = new Map();
	for (const item of kept) {
		let above = parents.get(item);
		let skipped = 0;
		for (; above && !kept.has(above); above = parents.get(above))
			skipped++;
		result.set(item, { parent: above || 0, skipped });
	}
	return result;
}

// The first item, and as many others as fit into `room` slots: each node and each gap has one.
function treeSlots(instance, items, room) {
	const positions = new Map();
	const position = (item) => {
		if (!positions.has(item))
			positions.set(item, instance.order.indexOf(item));
		return positions.get(item);
	};
	const withItems = (chosen) => {
		const nodes = instance.treeKnown ? condensed(instance.tree, chosen) :
			new Map(chosen.map((item) => [item, { parent: 0, skipped: 0 }]));
		const indices = [...nodes.keys()].map(position).filter((index) => index >= 0).sort(d3.ascending);
		return { chosen, nodes, entries: withGaps(indices, instance.order.length) };
	};
	let best = withItems(items.slice(0, 1));
	for (const item of items) {
		if (best.nodes.has(item))
			continue;
		const more = withItems([...best.chosen, item]);
		if (more.entries.length <= room)
			best = more;
		if (best.entries.length === room)
			break;
	}
	return best;
}

function treeDepths(nodes) {
	const depths = new Map();
	const depth = (item) => {
		if (!depths.has(item)) {
			depths.set(item, 0);
			const { parent } = nodes.get(item);
			depths.set(item, parent && nodes.has(parent) ? depth(parent) + 1 : 0);
		}
		return depths.get(item);
	};
	for (const item of nodes.keys())
		depth(item);
	return depths;
}

function drawTree(view, area) {
	const { scene, instance } = view;
	if (!instance.order.length) {
		scene.box("rbr empty", { x: area.x, y: area.y, cls: "note", texts: [[area.w / 2, area.h / 2, view.say("empty"), "dim", "middle"]] });
		return;
	}
	const wanted = itemsOfTree(view);
	const digits = d3.max(wanted, (item) => String(instance.items.get(item).fd).length);
	const nodeWidth = Math.max(26, digits * 7 + 10);
	const { nodes, entries } = treeSlots(instance, wanted, Math.min(22, Math.floor(area.w / (nodeWidth + 5))));
	const depths = treeDepths(nodes);
	const levels = d3.max(depths.values()) || 0;
	const slot = Math.min(54, area.w / entries.length);
	const left = area.x + (area.w - slot * entries.length) / 2;
	const top = area.y + 4;
	const pitch = levels ? Math.min(44, (area.h - 48) / levels) : 0;
	const places = new Map();
	entries.forEach(({ index }, i) => {
		const item = instance.order[index];
		if (item)
			places.set(item, { x: left + slot * (i + 0.5) - nodeWidth / 2, y: top + pitch * depths.get(item), w: nodeWidth, h: 20 });
	});
	drawTreeGaps(view, instance, entries, places, (i) => left + slot * (i + 0.5));
	for (const [item, place] of places)
		drawNode(view, item, place, places.get(nodes.get(item).parent), nodes.get(item).skipped);
}

// What is left out hangs from the lower of its neighbours.
function drawTreeGaps({ scene }, instance, entries, places, middle) {
	entries.forEach(({ skipped }, i) => {
		if (!skipped)
			return;
		const beside = [entries[i - 1], entries[i + 1]].filter(Boolean).map(({ index }) => places.get(instance.order[index]));
		const above = beside.sort((a, b) => b.y - a.y)[0];
		if (!above)
			return;
		const y = above.y + above.h + 14;
		scene.line(`rbr gap edge ${i}`, `M${above.x + above.w / 2},${above.y + above.h}L${middle(i)},${y}`, "edge skips");
		scene.box(`rbr gap ${i}`, { x: middle(i), y, cls: "note", texts: [[0, 10, `⋯${grouped(skipped)}`, "dim small", "middle"]] });
	});
}

// The rim of a node is its colour, so what else there is to say stands around it.
function ring({ w, h }, cls) {
	return cls ? [["rect", { x: -4, y: -4, width: w + 8, height: h + 8, rx: 13, class: `ring ${cls}` }]] : [];
}

function drawNode(view, item, place, above, skipped) {
	const { scene, instance, lit } = view;
	const { fd } = instance.items.get(item);
	const red = instance.treeKnown && instance.tree.get(item)?.red;
	const colour = instance.treeKnown ? (red ? "red" : "black") : "plain";
	if (above) {
		const path = d3.path();
		path.moveTo(above.x + above.w / 2, above.y + above.h);
		path.lineTo(place.x + place.w / 2, place.y);
		scene.line(`edge:${item}`, path.toString(), skipped ? "edge skips" : "edge");
	}
	scene.box(`node:${item}`, Object.assign({}, place, {
		r: 9, cls: `node ${colour}`, marks: ring(place, lit.has(`node:${item}`) ? "lit" : view.followed === item ? "followed" : ""),
		texts: [[place.w / 2, 14, String(fd), "mono", "middle"]], from: [`row:${item}`], choice: `item ${item}`,
		title: `fd ${fd}${instance.treeKnown ? `, ${view.say(red ? "red" : "black")}` : ""}`,
	}));
}
