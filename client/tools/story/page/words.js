// SPDX-License-Identifier: MIT
"use strict";
// Sentences from fragments. A phrase has values in braces: {fd}; {n|item|items} is the word that suits the number n.

const LANGUAGES = ["en", "zh"];

function phrase(language, key, values = {}) {
	return PHRASES[language][key].replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (all, name, one, many) => {
		if (many !== undefined)
			return values[name] === 1 ? one : many;
		return typeof values[name] === "number" ? numberText(name, values[name]) : values[name];
	});
}

// Descriptors, instances and threads are names, not quantities.
function numberText(name, value) {
	return ["fd", "instance", "thread", "cpu"].includes(name) ? String(value) : grouped(value);
}

// What happened and why, and where it is written.
function sentence(language, explanation) {
	const joined = (fragments) => fragments.map(([key, values]) => phrase(language, key, values))
		.join(language === "zh" ? "" : " ");
	return {
		what: joined(explanation.what),
		why: joined(explanation.why.map(([key, values]) => [`why ${key}`, values])),
		where: explanation.places.map(([file, name]) => `${name}() module/${file}`),
	};
}
