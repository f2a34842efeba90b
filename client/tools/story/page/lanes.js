// SPDX-License-Identifier: MIT
"use strict";
// Time: a lane for each processor and context, thread and instance, on a canvas. Steps that fall on one pixel are drawn
// once, so the cost depends on the width and not on the number of steps. The cursor is an element of its own.

const MOST_LANES = 28;
const FEW_STEPS = 400;
// Colours of steps, spans and marks; the help panel explains them.
const LANE_SIGNS = ["notify", "sleep", "wake", "scan", "deliver", "call", "other-step", "asleep", "in-wait", "scanned", "agrees", "gap"];
const KIND_COLOURS = {
	notify: "--notify", queue: "--notify", sleep: "--sleep", woken: "--wake", deliver: "--deliver", wait: "--call",
	wait_end: "--call", change_begin: "--call", change_end: "--call", scan_begin: "--scan", scan_end: "--scan", poll: "--scan",
};

class Lanes {
	constructor(canvas, cursor, recording, { onStep, say }) {
		Object.assign(this, { canvas, cursor, recording, onStep, say });
		// In a short story each step should be seen, even if most of the time is spent asleep.
		this.byTime = recording.steps.length > FEW_STEPS;
		this.at = 0;
		this.zoom = d3.zoom().filter(() => !d3.event.button).on("zoom", () => {
			const { transform, sourceEvent } = d3.event;
			this.transform = transform;
			if (sourceEvent?.type === "mousemove")
				canvas.parentElement.scrollTop -= sourceEvent.movementY;
			this.drawSoon();
		});
		this.transform = d3.zoomIdentity;
		this.layOut();
		d3.select(canvas).call(this.zoom).on("dblclick.zoom", null).on("click", () => this.click());
	}

	// The lanes, the spans on them, and on which lanes a step is drawn.
	layOut() {
		const { recording } = this;
		const count = recording.steps.length;
		const busy = { cpus: new Map(), threads: new Map(), instances: new Map() };
		const increase = (map, key) => map.set(key, (map.get(key) || 0) + 1);
		for (let step = 0; step < count; step++) {
			increase(busy.cpus, recording.cpu(step) * 3 + recording.context(step));
			if (recording.thread(step))
				increase(busy.threads, recording.thread(step));
			increase(busy.instances, recording.instance(step));
		}
		this.lanes = [];
		const index = { cpus: new Map(), threads: new Map(), instances: new Map() };
		const add = (group, key, lane) => {
			index[group].set(key, this.lanes.length);
			this.lanes.push(Object.assign(lane, { group }));
		};
		for (const key of [...busy.cpus.keys()].sort(d3.ascending).slice(0, 12))
			add("cpus", key, { cpu: Math.floor(key / 3), context: key % 3 });
		for (const key of [...busy.instances.keys()].sort(d3.ascending).slice(0, 6))
			add("instances", key, { instance: key });
		const room = MOST_LANES - this.lanes.length;
		const threads = [...busy.threads].sort((a, b) => b[1] - a[1]).map(([thread]) => thread);
		for (const key of threads.slice(0, room - 1).sort(d3.ascending))
			add("threads", key, { thread: key });
		if (threads.length > room - 1) {
			for (const key of threads.slice(room - 1))
				index.threads.set(key, this.lanes.length);
			this.lanes.push({ group: "threads" });
		}
		this.index = index;
		this.findSpans();
		this.measure();
	}

	// Steps are almost in the order of time: each is between the latest before it and the earliest behind it.
	measure() {
		const times = this.times = Float64Array.from(this.recording.steps, (values) => values[0]);
		const count = times.length;
		this.latest = times.slice();
		this.earliest = times.slice();
		for (let step = 1; step < count; step++)
			this.latest[step] = Math.max(this.latest[step], this.latest[step - 1]);
		for (let step = count - 1; step-- > 0;)
			this.earliest[step] = Math.min(this.earliest[step], this.earliest[step + 1]);
		this.begin = count ? this.earliest[0] : 0;
		this.end = count ? Math.max(this.latest[count - 1], this.begin + 1) : 1;
	}

	// The steps that can be between two values of the axis.
	range(from, to) {
		if (!this.byTime)
			return [Math.max(0, Math.floor(from)), Math.min(this.times.length, Math.ceil(to) + 1)];
		return [d3.bisectLeft(this.latest, from), d3.bisectRight(this.earliest, to)];
	}

