// SPDX-License-Identifier: MIT
"use strict";
// What a step changed, and the way that the event took in it.

// What the step changed, by the keys of boxes.
function litBy({ recording, step, instance }) {
	const lit = new Set();
	if (step < 0 || recording.instance(step) !== instance.number)
		return lit;
	const add = (...keys) => keys.forEach((key) => lit.add(key));
	const kind = recording.kind(step);
	const item = recording.field(step, "item");
	const sleeper = recording.sleeper(step);
	add(`cpu:${recording.cpu(step)}`);
	if (recording.thread(step))
		add(`thread:${recording.thread(step)}`);
	if (sleeper)
		add(`thread:${sleeper}`, "wq");
	if (LIT_ITEM.has(kind))
		add(`row:${item}`, `ready:${item}`, `overflow:${item}`, `posted:${item}`);
	if (kind === "link" || kind === "modify")
		add(`node:${item}`);
	if (kind === "hook" || kind === "notify")
		add(`hook:${item}`);
	if (["notify", "poll", "unlink"].includes(kind))
		add(`target:${item}`);
	if (kind === "scan_begin" || kind === "scan_end" || kind === "unlink")
		add("rdllist");
	if (kind === "scan_end" || recording.field(step, "outcome") === "overflowed")
		add("ovflist");
	if (kind === "ring" || kind === "post" || kind === "take_back")
		add("ring");
	if (["notify", "queue", "post", "take_back", "ring", "sleep", "scan_begin", "scan_end", "unlink"].includes(kind))
		add("lock");
	if (["link", "modify", "hook", "queue", "unlink", "ring", "scan_begin", "poll", "deliver", "scan_end"].includes(kind))
		add("mtx");
	if (kind === "sleep" || kind === "woken")
		add("wq");
	if (kind === "create" || kind === "release")
		add("instance");
	return lit;
}

const LIT_ITEM = new Set(["link", "modify", "hook", "queue", "notify", "post", "take_back", "poll", "deliver"]);

// Between the columns and beside the last, where nothing else is drawn.
const AISLES = { left: (LEFT.x + LEFT.w + MIDDLE.x) / 2, right: (MIDDLE.x + MIDDLE.w + RIGHT.x) / 2, edge: RIGHT.x + RIGHT.w + 9 };
const TIP = 3;

// Ways between boxes, as lists of points that run along the aisles and below the lists.
const WAYS = {
	threadToLabel: (thread, label) => [right(thread), [AISLES.left, middle(thread)], [AISLES.left, middle(label)],
		[label.x - TIP, middle(label)]],
	labelToThread: (label, thread) => [[label.x, middle(label)], [AISLES.left, middle(label)], [AISLES.left, middle(thread)],
		[thread.x + thread.w + TIP, middle(thread)]],
	threadToNode: (thread, node, top) => [right(thread), [AISLES.left, middle(thread)], [AISLES.left, top - 2], [centre(node), top - 2],
		[centre(node), node.y - TIP]],
	cellToThread: (cell, thread) => [[centre(cell), cell.y + cell.h], [centre(cell), below(cell)], [AISLES.left, below(cell)],
		[AISLES.left, middle(thread)], [thread.x + thread.w + TIP, middle(thread)]],
	rowToCell: (row, cell) => [[row.x, middle(row)], [AISLES.right, middle(row)], [AISLES.right, below(cell)],
		[centre(cell), below(cell)], [centre(cell), cell.y + cell.h + TIP]],
	cellToRow: (cell, row) => [[centre(cell), cell.y + cell.h], [centre(cell), below(cell)], [AISLES.right, below(cell)],
		[AISLES.right, middle(row)], [row.x - TIP, middle(row)]],
	rowToTarget: (row, target) => [right(row), [target.x - TIP, middle(row)]],
	processorToTarget: (cpu, target) => [[centre(cpu), cpu.y], [centre(cpu), cpu.y - 5], [AISLES.edge, cpu.y - 5],
		[AISLES.edge, middle(target)], [target.x + target.w + TIP, middle(target)]],
};

const middle = (box) => box.y + box.h / 2;
const centre = (box) => box.x + box.w / 2;
const right = (box) => [box.x + box.w, middle(box)];
const below = (box) => box.y + box.h + 6;

function drawFlow(view) {
	const { scene, recording, step, instance } = view;
	if (step < 0 || recording.instance(step) !== instance.number)
		return;
	const item = recording.field(step, "item");
	const thread = `thread:${recording.thread(step)}`;
	const outcome = recording.field(step, "outcome");
	const way = (name, ...keys) => {
		const boxes = keys.map((key) => (typeof key === "string" ? scene.find(key) : key));
		if (boxes.every((box) => box !== undefined))
			scene.arrow(`way ${name}`, WAYS[name](...boxes));
	};
	const list = outcome === "overflowed" ? [`overflow:${item}`, "ovflist"] : [`ready:${item}`, "rdllist"];
	const cell = list.find((key) => scene.find(key));
	switch (recording.kind(step)) {
	case "notify":
		way("processorToTarget", `cpu:${recording.cpu(step)}`, `target:${item}`);
		if (outcome === "queued" || outcome === "overflowed")
			way("rowToCell", `row:${item}`, cell);
		break;
	case "queue":
		if (outcome !== "posted" && outcome !== "merged")
			way("rowToCell", `row:${item}`, cell);
		break;
	case "post":
		way("rowToCell", `row:${item}`, `posted:${item}`);
		break;
	case "take_back":
		way("cellToRow", "ring", `row:${item}`);
		break;
	case "link":
	case "modify":
		way("threadToNode", thread, `node:${item}`, view.treeTop);
		break;
	case "hook":
		way("rowToTarget", `row:${item}`, `target:${item}`);
		break;
	case "poll":
		way("cellToRow", cell, `row:${item}`);
		way("rowToTarget", `row:${item}`, `target:${item}`);
		break;
	case "deliver":
		way("cellToThread", cell, thread);
		break;
	case "scan_begin":
		way("threadToLabel", thread, "rdllist");
		break;
	case "sleep":
		way("threadToLabel", thread, "wq");
		break;
	case "wait":
	case "ctl":
	case "ring":
	case "change_begin":
		way("threadToLabel", thread, "title");
		break;
	case "scan_end":
	case "wait_end":
	case "change_end":
		way("labelToThread", "title", thread);
		break;
	}
	if (recording.sleeper(step))
		way("labelToThread", "wq", `thread:${recording.sleeper(step)}`);
}
