// SPDX-License-Identifier: MIT
"use strict";
// What is around an instance: processes with their threads and descriptors on the left; processors, and the targets
// with their wait queues, on the right.

const THREAD_PITCH = 29;
const ROW = { h: 34, pitch: 38, gap: 15, item: 166, target: 226 };

// Those of this instance and of the step; others as far as there is room.
function threadsShown(view, room) {
	const { state, instance, recording, step, at } = view;
	const chosen = new Set();
	if (step >= 0 && recording.thread(step))
		chosen.add(recording.thread(step));
	if (step >= 0 && recording.sleeper(step))
		chosen.add(recording.sleeper(step));
	if (instance) {
		if (instance.scanning)
			chosen.add(instance.scanning);
		instance.sleepers.slice(0, 4).forEach((thread) => chosen.add(thread));
		for (const [thread, each] of state.threads)
			if (each.instance === instance.number && chosen.size < room)
				chosen.add(thread);
	}
	for (const thread of state.threads.keys())
		if (chosen.size < room)
			chosen.add(thread);
	return [...chosen].slice(0, room).sort(d3.ascending);
}

function drawThreads(view) {
	const { scene, state, recording, time, say, height } = view;
	const { x, w } = LEFT;
	const room = Math.max(3, Math.floor((height * 0.5) / THREAD_PITCH));
	const threads = threadsShown(view, room);
	let y = MARGIN;
	let process = null;
	for (const thread of threads) {
		const own = recording.task(thread, time).process;
		if (own !== process) {
			process = own;
			scene.box(`process:${process}`, { x, y, cls: "heading",
				texts: [[2, 14, say("process", { process: String(process) }), "strong"]] });
			y += 22;
		}
		drawThread(view, thread, x, y, w);
		y += THREAD_PITCH;
	}
	const hidden = state.threads.size - threads.length;
	if (hidden > 0) {
		scene.box("threads more", { x, y, cls: "note", texts: [[2, 12, `⋯ ${say("more", { more: hidden })}`, "dim small"]] });
		y += 18;
	}
	if (view.instance)
		drawLegend(view, drawDescriptors(view, x, y + 6, w));
}

function threadState(view, thread) {
	const { mode, call } = view.state.threads.get(thread) || IDLE_THREAD;
	const { instances } = view.state;
	if (mode !== "running")
		return mode;
	for (const each of instances.values()) {
		if (each.scanning === thread)
			return "scan";
		if (each.editing === thread && !call)
			return "ctl";
	}
	return call || "running";
}

const THREAD_SIGNS = { running: "●", scan: "●", ctl: "●", change: "●", wait: "●", sleeping: "○", woken: "◐" };

function drawThread(view, thread, x, y, w) {
	const { scene, recording, time, say, lit } = view;
	const mode = threadState(view, thread);
	const { name } = recording.task(thread, time);
	scene.box(`thread:${thread}`, { x, y, w, h: 25,
		cls: `thread ${mode} ${lit.has(`thread:${thread}`) ? "lit" : ""}`, title: `${name} (${thread}): ${say(`state ${mode}`)}`,
		texts: [[9, 17, THREAD_SIGNS[mode], "sign"], [23, 17, clippedName(name, thread, 15), "small strong"],
			[w - 8, 17, say(`state ${mode}`), "small", "end"]] });
}

