// SPDX-License-Identifier: MIT
"use strict";
// What a step did and why, without words: fragments, each the key of a phrase in words_en.js and words_zh.js with its
// values. Both languages get the same fragments, so they tell the same.

// Where module/ does it.
const PLACES = {
	create: ["instance.c", "myep_create"],
	release: ["instance.c", "myep_instance_release"],
	ring: ["ring_file.c", "myep_ring_set"],
	post: ["ring.h", "myep_post_locked"],
	take_back: ["ring.c", "myep_take_back_locked"],
	ctl: ["ctl.c", "myep_ctl"],
	"ctl entry": ["change.c", "myep_change_one"],
	change_begin: ["change.c", "myep_change_all"],
	change_end: ["change.c", "myep_ioc_change"],
	link: ["item.c", "myep_link"],
	modify: ["ctl.c", "myep_modify"],
	hook: ["callback.c", "myep_queue_proc"],
	queue: ["wake.c", "myep_queue_and_wake"],
	notify: ["callback.c", "myep_notify"],
	"notify queued": ["ready.h", "myep_set_ready_locked"],
	wait: ["wait.c", "myep_wait"],
	sleep: ["wait.c", "myep_sleep"],
	woken: ["wait.c", "myep_sleep"],
	"woken by": ["wait.c", "myep_autoremove_wake"],
	scan_begin: ["ready.h", "myep_scan_begin"],
	poll: ["target.h", "myep_item_poll"],
	"poll dropped": ["deliver.c", "myep_scan_fill"],
	deliver: ["deliver.c", "myep_scan_settle"],
	scan_end: ["ready.h", "myep_scan_end"],
	"scan asked": ["deliver.c", "myep_any_ready"],
	"notify nested": ["wake.h", "myep_wake_pollers"],
	"scan_end arrivals": ["ready.c", "myep_add_arrivals_locked"],
	wait_end: ["wait.c", "myep_wait"],
	"unlink DEL": ["lifetime.c", "myep_remove_held"],
	"unlink instance closed": ["lifetime.c", "myep_release_items"],
	"unlink target closed": ["lifetime.c", "myep_remove_watches"],
	wake: ["wake.h", "myep_wake_sleeper_locked"],
	"scan_end wake": ["wake.h", "myep_wake_if_ready_locked"],
};

class Explanation {
	constructor() {
		this.what = [];
		this.why = [];
		this.places = [];
	}

	did(phrase, values = {}) {
		this.what.push([phrase, values]);
		return this;
	}

	because(phrase, values = {}) {
		this.why.push([phrase, values]);
		return this;
	}

	at(...places) {
		this.places.push(...places.map((place) => PLACES[place]));
		return this;
	}
}

// The fragments for a step; the cursor stands anywhere and is moved to behind it.
function explain(recording, cursor, step) {
	const before = cursor.to(step);
	const number = recording.instance(step);
	const was = before.instances.get(number) || new InstanceState(number);
	const field = (name) => recording.field(step, name);
	const item = was.items.get(field("item"));
	const context = {
		recording, step, field, was, item, explanation: new Explanation(),
		caller: before.threads.get(recording.thread(step)) || IDLE_THREAD,
		known: was.known && before.threads.has(recording.thread(step)),
		before: { ready: was.ready.length, overflow: was.overflow.length, delivered: was.delivered.length,
			sleepers: was.sleepers.length, items: was.items.size, scanning: was.scanning,
			isReady: was.ready.includes(field("item")), isOverflowed: was.overflow.includes(field("item")) },
		name: (thread) => recording.threadName(thread, recording.time(step)),
	};
	context.thread = context.name(recording.thread(step));
	context.now = cursor.to(step + 1).instance(number);
	EXPLAIN[recording.kind(step)]?.(context);
	if (!was.known && recording.kind(step) !== "create")
		context.explanation.because("unknown");
	if (recording.full !== undefined && step === recording.steps.length - 1)
		context.explanation.because("full");
	return context.explanation;
}

// Who is woken by an arrival or the end of a scan.
function explainWake({ explanation, field, name, before, now }, arrived) {
	const sleeper = field("sleeper");
	if (sleeper) {
		explanation.did("wake", { sleeper: name(sleeper) });
		if (before.sleepers > 1)
			explanation.because("wake first", { sleepers: before.sleepers });
	} else if (["posted", "merged"].includes(field("outcome"))) {
		explanation.because("wake nobody ring");
	} else if (arrived && now.known) {
		explanation.because("wake nobody");
	}
}

function explainTimeout(explanation, timeout) {
	if (timeout < 0)
		explanation.did("wait for ever");
	else if (timeout === 0)
		explanation.did("wait not");
	else
		explanation.did("wait until", { timeout: duration(timeout) });
}

