// SPDX-License-Identifier: MIT
"use strict";
// Buttons, keys, the theme, the help, and the picture as a file.

const SPEEDS = [0.5, 1, 1.5, 2.5, 4, 8, 16, 32, 60]; // steps a second
const THEMES = [["", "◐"], ["dark", "●"], ["light", "○"]]; // the first is that of the system

const BUTTONS = ["first", "back", "play", "forward", "last", "next-wakeup", "next-delivery", "follow", "language",
	"theme", "save", "help", "copy", "axis"];
const SHORT = ["next-wakeup", "next-delivery", "follow", "language", "save", "copy"];

const byId = (id) => document.getElementById(id);

// For the help panel; keyAction() has what they do.
const KEYS = [
	{ show: "→ ←", help: "forward" },
	{ show: "PgDn PgUp", help: "page" },
	{ show: "Home End", help: "ends" },
	{ show: "Space", help: "play" },
	{ show: "[ ]", help: "speed" },
	{ show: "w", help: "wakeup" },
	{ show: "d", help: "delivery" },
	{ show: "e", help: "follow" },
	{ show: "/", help: "find" },
	{ show: "i", help: "instance" },
	{ show: "x", help: "axis" },
	{ show: "+ − 0", help: "zoom" },
	{ show: "l", help: "language" },
	{ show: "t", help: "theme" },
	{ show: "c", help: "copy" },
	{ show: "s", help: "save" },
	{ show: "Esc", help: "escape" },
	{ show: "?", help: "help" },
];

class Controls {
	constructor(page) {
		this.page = page;
		this.timer = 0;
		this.theme = 0;
		this.dark = window.matchMedia("(prefers-color-scheme: dark)");
		this.dark.addEventListener("change", () => {
			this.applyTheme();
			page.lanes.draw();
		});
		this.applyTheme();
		const { recording } = page;
		byId("position").max = recording.steps.length;
		const actions = this.actions = {
			first: () => page.goTo(0),
			last: () => page.goTo(recording.steps.length),
			back: () => page.goTo(page.at - 1),
			forward: () => page.goTo(page.at + 1),
			play: () => this.play(!this.timer),
			"next-wakeup": (direction = 1) => page.jump(direction, (step) => recording.sleeper(step) !== 0),
			"next-delivery": (direction = 1) => page.jump(direction, (step) => recording.kind(step) === "deliver"),
			follow: (direction = 1) => page.followOn(direction),
			language: () => page.setLanguage(page.language === "en" ? "zh" : "en"),
			theme: () => this.nextTheme(),
			save: () => savePicture(byId("structures"), `step-${page.at}.svg`),
			copy: () => this.copyLink(),
			axis: () => page.lanes.setAxis(!page.lanes.byTime) || this.translate(),
			help: () => this.showHelp(),
		};
		for (const id of BUTTONS)
			byId(id).addEventListener("click", (event) => {
				if (id !== "play")
					this.play(false);
				actions[id](event.shiftKey ? -1 : 1);
			});
		byId("position").addEventListener("input", () => page.goTo(Number(byId("position").value)));
		byId("speed").addEventListener("input", () => this.timer && this.play(true));
		byId("find").addEventListener("keydown", (event) => this.findKey(event));
		document.addEventListener("keydown", (event) => this.key(event));
		byId("panel").addEventListener("click", (event) => event.target === byId("panel") && byId("panel").close());
		window.addEventListener("hashchange", () => page.goToLink());
	}

	key(event) {
		const typing = event.target instanceof HTMLInputElement && event.target.type === "search";
		if (typing || event.ctrlKey || event.altKey || event.metaKey || byId("panel").open)
			return;
		const direction = event.shiftKey ? -1 : 1;
		const act = this.keyAction(event.key.length === 1 ? event.key.toLowerCase() : event.key, direction);
		if (!act || (event.key === " " && event.target instanceof HTMLButtonElement))
			return;
		event.preventDefault();
		if (event.key !== " " && !"[]".includes(event.key))
			this.play(false);
		act();
	}

	keyAction(key, direction) {
		const { page, actions } = this;
		const speed = (by) => () => {
			byId("speed").value = Number(byId("speed").value) + by;
			if (this.timer)
				this.play(true);
		};
		return {
			ArrowRight: () => page.goTo(page.at + 1), ArrowLeft: () => page.goTo(page.at - 1),
			PageDown: () => page.goTo(page.at + 10), PageUp: () => page.goTo(page.at - 10),
			Home: actions.first, End: actions.last, " ": actions.play, "[": speed(-1), "]": speed(1),
			w: () => actions["next-wakeup"](direction), d: () => actions["next-delivery"](direction),
			e: () => actions.follow(direction), "/": () => byId("find").focus(), i: () => page.nextInstance(direction),
			x: actions.axis, "+": () => page.lanes.zoomBy(2), "=": () => page.lanes.zoomBy(2), "-": () => page.lanes.zoomBy(0.5),
			0: () => page.lanes.zoomBy(0), l: actions.language, t: actions.theme, c: actions.copy, s: actions.save,
			"?": actions.help, Escape: () => page.unfollow(),
		}[key];
	}

