// SPDX-License-Identifier: MIT
"use strict";
// The page: one position in the recording, and three views of it that move together.

// Shorter pauses than this between two steps leave no time for motion.
const CALM_MS = 220;

class Page {
	constructor(data) {
		const recording = this.recording = new Recording(data);
		this.checkpoints = new Checkpoints(recording);
		this.view = new Cursor(this.checkpoints); // of what is drawn
		this.query = new Cursor(this.checkpoints); // of what is asked for
		this.at = 0;
		this.language = "en";
		this.pinned = 0;
		this.followed = null;
		this.moved = -Infinity;
		this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
		this.say = (key, values) => phrase(this.language, key, values);
		this.structures = new Structures(byId("structures"), recording, (choice) => this.choose(choice));
		this.lanes = new Lanes(byId("lanes"), byId("cursor"), recording, { onStep: (at) => this.goTo(at), say: this.say });
		this.controls = new Controls(this);
		new ResizeObserver(() => this.resize()).observe(byId("structures"));
		this.goToLink();
		this.setLanguage(this.language);
		this.resize();
	}

	// `at` steps have been applied.
	goTo(at) {
		const to = Math.max(0, Math.min(this.recording.steps.length, Math.round(at) || 0));
		const now = performance.now();
		const animate = Math.abs(to - this.at) === 1 && now - this.moved > CALM_MS && !this.still.matches;
		this.moved = now;
		this.at = to;
		this.draw(animate);
		this.lanes.goTo(to);
		this.updateLinkSoon();
	}

	draw(animate = false) {
		const { recording, at, language } = this;
		const state = this.view.to(at);
		this.current = this.currentInstance(state);
		this.structures.draw({ state, at, chosen: this.current, followed: this.followed?.item, language, animate });
		this.drawWords();
		byId("position").value = at;
		setText("count", this.say("position", { step: at, steps: recording.steps.length }));
	}

	// That of the step, unless the reader has chosen one.
	currentInstance(state) {
		if (this.pinned && state.instances.has(this.pinned))
			return this.pinned;
		if (this.at)
			return this.recording.instance(this.at - 1);
		return state.instances.keys().next().value || 0;
	}

	sentence(at, language) {
		const { steps } = this.recording;
		if (!at)
			return { what: phrase(language, steps.length ? "begin" : "nothing"),
				why: phrase(language, steps.length ? "why begin" : "why nothing"), where: [] };
		return sentence(language, explain(this.recording, this.query, at - 1));
	}

	drawWords() {
		const { what, why, where } = this.sentence(this.at, this.language);
		setText("what", what);
		setText("why", why && ` ${why}`);
		setText("where", where.join("\n"));
		this.drawWay();
	}

	drawWay() {
		const way = byId("way");
		way.hidden = !this.followed;
		if (!this.followed)
			return;
		const title = document.createElement("li");
		title.textContent = this.say("follow title", { fd: this.followed.fd });
		way.replaceChildren(title, ...this.followed.steps.map(({ kind, step }) => {
			const entry = document.createElement("li");
			const button = entry.appendChild(document.createElement("button"));
			button.textContent = `${this.say(`follow ${kind}`)} ${grouped(step + 1)}`;
			button.setAttribute("aria-pressed", String(step === this.at - 1));
			button.addEventListener("click", () => this.goTo(step + 1));
			return entry;
		}));
	}

	jump(direction, satisfies) {
		const at = findStep(this.recording, this.at, direction, satisfies);
		if (at)
			this.goTo(at);
	}

	// Begin to follow the event of this step, or go on to its next step; at its end, take the next event.
	followOn(direction) {
		const { followed, at } = this;
		const on = followed?.steps.some(({ step }) => step === at - 1);
		const next = on && (direction > 0 ? followed.steps.find(({ step }) => step >= at) :
			followed.steps.slice().reverse().find(({ step }) => step < at - 1));
		if (next) {
			this.goTo(next.step + 1);
			return;
		}
		if (on && direction < 0)
			return;
		this.followed = on ? this.nextWay(followed) : wayOfEvent(this.recording, at);
		byId("follow").setAttribute("aria-pressed", String(!!this.followed));
		if (this.followed)
			this.goTo(this.followed.steps[0].step + 1);
		else
			this.toast(this.say("follow none"));
	}