const EXPLAIN = {
	create({ explanation, thread, recording, step, field }) {
		explanation.did("create", { thread, instance: recording.instance(step), fd: field("fd") }).because("create")
			.at("create");
	},
	release({ explanation, recording, step, before, now }) {
		explanation.did("release", { instance: recording.instance(step) }).at("release");
		if (now.known)
			explanation.because("release", { items: before.items });
	},
	ring({ explanation, thread, recording, step, field }) {
		const slots = field("slots");
		explanation.did("ring", { thread, instance: recording.instance(step), slots, fd: field("fd") }).at("ring");
		if (slots)
			explanation.because("ring");
		else
			explanation.because("ring header");
	},
	post({ explanation, field, was, item }) {
		const number = field("seq");
		const values = { number, fd: field("fd"), events: eventNames(field("events")), data: dataText(field("data")) };
		explanation.at("post");
		if (was.posts.some((post) => post.number === number))
			explanation.did("post more", values).because("post more");
		else
			explanation.did("post", values).because("post");
		if (item && hasBits(item.events, EPOLLONESHOT))
			explanation.did("post disabled").because("deliver disabled");
	},
	take_back({ explanation, field }) {
		explanation.did("take_back", { number: field("seq"), fd: field("fd") }).because("take_back").at("take_back");
	},
	ctl({ explanation, thread, field, caller }) {
		const values = { thread, op: field("op"), fd: field("fd") };
		const result = field("result");
		const isEntry = caller.call === "change";
		explanation.at(isEntry ? "ctl entry" : "ctl");
		if (!result) {
			if (isEntry)
				explanation.did("ctl entry", values);
			else
				explanation.did("ctl", values);
			explanation.because(`ctl ${field("op")}`);
			return;
		}
		const error = errnoName(result);
		if (isEntry)
			explanation.did("ctl entry failed", Object.assign(values, { error }));
		else
			explanation.did("ctl failed", Object.assign(values, { error }));
		if (`why ctl ${error}` in PHRASES.en)
			explanation.because(`ctl ${error}`);
	},
	change_begin({ explanation, thread, recording, step, field }) {
		explanation.did("change_begin", { thread, instance: recording.instance(step), count: field("count") })
			.because("change_begin").at("change_begin");
	},
	change_end({ explanation, thread, field, recording, step, caller }) {
		const result = field("result");
		explanation.did("change_end", { thread, tried: field("tried") }).at("change_end");
		if (result)
			explanation.did("change_end failed", { error: errnoName(result) }).because(`change_end ${errnoName(result)}`);
		else if (caller.call === "change" && recording.field(caller.since, "maxevents"))
			explanation.because("change_end wait");
	},
	link({ explanation, field, before, was }) {
		explanation.did("link", { fd: field("fd"), events: interestNames(field("events")), data: dataText(field("data")) });
		if (was.known && !was.partial)
			explanation.because("link number", { number: before.items + 1 });
		explanation.because("link").at("link");
	},
	modify({ explanation, field, item }) {
		explanation.did("modify", { fd: field("fd"), events: interestNames(field("events")), data: dataText(field("data")) });
		if (item && item.disabled)
			explanation.because("modify arms");
		else if (item)
			explanation.because("modify from", { events: interestNames(item.events) });
		explanation.because("modify").at("modify");
	},
	hook({ explanation, field }) {
		explanation.did("hook", { fd: field("fd"), hook: field("hook") }).because("hook").at("hook");
		if (field("exclusive"))
			explanation.because("hook exclusive");
	},
	queue(context) {
		const { explanation, field, caller } = context;
		const outcome = field("outcome");
		const queued = outcome === "queued";
		const isOnRing = outcome === "posted" || outcome === "merged";
		const phrase = queued ? "queue" : isOnRing ? "queue posted" : outcome === "disabled" ? "queue disabled" : "queue already";
		explanation.did(phrase, { fd: field("fd") }).at("queue");
		if (isOnRing)
			explanation.because("queue posted");
		else if (outcome === "disabled")
			explanation.because("queue disabled");
		else if (queued)
			explanation.because(caller.call === "wait" ? "queue write failed" : "queue");
		explainWake(context, queued || isOnRing);
	},
	notify(context) {
		const { explanation, field, before, now, was, item, name, recording, step, thread } = context;
		const key = field("key");
		const outcome = field("outcome");
		const source = ["notify task", "notify softirq", "notify hardirq"][recording.context(step)];
		explanation.did(source, { thread, cpu: recording.cpu(step), fd: field("fd") }).at("notify");
		explanation.did(key ? "notify key" : "notify no key", { key: eventNames(key) });
		const nested = recording.nested.get(field("item"));
		if (nested)
			explanation.because("notify nested", { instance: nested }).at("notify nested");
		if (outcome === "queued") {
			explanation.did("notify queued").at("notify queued");
			if (now.known)
				explanation.because("notify queued", { ready: now.ready.length });
		} else if (outcome === "overflowed") {
			explanation.did("notify overflowed").at("notify queued");
			explanation.because("notify overflowed", { thread: name(before.scanning) });
		} else if (outcome === "already queued") {
			explanation.did("notify already");
			explanation.because(before.scanning ? "notify already overflowed" : "notify already");
		} else if (outcome === "posted" || outcome === "merged") {
			explanation.did(outcome === "posted" ? "notify posted" : "notify merged").because("notify posted");
		} else if (outcome === "unwanted") {
			explanation.did("notify nothing");
			explanation.because("notify unwanted", { events: item ? interestNames(item.events) : "?" });
		} else {
			explanation.did("notify nothing").because(was.known && item && !hasBits(item.events, EPOLLONESHOT) ?
				"notify disabled late" : "notify disabled");
		}
		if (field("sleeper"))
			explanation.at("wake");
		explainWake(context, ["queued", "overflowed", "posted", "merged"].includes(outcome));
	},
	wait({ explanation, thread, field, recording, step, before, now }) {
		const timeout = field("timeout_ns");
		explanation.did("wait", { thread, instance: recording.instance(step), room: field("maxevents") }).at("wait");
		explainTimeout(explanation, timeout);
		if (!now.known)
			return;
		if (before.ready || before.overflow || before.scanning)
			explanation.because("wait ready", { ready: before.ready });
		else
			explanation.because(timeout === 0 ? "wait empty at once" : "wait empty");
	},
	sleep({ explanation, thread, now }) {
		explanation.did("sleep", { thread }).because("sleep").at("sleep");
		if (now.known && now.sleepers.length > 1)
			explanation.because("sleep among", { sleepers: now.sleepers.length });
	},
	woken({ explanation, thread, field, recording, step, caller }) {
		const why = field("why");
		const slept = caller.since >= 0 && recording.kind(caller.since) === "sleep" ?
			recording.time(step) - recording.time(caller.since) : -1;
		explanation.did(slept < 0 ? "woken" : "woken after", { thread, time: duration(slept) }).at("woken");
		if (why === "timeout" || why === "signal")
			explanation.because(`woken ${why}`);
		else if (caller.wokenBy >= 0)
			explanation.because("woken by", { step: caller.wokenBy + 1 }).at("woken by");
		else
			explanation.because("woken woken").at("woken by");
	},
	scan_begin({ explanation, thread, before, now, known, caller, was }) {
		explanation.did("scan", { thread }).at("scan_begin");
		if (now.known)
			explanation.did("scan takes", { ready: before.ready });
		// Not a WAIT on this instance.
		if (known && (caller.call !== "wait" || caller.instance !== was.number))
			explanation.because("scan asked").at("scan asked");
		else
			explanation.because("scan");
	},
	poll({ explanation, thread, field, item }) {
		const values = { thread, fd: field("fd"), ready: eventNames(field("ready")) };
		explanation.at("poll");
		if (field("ready")) {
			explanation.did("poll ready", values).because("poll ready");
			return;
		}
		explanation.did("poll nothing", values).at("poll dropped");
		if (item)
			explanation.because(hasBits(item.events, EPOLLET | EPOLLONESHOT) ? "poll gone" : "poll level gone");
	},
	deliver({ explanation, thread, field }) {
		const fate = field("fate");
		explanation.did("deliver", { thread, fd: field("fd"), data: dataText(field("data")) });
		explanation.did(`deliver ${fate}`).because(`deliver ${fate}`).at("deliver");
	},
	scan_end(context) {
		const { explanation, before, now, field } = context;
		explanation.did("scan_end").at("scan_end");
		if (now.known) {
			explanation.did("scan_end ready", { ready: now.ready.length });
			if (before.overflow)
				explanation.because("scan_end arrivals", { arrivals: before.overflow }).at("scan_end arrivals");
			if (before.delivered)
				explanation.because("scan_end stays", { stays: before.delivered });
			if (!now.ready.length)
				explanation.because("scan_end empty");
		}
		if (field("sleeper"))
			explanation.because("scan_end wake").at("scan_end wake");
		explainWake(context, now.ready.length > 0);
	},
	wait_end({ explanation, thread, field, was }) {
		const result = field("result");
		explanation.at("wait_end");
		if (result > 0)
			explanation.did("wait_end", { thread, events: result }).because("wait_end");
		else if (!result && was.slots !== null)
			explanation.did("wait_end nothing", { thread, result }).because("wait_end ring");
		else if (!result)
			explanation.did("wait_end nothing", { thread, result }).because("wait_end nothing");
		else
			explanation.did("wait_end failed", { thread, error: errnoName(result) });
		if (result === -4)
			explanation.because("wait_end EINTR");
		else if (result === -14)
			explanation.because("wait_end EFAULT");
	},
	unlink({ explanation, field, before }) {
		const why = field("why");
		explanation.did("unlink", { fd: field("fd") }).because(`unlink ${why}`).at(`unlink ${why}`);
		if (before.isReady)
			explanation.because("unlink ready");
	},
};

function dataText(data) {
	return data === "" || data === undefined ? "…" : data;
}
