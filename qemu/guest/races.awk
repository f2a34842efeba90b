# SPDX-License-Identifier: GPL-2.0-only
# Reads a kernel log and prints the complete reports of data races that involve code of `module`. Each access of a
# report is formatted as "write of 8 bytes: top < ... < function", up to the module's first function. If one matches a
# regular expression from the file `elsewhere`, the memory is not the module's and the report is skipped.
#
# Lines of another CPU can be interleaved with a report. Then the stack of an access can begin anywhere in what follows,
# so all functions up to the next access are matched against `elsewhere`.

BEGIN {
	while ((getline line < elsewhere) > 0)
		if (line !~ /^(#|$)/)
			pattern[++patterns] = line
}

function is_elsewhere(access,  i) {
	for (i = 1; i <= patterns; i++)
		if (access ~ pattern[i])
			return 1
	return 0
}

function close_access() {
	if (in_module) {
		theirs = theirs || is_elsewhere(access)
		perhaps_theirs = perhaps_theirs || is_elsewhere(access rest)
	}
	access = rest = ""
	in_stack = in_module = 0
}

function close_report() {
	close_access()
	if (ours && !theirs && !(mingled && perhaps_theirs))
		printf "%s", report
	report = ""
	inside = ours = theirs = perhaps_theirs = mingled = 0
}

/BUG: KCSAN: / { close_report(); inside = 1 }
!inside { next }
{ report = report $0 "\n" }
# Stack dumps have these, race reports do not: the lines are interleaved.
/ (<\/?TASK>|\? )/ { mingled = 1 }
/ by (task [0-9]+|interrupt) on cpu [0-9]+:/ {
	close_access()
	kind = $0
	sub(/^\[[^]]*\] /, "", kind)
	sub(/ to 0x[0-9a-f]+/, "", kind)
	sub(/ by .*/, ": ", kind)
	access = kind
	in_stack = 1
}
in_stack && match($0, /[^ ]+\+0x[0-9a-f]+\/0x/) {
	frame = substr($0, RSTART)
	sub(/\+.*/, "", frame)
	# Interrupt entry: the frames below it were interrupted and did not call it.
	if (frame ~ /^asm_(sysvec_|common_interrupt$)/)
		close_access()
	else if (in_module)
		rest = rest " < " frame
	else
		access = access (access == kind ? "" : " < ") frame
	if (in_stack && index($0, "[" module "]"))
		ours = in_module = 1
}
/Reported by Kernel Concurrency Sanitizer/ { close_report() }
END { close_report() }