	// When a thread was in WAIT or asleep, and when an instance was scanned.
	findSpans() {
		const { recording, index } = this;
		const open = new Map();
		this.spans = [];
		const begin = (key, lane, cls, step) => {
			end(key, step);
			if (lane !== undefined)
				open.set(key, { lane, cls, from: step });
		};
		const end = (key, step) => {
			const span = open.get(key);
			if (span)
				this.spans.push(Object.assign(span, { to: step }));
			open.delete(key);
		};
		for (let step = 0; step < recording.steps.length; step++) {
			const thread = recording.thread(step);
			const lane = index.threads.get(thread);
			switch (recording.kind(step)) {
			case "wait": begin(`t${thread}`, lane, "--in-wait", step); break;
			case "sleep": begin(`t${thread}`, lane, "--asleep", step); break;
			case "woken": begin(`t${thread}`, lane, "--in-wait", step); break;
			case "wait_end": end(`t${thread}`, step); break;
			case "scan_begin": begin(`i${recording.instance(step)}`, index.instances.get(recording.instance(step)), "--scanned", step); break;
			case "scan_end": end(`i${recording.instance(step)}`, step); break;
			}
		}
		for (const key of [...open.keys()])
			end(key, recording.steps.length - 1);
	}

	resize() {
		const ratio = window.devicePixelRatio || 1;
		const { clientWidth, clientHeight } = this.canvas.parentElement;
		this.unit = parseFloat(getComputedStyle(document.documentElement).fontSize);
		this.left = 9.5 * this.unit;
		this.top = (this.recording.plan.gaps.length ? 1.1 : 0.7) * this.unit;
		// Readable; if there is no room for all, one scrolls.
		this.pitch = Math.max(0.95 * this.unit, Math.min(1.4 * this.unit, (clientHeight - this.top) / this.lanes.length));
		this.width = clientWidth;
		this.height = Math.max(clientHeight, Math.floor(this.top + this.pitch * this.lanes.length));
		this.canvas.style.height = this.cursor.style.height = `${this.height}px`;
		this.canvas.width = Math.round(clientWidth * ratio);
		this.canvas.height = Math.round(this.height * ratio);
		this.ratio = ratio;
		this.zoom.extent([[this.left, 0], [this.width - 8, this.height]]).translateExtent([[this.left, 0], [this.width - 8, this.height]])
			.scaleExtent([1, Math.max(1, this.recording.steps.length * 4)]);
		this.draw();
	}

	setAxis(byTime) {
		this.byTime = byTime;
		d3.select(this.canvas).call(this.zoom.transform, d3.zoomIdentity);
	}

	zoomBy(factor) {
		const x = Math.max(this.left, Math.min(this.width, this.cursorX()));
		if (factor)
			d3.select(this.canvas).call(this.zoom.scaleBy, factor, [x, 0]);
		else
			d3.select(this.canvas).call(this.zoom.transform, d3.zoomIdentity);
	}

	scale() {
		const base = d3.scaleLinear().domain(this.byTime ? [this.begin, this.end] : [0, Math.max(1, this.recording.steps.length)])
			.range([this.left, this.width - 8]);
		return this.transform.rescaleX(base);
	}

	value(step) {
		return this.byTime ? this.times[step] : step;
	}

	cursorX() {
		return this.scale()(this.at ? this.value(this.at - 1) : this.byTime ? this.begin : 0);
	}

	// The cursor moves; the lanes are drawn again only if it would leave them.
	goTo(at) {
		this.at = at;
		const x = this.cursorX();
		if (this.transform.k > 1 && (x < this.left || x > this.width - 8)) {
			const middle = (this.left + this.width) / 2;
			d3.select(this.canvas).call(this.zoom.translateBy, (middle - x) / this.transform.k, 0);
		}
		this.placeCursor();
	}

	placeCursor() {
		const x = this.cursorX();
		this.cursor.style.transform = `translateX(${Math.round(x * 10) / 10}px)`;
		this.cursor.hidden = !this.lanes.length || x < this.left - 1 || x > this.width;
	}

	drawSoon() {
		if (!this.frame)
			this.frame = requestAnimationFrame(() => this.draw());
	}

	draw() {
		cancelAnimationFrame(this.frame);
		this.frame = 0;
		const style = getComputedStyle(document.documentElement);
		const colours = new Map();
		this.colour = (name) => {
			if (!colours.has(name))
				colours.set(name, style.getPropertyValue(name).trim());
			return colours.get(name);
		};
		const context = this.canvas.getContext("2d");
		context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		context.clearRect(0, 0, this.width, this.height);
		this.drawBackground(context);
		context.save();
		context.beginPath();
		context.rect(this.left, 0, this.width - this.left, this.height);
		context.clip();
		this.drawSpans(context);
		this.drawSteps(context);
		this.drawMarks(context);
		context.restore();
		this.placeCursor();
	}

