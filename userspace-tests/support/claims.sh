# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests on the host have in common: a temporary folder $work, claims, and the totals at the end.

passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check CLAIM COMMAND...: passes if the command succeeds, else shows its output.
check() {
	local claim="${0##*/}: $1"
	shift
	if "$@" >"$work/output" 2>&1; then
		passed=$((passed + 1))
		echo "PASS $claim"
	else
		failed=$((failed + 1))
		echo "FAIL $claim"
		sed 's/^/    /' "$work/output"
	fi
}

# Prints the totals; fails if a claim did.
finish() {
	echo "$passed passed, $failed failed"
	((failed == 0))
}
