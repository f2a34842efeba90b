// SPDX-License-Identifier: MIT
"use strict";
// The state of all instances and threads, and how each step changes it: module/ready.h, deliver.c and ctl.c in short.
// Items and threads are immutable objects; maps are copied when they are written to and a copy of the state shares them.

class InstanceState {
	constructor(number) {
		this.number = number;
		this.fd = null;
		this.process = 0;
		this.open = true;
		this.slots = null; // of its ring; -1: not recorded
		this.forget();
	}

	forget() {
		this.known = false; // items and lists are what the module has
		this.partial = false; // known only for some of the items
		this.treeKnown = false;
		this.items = new Map();
		this.order = [];
		this.tree = new Map();
		this.ready = [];
		this.overflow = []; // newest first
		this.delivered = []; // by this scan, and stay ready
		this.posts = []; // events on the ring that may not have been taken yet, by number
		this.sleepers = []; // the first is woken next
		this.scanning = 0;
		this.editing = 0; // the thread whose CTL has begun to change the set
		this.sockets = new Map();
		this.socketsTime = 0;
		this.shared = false;
	}

	copy() {
		const copy = Object.assign(Object.create(InstanceState.prototype), this);
		for (const list of ["order", "ready", "overflow", "delivered", "posts", "sleepers"])
			copy[list] = this[list].slice();
		this.shared = copy.shared = true;
		return copy;
	}

	unshare() {
		if (!this.shared)
			return;
		this.items = new Map(this.items);
		this.tree = new Map(this.tree);
		this.shared = false;
	}

	setItem(item, changes) {
		this.unshare();
		const old = this.items.get(item) ||
			{ item, fd: null, events: 0, data: "", disabled: false, hooks: 0, exclusive: false };
		this.items.set(item, Object.assign({}, old, changes));
	}

	removeItem(item) {
		this.unshare();
		this.items.delete(item);
		this.tree.delete(item);
		for (const list of ["order", "ready", "overflow", "delivered"])
			remove(this[list], item);
		this.removePost(item);
	}

	removePost(item) {
		this.posts = this.posts.filter((post) => post.item !== item);
	}

	// What used the slot before has been taken.
	addPost({ item, number, events, data }) {
		const before = this.posts.find((post) => post.item === item && post.number === number);
		this.slots ??= -1;
		this.posts = this.posts.filter((post) => post.item !== item && (this.slots < 1 || post.number !== number - this.slots));
		const post = { item, number, events: before ? (before.events | events) >>> 0 : events, data };
		const later = this.posts.findIndex((each) => each.number > number);
		this.posts.splice(later < 0 ? this.posts.length : later, 0, post);
	}

	link(item, next, changes) {
		remove(this.order, item);
		this.setItem(item, changes);
		const position = next ? this.order.indexOf(next) : -1;
		if (position < 0)
			this.order.push(item);
		else
			this.order.splice(position, 0, item);
	}

	// module/ready.h: leftovers, arrivals (oldest first), then what was delivered and stays.
	endScan() {
		const stays = new Set(this.delivered);
		const ready = this.ready.filter((item) => !stays.has(item));
		const listed = new Set(this.ready);
		for (let i = this.overflow.length; i-- > 0;)
			if (!listed.has(this.overflow[i]))
				ready.push(this.overflow[i]);
		for (const item of this.ready)
			if (stays.has(item))
				ready.push(item);
		this.ready = ready;
		this.overflow = [];
		this.delivered = [];
		this.scanning = 0;
	}