	findKey(event) {
		if (event.key === "Escape") {
			byId("find").value = "";
			byId("find").blur();
			return;
		}
		if (event.key !== "Enter" || !byId("find").value.trim())
			return;
		event.preventDefault();
		this.play(false);
		this.page.find(byId("find").value.trim(), event.shiftKey ? -1 : 1);
	}

	play(on) {
		clearInterval(this.timer);
		this.timer = 0;
		const { page } = this;
		if (on) {
			if (page.at >= page.recording.steps.length)
				page.goTo(0);
			this.timer = setInterval(() => {
				page.goTo(page.at + 1);
				if (page.at >= page.recording.steps.length)
					this.play(false);
			}, 1000 / SPEEDS[byId("speed").value]);
		}
		byId("play").textContent = on ? "❚❚" : "▶";
		byId("play").setAttribute("aria-pressed", String(on));
	}

	nextTheme() {
		this.theme = (this.theme + 1) % THEMES.length;
		this.applyTheme();
		this.page.lanes.draw();
	}

	applyTheme() {
		const [theme, sign] = THEMES[this.theme];
		document.documentElement.dataset.theme = theme || (this.dark.matches ? "dark" : "light");
		byId("theme").textContent = sign;
	}

	copyLink() {
		const { page } = this;
		page.updateLink();
		navigator.clipboard?.writeText(location.href).then(() => page.toast(page.say("copied")), () => page.toast(location.hash));
		if (!navigator.clipboard)
			page.toast(location.hash);
	}

	// All words that do not belong to a step.
	translate() {
		const { page } = this;
		document.documentElement.lang = page.language === "zh" ? "zh-Hans" : "en";
		for (const id of BUTTONS) {
			const name = page.say(`control ${id}`);
			byId(id).title = name;
			byId(id).setAttribute("aria-label", name);
		}
		for (const id of SHORT)
			byId(id).textContent = page.say(`short ${id}`);
		byId("axis").textContent = page.say(page.lanes?.byTime === false ? "axis steps" : "axis time");
		for (const id of ["find", "position", "speed"]) {
			byId(id).title = page.say(`control ${id}`);
			byId(id).setAttribute("aria-label", page.say(`control ${id}`));
		}
		byId("find").placeholder = page.say("short find");
		byId("speed-label").firstChild.textContent = page.say("short speed");
	}

	showHelp() {
		const panel = byId("panel");
		const { page } = this;
		const make = (name, text = "", cls = "") => Object.assign(document.createElement(name), { textContent: text, className: cls });
		const columns = (rows) => {
			const table = make("div", "", "columns");
			table.append(...rows.map((cells) => {
				const row = make("div");
				row.append(...cells);
				return row;
			}));
			return table;
		};
		const keys = (show) => {
			const cell = make("span");
			for (const key of show.split(" "))
				cell.append(make(key === "+" && show !== "+ − 0" ? "span" : "kbd", key), " ");
			return cell;
		};
		const swatch = (name) => {
			if (name === "agrees")
				return make("i", "▼", "tick");
			const cell = make("i");
			cell.style.background = `var(--${name})`;
			return cell;
		};
		const close = make("button", page.say("help close"));
		close.addEventListener("click", () => panel.close());
		panel.replaceChildren(make("h2", page.say("help title")),
			columns([...KEYS, { show: "Shift + w d e i", help: "back" }]
				.map(({ show, help }) => [keys(show), make("span", page.say(`help ${help}`))])),
			make("h2", page.say("sign title")),
			columns(LANE_SIGNS.map((name) => [swatch(name), make("span", page.say(`sign ${name}`))])), close);
		panel.lastElementChild.previousElementSibling.classList.add("signs");
		panel.showModal();
	}
}

// A file of its own: with the rules that apply to it, and the colours as they are now.
function savePicture(svg, name) {
	const copy = svg.cloneNode(true);
	const style = getComputedStyle(document.documentElement);
	const rules = [...document.styleSheets[0].cssRules].filter((rule) => rule.selectorText?.startsWith("#structures "))
		.map((rule) => rule.cssText).join("\n").replace(/#structures /g, "")
		.replace(/var\((--[\w-]+)\)/g, (all, variable) => style.getPropertyValue(variable).trim());
	const { width, height } = svg.viewBox.baseVal;
	copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
	copy.setAttribute("width", width);
	copy.setAttribute("height", height);
	copy.prepend(svgElement("style", {}, rules), svgElement("rect", { width, height, class: "paper" }));
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
