# SPDX-License-Identifier: GPL-2.0-only
# Reads a kernel log and prints those reports of data races in which code of `module` has a part, whole. A stack of
# a report counts up to the module's first frame, as "top < ... < function of the module"; what of that is not the
# module's matter is in the file `elsewhere`, as regular expressions.

BEGIN {
	while ((getline line < elsewhere) > 0)
		if (line !~ /^(#|$)/)
			pattern[++patterns] = line
}

function is_elsewhere(path,  i) {
	for (i = 1; i <= patterns; i++)
		if (path ~ pattern[i])
			return 1
	return 0
}

function close_report() {
	if (ours)
		printf "%s", report
	report = ""
	inside = ours = 0
}

/BUG: KCSAN: / { close_report(); inside = 1 }
!inside { next }
{ report = report $0 "\n" }
/ by (task [0-9]+|interrupt) on cpu [0-9]+:/ { path = ""; in_stack = 1 }
in_stack && match($0, /[^ ]+\+0x[0-9a-f]+\/0x/) {
	frame = substr($0, RSTART)
	sub(/\+.*/, "", frame)
	path = path (path == "" ? "" : " < ") frame
	if (index($0, "[" module "]")) {
		in_stack = 0
		ours = ours || !is_elsewhere(path)
	}
}
/Reported by Kernel Concurrency Sanitizer/ { close_report() }
END { close_report() }
