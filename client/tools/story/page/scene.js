// SPDX-License-Identifier: MIT
"use strict";
// A picture of boxes, lines and arrows with keys: from one step to the next, only what has changed is touched.

const MOTION_MS = 260;

function svgElement(name, attributes = {}, text) {
	const element = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const attribute in attributes)
		element.setAttribute(attribute, attributes[attribute]);
	if (text !== undefined)
		element.textContent = text;
	return element;
}

class Scene {
	constructor(svg, onChoose) {
		this.svg = svg;
		this.layers = {};
		const head = svg.appendChild(svgElement("defs")).appendChild(svgElement("marker",
			{ id: "head", viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 11, markerHeight: 11, markerUnits: "userSpaceOnUse", orient: "auto" }));
		head.appendChild(svgElement("path", { d: "M0,0.5L8,4L0,7.5z" }));
		for (const name of ["ground", "arrows", "lines", "boxes"])
			this.layers[name] = svg.appendChild(svgElement("g", { class: name }));
		this.shown = new Map();
		this.next = new Map();
		svg.addEventListener("click", (event) => {
			const chosen = event.target.closest("[data-choice]");
			if (chosen)
				onChoose(chosen.dataset.choice);
		});
	}

	// A box: x, y, w, h, cls; texts: [x, y, text, class, anchor]; title; choice: what a click chooses;
	// from: keys of boxes, where it comes from if it is new; layer: "ground" is below all lines. Without `w`, only texts.
	box(key, spec) {
		spec.layer = spec.layer || "boxes";
		this.next.set(key, spec);
	}

	line(key, d, cls) {
		this.next.set(key, { layer: "lines", d, cls });
	}

	arrow(key, points) {
		this.next.set(key, { layer: "arrows", d: roundedPath(points), cls: "arrow" });
	}

	// A box of this picture, undefined if it is not in it.
	find(key) {
		return this.next.get(key);
	}

	commit(animate) {
		for (const [key, entry] of this.shown)
			if (!this.next.has(key)) {
				entry.element.remove();
				this.shown.delete(key);
			}
		const before = animate && new Map([...this.shown].map(([key, entry]) => [key, entry.spec]));
		for (const [key, spec] of this.next)
			this.update(key, spec, before);
		this.next = new Map();
	}

	update(key, spec, before) {
		let entry = this.shown.get(key);
		const isNew = !entry;
		if (isNew) {
			const element = svgElement(spec.d === undefined ? "g" : "path", { "data-key": key });
			this.layers[spec.layer].appendChild(element);
			entry = { element };
			this.shown.set(key, entry);
		}
		const old = entry.spec;
		entry.spec = spec;
		if (!old || old.cls !== spec.cls)
			entry.element.setAttribute("class", spec.cls || "");
		if (spec.d === undefined)
			this.updateBox(entry, old, spec, before);
		else
			this.updatePath(entry, old, spec, before);
	}

	updateBox(entry, old, spec, before) {
		const content = JSON.stringify([spec.w, spec.h, spec.r, spec.texts, spec.title, spec.choice, spec.marks]);
		if (entry.content !== content) {
			entry.content = content;
			drawBox(entry.element, spec);
		}
		if (old && old.x === spec.x && old.y === spec.y)
			return;
		entry.element.setAttribute("transform", `translate(${spec.x},${spec.y})`);
		if (!before)
			return;
		const origin = old || (spec.from || []).map((key) => before.get(key) || this.shown.get(key)?.spec).find(Boolean);
		if (origin && origin.x !== undefined)
			glide(entry.element, origin, spec);
		else if (!old)
			entry.element.animate([{ opacity: 0 }, { opacity: 1 }], MOTION_MS);
	}

	updatePath(entry, old, spec, before) {
		if (old && old.d === spec.d && spec.layer !== "arrows")
			return;
		entry.element.setAttribute("d", spec.d);
		if (!before)
			return;
		if (spec.layer === "arrows") {
			entry.element.setAttribute("pathLength", 1);
			entry.element.animate([{ strokeDasharray: "0 1" }, { strokeDasharray: "1 0" }],
				{ duration: MOTION_MS, easing: "ease-in-out" });
		} else if (spec.cls !== "guide") {
			entry.element.animate([{ opacity: 0 }, { opacity: 1 }], MOTION_MS);
		}
	}
}

function glide(element, from, to) {
	element.animate([{ transform: `translate(${from.x}px,${from.y}px)` }, { transform: `translate(${to.x}px,${to.y}px)` }],
		{ duration: MOTION_MS, easing: "cubic-bezier(.3,0,.2,1)" });
}

function drawBox(element, spec) {
	const parts = [];
	if (spec.title)
		parts.push(svgElement("title", {}, spec.title));
	if (spec.w)
		parts.push(svgElement("rect", { width: spec.w, height: spec.h, rx: spec.r ?? 5 }));
	for (const [name, attributes] of spec.marks || [])
		parts.push(svgElement(name, attributes));
	for (const [x, y, text, cls = "", anchor = "start"] of spec.texts || [])
		parts.push(svgElement("text", { x, y, class: cls, "text-anchor": anchor }, text));
	if (spec.choice !== undefined)
		element.dataset.choice = spec.choice;
	element.replaceChildren(...parts);
}

// Straight from point to point, with round corners.
function roundedPath(points) {
	const path = d3.path();
	path.moveTo(...points[0]);
	for (let i = 1; i < points.length - 1; i++) {
		const radius = Math.min(8, ...[points[i - 1], points[i + 1]].map(([x, y]) => Math.hypot(x - points[i][0], y - points[i][1]) / 2));
		path.arcTo(...points[i], ...points[i + 1], radius);
	}
	path.lineTo(...points[points.length - 1]);
	return path.toString();
}