	// A page of the snapshot that this instance's state comes from.
	readPage(page) {
		if (page.first) {
			const { sockets, socketsTime, holders } = this;
			this.forget();
			Object.assign(this, { sockets, socketsTime, holders, known: true, treeKnown: page.whole && !!page.items });
		}
		this.partial = !page.last || !page.items;
		this.unshare();
		const items = page.items || [];
		for (const [item, fd, events, data, flags, hooks] of items) {
			remove(this.order, item);
			this.order.push(item);
			this.setItem(item, { fd, events, data, hooks, disabled: (flags & 2) !== 0, exclusive: hasBits(events, 0x10000000) });
			if ((flags & 1) && !this.ready.includes(item))
				this.ready.push(item);
			if (flags & ITEM_POSTED)
				this.addPost({ item, number: -1, events: 0, data });
		}
		if (page.whole) {
			const positions = new Map(items.map((row) => [row[0], row[6]]));
			this.ready.sort((a, b) => positions.get(a) - positions.get(b));
			items.forEach(([item, , , , flags, , , parent], index) => this.tree.set(item, {
				parent: parent < 0 ? 0 : items[parent][0], side: parent < index ? 1 : 0, red: (flags & 4) !== 0,
			}));
		}
		if (page.sleepers)
			this.sleepers = page.sleepers.map(([thread]) => thread);
	}

	// Events that were taken, which has no step.
	readTaken(page) {
		for (const [item, , , , flags] of page.items || [])
			if (!(flags & ITEM_POSTED))
				this.removePost(item);
	}

	// What any snapshot says beside the state.
	readDetails(page) {
		if (page.holders && page.holders.length) {
			this.holders = page.holders;
			[this.process, this.fd] = page.holders[0];
		}
		if (page.sockets) {
			this.sockets = new Map(page.first ? [] : this.sockets);
			for (const [item, ...details] of page.sockets)
				this.sockets.set(item, details);
			this.socketsTime = page.to;
		}
	}
}

const ITEM_POSTED = 8;

function remove(list, value) {
	const index = list.indexOf(value);
	if (index >= 0)
		list.splice(index, 1);
}

const IDLE_THREAD = { mode: "running", call: "", instance: 0, since: -1, wokenBy: -1, delivered: 0 };

class State {
	constructor() {
		this.instances = new Map();
		this.threads = new Map();
		this.lost = null; // the gap after which not every instance is known again
	}

	copy() {
		const copy = new State();
		for (const [number, instance] of this.instances)
			copy.instances.set(number, instance.copy());
		copy.threads = new Map(this.threads);
		copy.lost = this.lost;
		return copy;
	}

	instance(number) {
		if (!this.instances.has(number))
			this.instances.set(number, new InstanceState(number));
		return this.instances.get(number);
	}

	setThread(thread, changes) {
		if (thread)
			this.threads.set(thread, Object.assign({}, this.threads.get(thread) || IDLE_THREAD, changes));
	}

	loseAll(count) {
		this.lost = { count };
		this.threads.clear();
		for (const instance of this.instances.values())
			instance.forget();
	}

	readPage(page, { base, agrees }) {
		const instance = this.instance(page.instance);
		if (base) {
			instance.readPage(page);
			for (const thread of instance.sleepers)
				this.setThread(thread, { mode: "sleeping", call: "wait", instance: page.instance });
			if (page.last && this.lost && [...this.instances.values()].every((each) => each.known || !each.open))
				this.lost = null;
		} else if (agrees) {
			instance.readTaken(page);
		}
		instance.readDetails(page);
	}

	apply(recording, step) {
		const instance = this.instance(recording.instance(step));
		const thread = recording.thread(step);
		const kind = recording.kind(step);
		if (thread && !this.threads.has(thread))
			this.setThread(thread, {});
		if (instance.editing && instance.editing === thread && !EDITS.has(kind))
			instance.editing = 0;
		if (thread && EDITS.has(kind) && (kind !== "unlink" || recording.field(step, "why") === "DEL"))
			instance.editing = thread;
		CHANGES[kind]?.(this, instance, (name) => recording.field(step, name), thread, step);
		if (kind === "link" && !recording.treeChanges.has(step))
			instance.treeKnown = false;
		for (const [item, parent, side, red] of recording.treeChanges.get(step) || []) {
			instance.unshare();
			instance.tree.set(item, { parent, side, red: !!red });
		}
	}

	wake(instance, thread, step) {
		if (!thread)
			return;
		remove(instance.sleepers, thread);
		this.setThread(thread, { mode: "woken", instance: instance.number, call: "wait", wokenBy: step });
	}
}

const EDITS = new Set(["link", "hook", "modify", "queue", "unlink"]);