	nextWay(followed) {
		const arrival = findStep(this.recording, followed.steps[0].step + 1, 1, (step) => isArrival(this.recording, step));
		return arrival ? wayOfEvent(this.recording, arrival) : null;
	}

	unfollow() {
		this.followed = null;
		this.pinned = 0;
		byId("follow").setAttribute("aria-pressed", "false");
		this.draw();
	}

	find(text, direction) {
		const fd = Number(text);
		const at = findStep(this.recording, this.at, direction, (step) => this.recording.field(step, "fd") === fd) ||
			findStep(this.recording, direction > 0 ? 0 : this.recording.steps.length + 1, direction,
				(step) => this.recording.field(step, "fd") === fd);
		if (at)
			this.goTo(at);
		else
			this.toast(this.say("find none", { fd: clipped(visible(text), 20) }));
	}

	choose(choice) {
		const [what, number] = choice.split(" ");
		if (what === "instance") {
			this.pinned = this.pinned === Number(number) ? 0 : Number(number);
		} else {
			const way = wayOfItem(this.recording, this.at, Number(number));
			this.followed = this.followed?.item === Number(number) ? null : way;
			byId("follow").setAttribute("aria-pressed", String(!!this.followed));
		}
		this.draw();
	}

	nextInstance(direction) {
		const numbers = [...this.view.to(this.at).instances.keys()].sort(d3.ascending);
		if (!numbers.length)
			return;
		this.pinned = numbers[(numbers.indexOf(this.current) + direction + numbers.length) % numbers.length];
		this.draw();
	}

	setLanguage(language) {
		this.language = LANGUAGES.includes(language) ? language : "en";
		this.controls.translate();
		this.drawTitle();
		this.draw();
		this.lanes.draw();
		this.updateLinkSoon();
	}

	drawTitle() {
		const { recording } = this;
		const command = recording.command ? recording.command.map(visible).join(" ") :
			this.say("process", { process: String(recording.process ?? "") });
		setText("made", clipped(command, 60));
		byId("made").title = `${clipped(command, 400)}\nmyepoll ${visible(recording.made_by)}, Linux ${visible(recording.kernel)}`;
		document.title = `${clipped(command, 60)} · myepoll`;
		const { status, compared, step, text } = recording.plan.verdict;
		const badge = byId("verdict");
		badge.className = status.split(" ")[0];
		badge.textContent = this.say(`verdict ${status}`, { compared, step: Math.min(step + 1, recording.steps.length) });
		badge.title = `${this.say("verdict about")}\n${visible(text || "")}`;
	}

	// #step=12&lang=zh
	goToLink() {
		const values = new URLSearchParams(location.hash.slice(1));
		const language = values.get("lang");
		if (language && language !== this.language && LANGUAGES.includes(language)) {
			this.language = language;
			this.controls.translate();
			this.drawTitle();
		}
		this.goTo(Number(values.get("step")) || 0);
	}

	// Browsers allow few changes of the address in a second.
	updateLinkSoon() {
		clearTimeout(this.linkTimer);
		this.linkTimer = setTimeout(() => this.updateLink(), 400);
	}

	updateLink() {
		const link = `#step=${this.at}${this.language === "en" ? "" : `&lang=${this.language}`}`;
		if (location.hash !== link)
			history.replaceState(null, "", link);
	}

	toast(text) {
		const toast = byId("toast");
		toast.textContent = text;
		toast.hidden = false;
		clearTimeout(this.toastTimer);
		this.toastTimer = setTimeout(() => { toast.hidden = true; }, 2500);
	}

	resize() {
		this.structures.resize();
		this.lanes.resize();
		this.draw();
	}
}

function setText(id, text) {
	if (byId(id).textContent !== text)
		byId(id).textContent = text;
}

// For tests, and for those who like to look from the browser's console.
function publish(page) {
	window.story = {
		steps: page.recording.steps.length,
		get at() { return page.at; },
		goTo: (at) => page.goTo(at),
		stateAt: (at) => plainState(page.query.to(at)),
		sentence: (at, language = "en") => {
			const { what, why } = page.sentence(at, language);
			return why ? `${what} ${why}` : what;
		},
		where: (at) => page.sentence(at, "en").where,
	};
}

const page = new Page(JSON.parse(byId("story").textContent));
publish(page);