	laneName(lane) {
		const { say } = this;
		if (lane.cpu !== undefined)
			return say(["lane cpu", "lane softirq", "lane hardirq"][lane.context], { cpu: lane.cpu });
		if (lane.instance !== undefined)
			return say("lane instance", { instance: lane.instance });
		return lane.thread === undefined ? say("lane others") :
			clippedName(this.recording.task(lane.thread, Infinity).name, lane.thread, 17);
	}

	drawBackground(context) {
		const size = Math.min(0.78 * this.unit, this.pitch - 1);
		context.font = `${size}px system-ui, "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif`;
		context.textBaseline = "middle";
		context.textAlign = "right";
		this.lanes.forEach((lane, i) => {
			const y = this.top + i * this.pitch;
			context.fillStyle = this.colour(lane.group === "instances" ? "--lane-other" : "--lane");
			context.fillRect(this.left, y, this.width - 8 - this.left, this.pitch - 1);
			context.fillStyle = this.colour("--dim");
			context.fillText(this.laneName(lane), this.left - 8, y + this.pitch / 2);
		});
	}

	drawSpans(context) {
		const scale = this.scale();
		const ends = new Float64Array(this.lanes.length).fill(-1);
		for (const { lane, cls, from, to } of this.spans) {
			const x0 = Math.max(this.left, scale(this.value(from))), x1 = Math.min(this.width, scale(this.value(to)));
			if (x1 < x0 || x1 - ends[lane] < 0.5)
				continue;
			ends[lane] = x1;
			context.fillStyle = this.colour(cls);
			context.fillRect(x0, this.top + lane * this.pitch, Math.max(0.5, x1 - x0), this.pitch - 1);
		}
	}

	drawSteps(context) {
		const { recording, index, lanes, width, pitch } = this;
		const scale = this.scale();
		const names = recording.kindNames.map((name) => KIND_COLOURS[name] || "--other-step");
		const colours = [...new Set(names)];
		const colour = names.map((name) => colours.indexOf(name));
		const columns = Math.ceil(width) + 1;
		const bins = new Uint8Array(lanes.length * columns); // which colours have a step there
		const mark = (lane, x, bit) => {
			if (lane !== undefined)
				bins[lane * columns + x] |= bit;
		};
		const [from, to] = this.range(scale.invert(this.left), scale.invert(width - 8));
		for (let step = from; step < to; step++) {
			const x = Math.round(scale(this.value(step)));
			if (x < this.left || x >= columns)
				continue;
			const values = recording.steps[step];
			const bit = 1 << colour[values[4]];
			mark(index.cpus.get(values[1] * 3 + values[2]), x, bit);
			if (values[3])
				mark(index.threads.get(values[3]), x, bit);
			mark(index.instances.get(values[5]), x, bit);
		}
		colours.forEach((name, i) => {
			context.fillStyle = this.colour(name);
			for (let lane = 0; lane < lanes.length; lane++)
				for (let x = 0; x < columns; x++)
					if (bins[lane * columns + x] & (1 << i))
						context.fillRect(x - 0.75, this.top + 1 + lane * pitch, 1.5, pitch - 3);
		});
	}

	// Where snapshots agree, and where events were lost.
	drawMarks(context) {
		const { recording } = this;
		const scale = this.scale();
		const place = (at) => scale(at ? this.value(Math.min(at, recording.steps.length) - 1) : this.scale().domain()[0]);
		context.fillStyle = this.colour("--agrees");
		for (const at of recording.compared.keys()) {
			const x = place(at);
			context.beginPath();
			context.moveTo(x - 4, 0);
			context.lineTo(x + 4, 0);
			context.lineTo(x, 0.65 * this.unit);
			context.fill();
		}
		context.fillStyle = this.colour("--gap");
		context.textAlign = "left";
		let free = 0;
		for (const [at, count] of recording.plan.gaps) {
			const x = place(at);
			context.fillRect(x, 0, 3, this.height);
			if (x < free)
				continue;
			const text = count === null ? this.say("gap unknown") : this.say("gap", { count });
			context.fillText(text, x + 6, this.top / 2);
			free = x + 12 + context.measureText(text).width;
		}
	}

	// The step nearest to the pointer.
	click() {
		if (d3.event.defaultPrevented)
			return;
		const [x] = d3.mouse(this.canvas);
		const value = this.scale().invert(x);
		let best = 0;
		for (let step = 0; step < this.recording.steps.length; step++)
			if (Math.abs(this.value(step) - value) < Math.abs(this.value(best) - value))
				best = step;
		if (x >= this.left && this.recording.steps.length)
			this.onStep(best + 1);
	}
}