// The table of open files, as far as it is in the picture. Return: where it ends.
function drawDescriptors(view, x, y, w) {
	const { scene, state, instance, say, height } = view;
	const entries = new Map();
	for (const each of state.instances.values())
		if (each.fd !== null && each.open && (each === instance || each.process === instance.process))
			entries.set(each.fd, each === instance ? "own" : "instance");
	for (const item of view.rows)
		entries.set(instance.items.get(item).fd, entries.get(instance.items.get(item).fd) || "target");
	const columns = d3.max(entries.keys()) > 99999 ? 4 : 5;
	const gap = 5, pitch = 23;
	const width = (w - gap * (columns - 1)) / columns;
	const rows = Math.floor((height - MARGIN - y - 20) / pitch);
	if (rows < 1 || !entries.size)
		return y;
	scene.box("descriptors", { x, y, cls: "heading", texts: [[2, 12, say("descriptors"), "dim small"]] });
	[...entries].sort((a, b) => (b[1] === "own") - (a[1] === "own") || a[0] - b[0]).slice(0, rows * columns)
		.forEach(([fd, cls], i) => {
			const chip = { x: x + (i % columns) * (width + gap), y: y + 19 + Math.floor(i / columns) * pitch, w: width, h: 18 };
			const item = view.rows.find((each) => instance.items.get(each).fd === fd);
			scene.box(`fd:${fd}`, Object.assign(chip, { cls: `fd ${cls} ${view.lit.has(`row:${item}`) ? "lit" : ""}`, r: 4,
				texts: [[width / 2, 13, String(fd), "mono small", "middle"]], title: `fd ${fd}`,
				choice: item ? `item ${item}` : undefined }));
		});
	return y + 19 + Math.ceil(Math.min(entries.size, rows * columns) / columns) * pitch;
}

// At the bottom, where there is room.
function drawLegend(view, below) {
	const { scene, say, height } = view;
	const signs = [["node black", 9], ["node red", 9], ["hook", 4], ["hook exclusive", 0], ["lit", 5]];
	const names = ["black", "red", "hook", "exclusive", "lit"];
	const pitch = 18;
	const top = height - MARGIN - signs.length * pitch;
	if (below > top - 14)
		return;
	signs.forEach(([cls, r], i) => {
		const y = top + i * pitch;
		const size = r > 4 ? { x: LEFT.x + 4, y, w: 24, h: 13 } : { x: LEFT.x + 10, y: y + 2, w: 12, h: 8 };
		scene.box(`legend ${names[i]}`, Object.assign(size, { r, cls }));
		scene.box(`legend text ${names[i]}`, { x: LEFT.x + 38, y, cls: "note",
			texts: [[0, 10, say(`legend ${names[i]}`), "dim small"]] });
	});
}

function drawProcessors(view) {
	const { scene, recording, step, say, lit } = view;
	const { x, w } = RIGHT;
	if (!recording.steps.length)
		return;
	const current = step >= 0 ? recording.cpu(step) : -1;
	const entries = folded(recording.cpus, 6, [current]);
	const wide = 118, narrow = Math.min(54, (w - wide - 6 * entries.length) / entries.length);
	let left = x;
	entries.forEach(({ index, skipped }, i) => {
		const here = index === current;
		const width = here ? wide : narrow;
		if (skipped)
			scene.box(`cpu gap ${i}`, { x: left, y: MARGIN, cls: "note", texts: [[width / 2, 16, `⋯${skipped}`, "dim", "middle"]] });
		else
			scene.box(`cpu:${index}`, { x: left, y: MARGIN, w: width, h: 24, r: 3,
				cls: `cpu ${here ? CONTEXTS[recording.context(step)] : ""} ${lit.has(`cpu:${index}`) ? "lit" : ""}`,
				texts: [[8, 16, `CPU ${index}`, "small strong"]].concat(
					here ? [[width - 8, 16, say(CONTEXTS[recording.context(step)]), "small", "end"]] : []) });
		left += width + 6;
	});
}

const CONTEXTS = ["task", "softirq", "hardirq"];

