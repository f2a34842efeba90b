// SPDX-License-Identifier: MIT
"use strict";
// The lists of an instance: rbr, rdllist, ovflist, its ring if it has one, wq and poll_wait.

const CELL = { w: 66, h: 34, gap: 10 };
const LABEL_WIDTH = 84;

function drawLists(view, top, bottom) {
	const { instance, say } = view;
	const x = MIDDLE.x + 12;
	const w = MIDDLE.w - 24;
	const wq = bottom - 36, ring = wq - (instance.slots === null ? 0 : 50), overflow = ring - 50, ready = overflow - 50;
	label(view, "rbr", x, top, 20, instance.partial ? "…" : say("tree items", { items: instance.items.size }));
	if (!instance.treeKnown && instance.items.size)
		view.scene.box("rbr shape", { x, y: top + 36, cls: "note", texts: [[0, 10, say("tree unknown"), "dim small"]] });
	view.treeTop = top;
	drawTree(view, { x: x + LABEL_WIDTH, y: top, w: w - LABEL_WIDTH, h: ready - top - 12 });
	divider(view, "ready", x, w, ready - 6);
	drawChain(view, { name: "rdllist", list: "ready", x, y: ready, w, items: instance.ready,
		empty: say("empty"), note: instance.scanning ? say("scan owns") : "" });
	divider(view, "overflow", x, w, overflow - 6);
	drawChain(view, { name: "ovflist", list: "overflow", x, y: overflow, w, items: instance.overflow,
		empty: instance.scanning ? say("empty") : say("no scan"), note: "" });
	if (instance.slots !== null)
		drawRing(view, x, ring, w);
	divider(view, "wq", x, w, wq - 6);
	drawSleepers(view, x, wq, w);
}

function divider(view, name, x, w, y) {
	view.scene.line(`divider ${name}`, `M${x},${y}h${w}`, "guide");
}

function label(view, name, x, y, h, below) {
	view.scene.box(name, { x, y, w: LABEL_WIDTH - 10, h: Math.max(h, 20), cls: `label ${view.lit.has(name) ? "lit" : ""}`,
		texts: [[5, 14, name, "mono strong"], [5, 28, below, "dim small"]] });
}

function drawRing(view, x, y, w) {
	const { instance, say } = view;
	const { posts, slots } = instance;
	divider(view, "ring", x, w, y - 6);
	drawChain(view, { name: "ring", list: "posted", x, y, w, items: posts.map((post) => post.item),
		empty: slots ? say("ring empty") : say("no slots"), note: slots < 0 ? "" : say("slots", { slots }),
		events: posts.map((post) => post.events) });
}

// `events`: of the cells, if these are not the interest.
function drawChain(view, { name, list, x, y, w, items, empty, note, events: own }) {
	const { scene, instance, lit } = view;
	label(view, name, x, y, CELL.h, note || (items.length ? grouped(items.length) : ""));
	const left = x + LABEL_WIDTH + CELL.gap;
	if (!items.length) {
		scene.box(`${list} empty`, { x: left, y, cls: "note", texts: [[0, 20, empty, "dim"]] });
		return;
	}
	const room = Math.floor((w - LABEL_WIDTH) / (CELL.w + CELL.gap));
	let from = left - CELL.gap - 10;
	folded(items.length, room, [items.indexOf(view.item), items.indexOf(view.followed)]).forEach(({ index, skipped }, i) => {
		const cell = { x: left + i * (CELL.w + CELL.gap), y };
		scene.line(`${list} link ${i}`, `M${from + 1},${y + CELL.h / 2}H${cell.x - 2}`, "chain");
		from = cell.x + CELL.w;
		if (skipped) {
			scene.box(`${list} gap ${i}`, Object.assign(cell, { w: CELL.w, h: CELL.h, cls: "cell gap",
				texts: [[CELL.w / 2, 21, `⋯${grouped(skipped)}`, "dim", "middle"]] }));
			return;
		}
		const item = items[index];
		const { fd, events: interest } = instance.items.get(item) || { fd: "?", events: 0 };
		const events = own ? own[index] : interest;
		const classes = ["cell", list, lit.has(`${list}:${item}`) && "lit", view.followed === item && "followed",
			list === "ready" && instance.delivered.includes(item) && "delivered"];
		scene.box(`${list}:${item}`, Object.assign(cell, {
			w: CELL.w, h: CELL.h, choice: `item ${item}`, from: [`overflow:${item}`, `row:${item}`, "rbr"],
			cls: classes.filter(Boolean).join(" "),
			texts: [[CELL.w / 2, 15, String(fd), "mono strong", "middle"],
				[CELL.w / 2, 28, clipped(interestNames(events), 10), "mono tiny dim", "middle"]],
			title: `fd ${fd}: ${eventNames(events)}`,
		}));
	});
}

function drawSleepers(view, x, y, w) {
	const { scene, instance, lit, say, recording, time } = view;
	const { sleepers } = instance;
	const half = 370;
	label(view, "wq", x, y, 26, "");
	const left = x + LABEL_WIDTH;
	if (!sleepers.length)
		scene.box("wq empty", { x: left, y, cls: "note", texts: [[CELL.gap, 17, say("nobody sleeps"), "dim"]] });
	const width = 88;
	folded(sleepers.length, 3, []).forEach(({ index, skipped }, i) => {
		const cell = { x: left + i * (width + 8), y: y + 1, w: width, h: 24 };
		scene.line(`wq link ${i}`, `M${cell.x - 7},${cell.y + 12}h5`, "chain");
		if (skipped) {
			scene.box(`wq gap ${i}`, Object.assign(cell, { cls: "cell gap",
				texts: [[width / 2, 16, `⋯${grouped(skipped)}`, "dim", "middle"]] }));
			return;
		}
		const thread = sleepers[index];
		const name = recording.threadName(thread, time);
		scene.box(`sleeper:${thread}`, Object.assign(cell, { from: [`thread:${thread}`], title: name,
			cls: `cell sleeper ${lit.has(`thread:${thread}`) ? "lit" : ""}`,
			texts: [[width / 2, 16, clippedName(recording.task(thread, time).name, thread, 13), "small", "middle"]] }));
	});
	drawPollWait(view, x + half, y);
}

// Those who poll the instance itself: instances that watch it are known, others are not recorded.
function drawPollWait(view, x, y) {
	const { scene, state, instance, say, recording } = view;
	label(view, "poll_wait", x, y, 26, "");
	const items = [...recording.nested.keys()].filter((item) => recording.nested.get(item) === instance.number);
	const watchers = [...state.instances.values()].filter((each) => items.some((item) => each.items.get(item)?.hooks));
	if (!watchers.length)
		scene.box("poll_wait note", { x: x + LABEL_WIDTH, y, cls: "note", texts: [[0, 17, say("not recorded"), "dim small"]] });
	watchers.slice(0, 2).forEach(({ number }, i) => scene.box(`poll_wait:${number}`, { x: x + LABEL_WIDTH + 40 * i, y: y + 1, w: 34, h: 24,
		cls: "cell", texts: [[17, 16, `#${number}`, "mono small", "middle"]], choice: `instance ${number}` }));
}

// The number stays whole, the name is cut.
function clippedName(name, thread, most) {
	const number = String(thread);
	return `${clipped(name, Math.max(2, most - number.length - 1))} ${number}`;
}
