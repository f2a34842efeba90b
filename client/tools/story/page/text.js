// SPDX-License-Identifier: MIT
"use strict";
// Numbers, masks and names as text. Names come from a recording and may be hostile: they only ever become text nodes,
// what would be invisible or would reorder its surroundings is spelled out, and what is long is cut.

const EVENT_BITS = [
	[0x00000001, "IN"], [0x00000002, "PRI"], [0x00000004, "OUT"], [0x00000008, "ERR"], [0x00000010, "HUP"],
	[0x00000020, "NVAL"], [0x00000040, "RDNORM"], [0x00000080, "RDBAND"], [0x00000100, "WRNORM"],
	[0x00000200, "WRBAND"], [0x00000400, "MSG"], [0x00002000, "RDHUP"], [0x00004000, "FREE"],
	[0x08000000, "URING"], [0x10000000, "EXCLUSIVE"], [0x20000000, "WAKEUP"], [0x40000000, "ONESHOT"],
	[0x80000000, "ET"],
];
const EPOLLERR_HUP = 0x18;
const EPOLLET = 0x80000000;
const EPOLLONESHOT = 0x40000000;
const PRIVATE_BITS = 0xf0000000;

const ERRNO_NAMES = {
	1: "EPERM", 2: "ENOENT", 4: "EINTR", 9: "EBADF", 12: "ENOMEM", 14: "EFAULT", 17: "EEXIST", 22: "EINVAL",
	28: "ENOSPC", 40: "ELOOP",
};

function hasBits(mask, bits) {
	return ((mask & bits) >>> 0) !== 0;
}

function eventNames(mask) {
	const names = EVENT_BITS.filter(([bit]) => hasBits(mask, bit)).map(([, name]) => name);
	return names.length ? names.join("|") : "0";
}

// Every item is watched for ERR and HUP, so they tell nothing.
function interestNames(mask) {
	return eventNames(mask & ~EPOLLERR_HUP);
}

function errnoName(result) {
	return ERRNO_NAMES[-result] || `errno ${-result}`;
}

function grouped(number) {
	return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

// Three significant digits, in the unit that suits them.
function duration(nanoseconds) {
	const units = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]];
	for (const [size, unit] of units)
		if (Math.abs(nanoseconds) >= size)
			return `${Number((nanoseconds / size).toPrecision(3))} ${unit}`;
	return `${nanoseconds} ns`;
}

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\u115f\u1160\u3164\uffa0]/gu;

// "\u202E" becomes "⟨202E⟩".
function visible(text) {
	return String(text).replace(INVISIBLE, (c) => `⟨${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

// Cut to at most `most` columns; a character outside Latin takes two.
function clipped(text, most) {
	const characters = Array.from(String(text));
	const wide = (c) => (c.codePointAt(0) < 0x2e80 ? 1 : 2);
	let columns = characters.reduce((sum, c) => sum + wide(c), 0);
	if (columns <= most)
		return characters.join("");
	let kept = "";
	columns = 1;
	for (const c of characters) {
		columns += wide(c);
		if (columns > most)
			break;
		kept += c;
	}
	return `${kept}…`;
}