// Of an arrival: by the callback, or by an ADD, a MOD or a failed write that polled the target.
function arrive(state, instance, field, thread, step) {
	const item = field("item");
	const outcome = field("outcome");
	if (instance.known && (outcome === "queued" || outcome === "overflowed")) {
		const list = outcome === "queued" ? instance.ready : instance.overflow;
		if (!list.includes(item)) {
			if (outcome === "queued")
				list.push(item);
			else
				list.unshift(item);
		}
		// It is pending in one place.
		instance.removePost(item);
	}
	state.wake(instance, field("sleeper"), step);
}

const CHANGES = {
	create(state, instance, field, thread) {
		instance.forget();
		Object.assign(instance, { fd: field("fd"), known: true, treeKnown: true, open: true, creator: thread });
	},
	release(state, instance) {
		instance.open = false;
	},
	ring(state, instance, field) {
		instance.slots = field("slots");
	},
	link(state, instance, field, thread, step) {
		if (instance.known)
			instance.link(field("item"), field("next"), { fd: field("fd"), events: field("events"), data: field("data"),
				disabled: false, hooks: 0, exclusive: hasBits(field("events"), 0x10000000), thread, step });
	},
	modify(state, instance, field) {
		if (instance.items.has(field("item")))
			instance.setItem(field("item"), { events: field("events"), data: field("data"), disabled: false });
		instance.removePost(field("item"));
	},
	hook(state, instance, field) {
		const item = instance.items.get(field("item"));
		if (item)
			instance.setItem(item.item, { hooks: item.hooks + 1, exclusive: !!field("exclusive") });
	},
	unlink(state, instance, field) {
		instance.removeItem(field("item"));
	},
	notify: arrive,
	queue: arrive,
	post(state, instance, field) {
		const item = instance.items.get(field("item"));
		if (!item)
			return;
		instance.addPost({ item: item.item, number: field("seq"), events: field("events"), data: field("data") });
		if (hasBits(item.events, EPOLLONESHOT))
			instance.setItem(item.item, { disabled: true, events: (item.events & PRIVATE_BITS) >>> 0 });
	},
	take_back(state, instance, field) {
		instance.removePost(field("item"));
	},
	wait(state, instance, field, thread, step) {
		state.setThread(thread, { mode: "running", call: "wait", instance: instance.number, since: step, wokenBy: -1,
			delivered: 0 });
	},
	sleep(state, instance, field, thread, step) {
		state.setThread(thread, { mode: "sleeping", call: "wait", instance: instance.number, since: step, wokenBy: -1 });
		if (instance.known) {
			remove(instance.sleepers, thread);
			instance.sleepers.unshift(thread);
		}
	},
	woken(state, instance, field, thread) {
		remove(instance.sleepers, thread);
		state.setThread(thread, { mode: "running", call: "wait", instance: instance.number });
	},
	scan_begin(state, instance, field, thread) {
		instance.scanning = thread;
		instance.delivered = [];
	},
	poll(state, instance, field) {
		if (!field("ready"))
			remove(instance.ready, field("item"));
	},
	deliver(state, instance, field, thread) {
		const item = field("item");
		const fate = field("fate");
		const known = instance.items.get(item);
		if (fate === "stays ready")
			instance.delivered.push(item);
		else
			remove(instance.ready, item);
		if (fate === "disabled" && known)
			instance.setItem(item, { disabled: true, events: (known.events & PRIVATE_BITS) >>> 0 });
		const caller = state.threads.get(thread);
		if (caller)
			state.setThread(thread, { delivered: caller.delivered + 1 });
	},
	scan_end(state, instance, field, thread, step) {
		instance.endScan();
		state.wake(instance, field("sleeper"), step);
	},
	wait_end(state, instance, field, thread) {
		state.setThread(thread, { mode: "running", call: "", wokenBy: -1 });
	},
	ctl() {},
	change_begin(state, instance, field, thread, step) {
		state.setThread(thread, { mode: "running", call: "change", instance: instance.number, since: step, wokenBy: -1 });
	},
	change_end(state, instance, field, thread) {
		state.setThread(thread, { mode: "running", call: "" });
	},
};
