// SPDX-License-Identifier: MIT
"use strict";
// Other steps than the next: of a kind, of a descriptor, of one event's way.

// The first position behind (or before) `at` whose step satisfies; 0 if there is none.
function findStep(recording, at, direction, satisfies) {
	for (let step = at - 1 + direction; step >= 0 && step < recording.steps.length; step += direction)
		if (satisfies(step))
			return step + 1;
	return 0;
}

function isArrival(recording, step) {
	const kind = recording.kind(step);
	return (kind === "notify" || kind === "queue") && ["queued", "overflowed", "posted"].includes(recording.field(step, "outcome"));
}

// The way of the event that the step at `at` is part of: [{kind, step}], from its arrival to the return of the WAIT.
function wayOfEvent(recording, at) {
	const step = at - 1;
	const item = step >= 0 ? recording.field(step, "item") : 0;
	let arrival = step >= 0 && item && findStep(recording, at + 1, -1,
		(each) => isArrival(recording, each) && recording.field(each, "item") === item) - 1;
	if (!item || arrival < 0)
		arrival = findStep(recording, Math.max(0, at - 1), 1, (each) => isArrival(recording, each)) - 1;
	if (arrival < 0)
		return null;
	return { item: recording.field(arrival, "item"), fd: recording.field(arrival, "fd"), steps: wayFrom(recording, arrival) };
}

// The way of the last event of an item, or of its next one.
function wayOfItem(recording, at, item) {
	const arrives = (step) => isArrival(recording, step) && recording.field(step, "item") === item;
	const arrival = findStep(recording, at + 1, -1, arrives) || findStep(recording, at, 1, arrives);
	return arrival ? wayOfEvent(recording, arrival) : null;
}

function wayFrom(recording, arrival) {
	const way = [{ kind: recording.kind(arrival), step: arrival }];
	const item = recording.field(arrival, "item");
	const instance = recording.instance(arrival);
	const after = (from, satisfies) => findStep(recording, from + 1, 1,
		(step) => recording.instance(step) === instance && satisfies(step)) - 1;
	const sleeper = recording.sleeper(arrival);
	if (sleeper) {
		const woken = after(arrival, (step) => recording.kind(step) === "woken" && recording.thread(step) === sleeper);
		if (woken >= 0)
			way.push({ kind: "woken", step: woken });
	}
	// The program takes it, which has no step.
	if (recording.field(arrival, "outcome") === "posted")
		return way;
	const poll = after(arrival, (step) => recording.field(step, "item") === item &&
		["poll", "unlink"].includes(recording.kind(step)));
	if (poll < 0 || recording.kind(poll) !== "poll")
		return way;
	const thread = recording.thread(poll);
	const scan = findStep(recording, poll + 1, -1, (step) => recording.kind(step) === "scan_begin" && recording.thread(step) === thread) - 1;
	if (scan > arrival)
		way.push({ kind: "scan_begin", step: scan });
	way.push({ kind: "poll", step: poll });
	let last = poll;
	for (const kind of ["deliver", "scan_end", "wait_end"]) {
		const step = after(last, (each) => recording.thread(each) === thread && (recording.kind(each) === kind ||
			recording.kind(each) === "wait_end") && (kind !== "deliver" || recording.field(each, "item") === item ||
			recording.kind(each) === "wait_end"));
		if (step < 0 || recording.kind(step) !== kind)
			continue;
		way.push({ kind, step });
		last = step;
	}
	return way.sort((a, b) => a.step - b.step);
}