function drawTargets(view) {
	const { scene, instance, say, height } = view;
	const { x, w } = RIGHT;
	const top = MARGIN + 34;
	view.rows = [];
	scene.box("targets", { x: x + w - ROW.target, y: top, w: 0, h: 18, cls: "heading",
		texts: [[ROW.target, 13, say("targets"), "dim small", "end"], [ROW.target - w, 13, "struct epitem", "mono dim small"],
			[-(w - ROW.item - ROW.target) / 2, 13, "eppoll_entry", "mono dim tiny", "middle"]] });
	if (!instance.known)
		return;
	const room = height - MARGIN - top - 20;
	const all = Math.floor((room + 4) / ROW.pitch);
	const some = Math.floor((room - ROW.gap) / (ROW.pitch + ROW.gap));
	const whole = instance.order.length <= all;
	const chosen = whole ? instance.order.slice() : view.byInterest.slice(0, some);
	const indices = whole ? d3.range(instance.order.length) : chosen.map((item) => instance.order.indexOf(item)).sort(d3.ascending);
	let y = top + 20;
	withGaps(indices, instance.order.length).forEach(({ index, skipped }, i) => {
		if (skipped) {
			scene.box(`row gap ${i}`, { x, y: y - 3, cls: "note",
				texts: [[ROW.item / 2, 11, `⋯ ${grouped(skipped)}`, "dim small", "middle"]] });
			y += ROW.gap;
			return;
		}
		view.rows.push(instance.order[index]);
		drawRow(view, instance.order[index], y);
		y += ROW.pitch;
	});
}

function drawRow(view, item, y) {
	const { scene, instance, say, lit } = view;
	const { fd, events, data, disabled, hooks, exclusive } = instance.items.get(item);
	const isPosted = instance.posts.some((post) => post.item === item);
	const badge = isPosted ? "posted" : disabled ? "disabled" : instance.overflow.includes(item) ? "overflow" :
		instance.ready.includes(item) ? "ready" : "";
	const x = RIGHT.x;
	// What the descriptor leaves of the line.
	const columns = Math.floor((ROW.item - 24 - 7.3 * (3 + String(fd).length)) / 6.7);
	scene.box(`row:${item}`, { x, y, w: ROW.item, h: ROW.h, choice: `item ${item}`, from: [`node:${item}`],
		cls: `row ${badge} ${lit.has(`row:${item}`) ? "lit" : ""} ${view.followed === item ? "followed" : ""}`,
		texts: [[8, 15, `fd ${fd}`, "mono strong"], [ROW.item - 8, 15, clipped(interestNames(events), columns), "mono small", "end"],
			[8, 28, clipped(dataText(data), badge ? 18 : 24), "mono tiny dim"],
			[ROW.item - 8, 28, badge ? say(`badge ${badge}`) : "", `tiny badge-${badge}`, "end"]],
		title: `fd ${fd}, ${eventNames(events)}, data ${dataText(data)}${badge ? `, ${say(`badge ${badge}`)}` : ""}` });
	drawHooks(view, item, x + ROW.item, y, hooks, exclusive);
	drawTarget(view, item, y);
}

function drawHooks(view, item, x, y, hooks, exclusive) {
	const { scene, lit } = view;
	const end = RIGHT.x + RIGHT.w - ROW.target;
	const left = x + (end - x) / 2 - 6;
	const shown = Math.min(hooks, 3);
	for (let i = 0; i < shown; i++) {
		const level = y + ROW.h / 2 + (i - (shown - 1) / 2) * 10;
		scene.line(`wire:${item}:${i}`, `M${x},${level}H${end}`, `wire ${lit.has(`hook:${item}`) ? "lit" : ""}`);
		scene.box(i ? `hook:${item}:${i}` : `hook:${item}`, { x: left, y: level - 4, w: 12, h: 8, r: exclusive ? 0 : 4,
			cls: `hook ${exclusive ? "exclusive" : ""} ${lit.has(`hook:${item}`) ? "lit" : ""}` });
	}
}

function drawTarget(view, item, y) {
	const { scene, instance, recording, say, lit, time } = view;
	const what = recording.what(item, time) || "…";
	const socket = instance.sockets.get(item);
	const texts = [[9, socket ? 15 : 21, clipped(what, 38), what.length > 33 ? "tiny" : "small"]];
	if (socket) {
		const [state, receive, send] = socket;
		const listens = /listen/i.test(state);
		texts.push([9, 28, clipped(say(listens ? "listen" : "socket", { state: visible(state), receive, send }), 40), "tiny dim"]);
	}
	scene.box(`target:${item}`, { x: RIGHT.x + RIGHT.w - ROW.target, y, w: ROW.target, h: ROW.h, r: 3, texts,
		cls: `target ${lit.has(`target:${item}`) ? "lit" : ""}`, title: what });
}
