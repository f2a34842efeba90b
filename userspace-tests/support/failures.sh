# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Finds in the output of a run why it failed.

# failures_in FILE: what is repeated at the end, where it is not lost among thousands of lines.
failures_in() {
	sed -nE '/^FAIL /,/^(PASS|SKIP|[0-9]+ passed)/{/^(PASS|SKIP|[0-9]+ passed)/!p}; /^[A-Z]+ FAIL/p' "$1" |
		head -n 15
	grep '^vm: ' "$1" | tail -n +2 || true
	kernel_trouble_in "$1"
	echo "ended with status $(<"$1.status")"
}

# The console that a dead guest printed last, indented: what went wrong and where, without the registers.
kernel_trouble_in() {
	awk '/^    / { console[++n] = $0; next } /^vm: / { for (i = 1; i <= n; i++) print console[i] } { n = 0 }' "$1" |
		grep -vE '\] *(R([A-D]X|[SD]I|[BS]P|[01][0-9])|E[A-Z]{2}|FS|CS|DR[0-9]|CR2|PKRU|Code|Modules linked in|Hardware name):|\]  *\?' |
		cut -c 1-120 | head -n 16
}
