// SPDX-License-Identifier: MIT
"use strict";
// The picture, as tutorials draw it by hand: process and threads on the left, the instance in the middle, targets with
// their wait queues on the right, processors above them. All measures are in units of 1/1280 of its width.

const LEFT = { x: 12, w: 196 };
const MIDDLE = { x: 228, w: 556 };
const RIGHT = { x: 812, w: 450 };
const MARGIN = 10;

class Structures {
	constructor(svg, recording, onChoose) {
		this.svg = svg;
		this.recording = recording;
		this.scene = new Scene(svg, onChoose);
		this.height = 392;
	}

	resize() {
		const { clientWidth, clientHeight } = this.svg;
		this.height = Math.max(380, Math.round(1280 * clientHeight / Math.max(1, clientWidth)));
		this.svg.setAttribute("viewBox", `0 0 1280 ${this.height}`);
	}

	// The state after `at` steps; `chosen` is the number of the instance that is drawn large.
	draw({ state, at, chosen, followed, language, animate }) {
		const { recording, scene, height } = this;
		const step = at - 1;
		const instance = state.instances.get(chosen);
		const time = at ? recording.time(step) : 0;
		const view = {
			scene, recording, state, at, step, time, instance, height, language, followed,
			item: step >= 0 && recording.instance(step) === chosen ? recording.field(step, "item") : 0,
			say: (key, values) => phrase(language, key, values),
		};
		view.lit = instance ? litBy(view) : new Set();
		view.byInterest = instance ? itemsByInterest(view) : [];
		this.drawColumns(view);
		if (instance)
			drawFlow(view);
		scene.commit(animate);
	}

	drawColumns(view) {
		const top = drawInstances(view);
		if (view.instance) {
			drawInstance(view, top);
			drawTargets(view);
		}
		drawProcessors(view);
		drawThreads(view);
	}
}

// Other instances: small boxes, in one row.
function drawInstances(view) {
	const { scene, state, instance, say } = view;
	const all = [...state.instances.values()].sort((a, b) => a.number - b.number);
	if (all.length < 2)
		return MARGIN;
	const here = all.indexOf(instance);
	const entries = folded(all.length, 6, [here, here + 1, here - 1]);
	const width = (MIDDLE.w - 6 * (entries.length - 1)) / entries.length;
	entries.forEach(({ index, skipped }, i) => {
		const x = MIDDLE.x + i * (width + 6);
		if (skipped) {
			scene.box(`instances ${i}`, { x, y: MARGIN, cls: "note", texts: [[width / 2, 16, `⋯${grouped(skipped)}`, "dim", "middle"]] });
			return;
		}
		const each = all[index];
		const texts = [[8, 16, `#${each.number}`, "mono strong"]];
		const text = !each.open ? say("closed") : each.known ? `${grouped(each.items.size)} · ${grouped(each.ready.length)}` : "?";
		if (width > 60)
			texts.push([width - 8, 16, text, "mono dim", "end"]);
		scene.box(`instance:${each.number}`, {
			x, y: MARGIN, w: width, h: 24, texts, choice: `instance ${each.number}`,
			cls: `other ${each === instance ? "chosen" : ""} ${each.open ? "" : "gone"}`,
			title: `${say("instance", { instance: each.number })}: ${say("instance line",
				{ items: each.items.size, ready: each.ready.length })}`,
		});
	});
	return MARGIN + 34;
}

function drawInstance(view, top) {
	const { scene, instance, say, height } = view;
	const bottom = height - MARGIN;
	const { x, w } = MIDDLE;
	scene.box("instance", { x, y: top, w, h: bottom - top, r: 8, layer: "ground", cls: `card ${instance.open ? "" : "gone"}` });
	const fd = !instance.open ? `  ${say("closed")}` : instance.fd === null ? "" : `  fd ${instance.fd}`;
	scene.box("title", { x: x + 8, y: top, w: 0, h: 28, cls: "heading", texts: [[4, 20, "struct eventpoll", "mono strong"],
		[142, 20, `#${instance.number}${fd}`, "mono"]] });
	drawLocks(view, x + w - 12, top + 6);
	if (!instance.known) {
		const { lost } = view.state;
		const why = !lost ? say("not yet") : say(lost.count === null ? "lost some" : "lost", lost);
		const h = bottom - top - 50;
		scene.box("unknown", { x: x + 12, y: top + 38, w: w - 24, h, cls: "unknown",
			texts: [[w / 2 - 12, h / 2 - 12, why, "strong", "middle"],
				[w / 2 - 12, h / 2 + 10, lost ? say("unknown until") : "", "", "middle"]] });
		return;
	}
	drawLists(view, top + 34, bottom);
}

function drawLocks(view, right, y) {
	const { instance, say, lit } = view;
	const holder = instance.scanning || instance.editing;
	const mtx = holder ? say("held by", { thread: view.recording.threadName(holder, view.time) }) :
		lit.has("mtx") ? say("held here") : say("free");
	const width = (text) => d3.sum(Array.from(text), (c) => (c.codePointAt(0) < 0x2e80 ? 6.4 : 11.5));
	const pill = (key, text, end) => {
		const shown = clipped(text, 23);
		const left = 15 + 6.7 * key.length;
		const w = left + width(shown) + 9;
		view.scene.box(key, { x: end - w, y, w, h: 19, r: 9, title: `${key}: ${text}`,
			cls: `pill ${text === say("free") ? "" : "held"} ${lit.has(key) ? "lit" : ""}`,
			texts: [[9, 13.5, key, "mono strong small"], [left, 13.5, shown, "small"]] });
		return end - w - 8;
	};
	pill("mtx", mtx, pill("lock", lit.has("lock") ? say("held here") : say("free"), right));
}
