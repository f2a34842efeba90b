# SPDX-License-Identifier: GPL-2.0-only
# See `compare`. Columns: kernel, boot, contender, operation, watched, ready, value, spread, unit.
BEGIN {
	FS = "\t"
	limit = 0.03
	# Where two threads meet depends on every instruction before.
	limit_of_longest = 0.2
}

FNR == 1 { run++ }

# Not compared: memory of single caches, which is up to the kernel's allocator, and the calls of the reactor.
$9 == "calls" || $4 ~ /^memory.*:/ { next }

{
	release[run] = $1
	row = $4 (($5 || $6) ? ", " : "") ($5 ? $5 " watched" : "") (($5 && $6) ? " " : "") ($6 ? $6 " ready" : "")
	value[run, $3, row] = $7
	if (($3 == "myepoll" || $3 == "ring") && !(($3, row) in unit)) {
		unit[$3, row] = $9
		who_at[++rows] = $3
		row_at[rows] = row
	}
}

function has(run, who) { return (run, who, row) in value }

# The compared value of a row: the count, or between different kernels its ratio to epoll's.
function figure(run) { return value[run, who, row] / (same_kernel ? 1 : value[run, "epoll", row]) }

function shown(number) {
	return same_kernel ? sprintf("%.0f %s", number, unit[who, row]) : sprintf("%.3f times epoll's", number)
}

function limit_of(row) { return unit[who, row] ~ /longest/ ? limit_of_longest : limit }

# What is compared is called `row` and `who`.
function name() { return row (who == "ring" ? ", by ring" : "") }

function compare_row(    before, now, change) {
	if (!has(1, who) || !has(2, who)) {
		printf "%-5s %s: %s\n", "FAIL", name(), (has(1, who) ? "is no longer measured" : "was never recorded")
		failed++
		return
	}
	if (!same_kernel && !(has(1, "epoll") && has(2, "epoll"))) {
		left_out++
		return
	}
	before = figure(1)
	now = figure(2)
	change = now / before - 1
	compared++
	if (change > limit_of(row))
		failed++
	else if (change < -limit_of(row))
		improved++
	else
		return
	printf "%-5s %s: %s, was %s (%+.1f %%)\n", (change > 0 ? "FAIL" : "less"), name(), shown(now), shown(before), change * 100
}

END {
	if (run != 2) {
		print "FAIL  there is nothing to compare"
		exit 1
	}
	same_kernel = release[1] == release[2]
	if (!same_kernel)
		printf "The recorded figures are from %s, the new ones from %s: comparing ratios to epoll.\n", release[1], release[2]
	for (i = 1; i <= rows; i++) {
		row = row_at[i]
		who = who_at[i]
		compare_row()
	}
	if (improved)
		print "Less than recorded: `make bench-figures` records the new figures."
	printf "%d operations compared, %d take more than allowed or are missing, %d take less%s\n", compared,
		failed, improved, (left_out ? ", " left_out " left out because epoll lacks them" : "")
	exit (failed > 0 || compared == 0)
}
