# SPDX-License-Identifier: GPL-2.0-only
# See `report`. Columns: kernel, boot, contender, operation, watched, ready, value, spread, unit.
BEGIN {
	FS = "\t"
	contenders = split("epoll myepoll ring preload poll io_uring io_uring-multishot", name_of, " ")
}

{
	machine = $1 "\t" $2
	row = $4 "\t" $5 "\t" $6
	if (!(machine in seen_machine)) {
		seen_machine[machine] = 1
		machine_at[++machines] = machine
	}
	if (!((machine, row) in seen_row)) {
		seen_row[machine, row] = 1
		row_at[machine, ++rows[machine]] = row
		unit[machine, row] = $9
	}
	value[machine, $3, row] = $7
	mark[machine, $3, row] = $8 > 0.005 ? "~" : " "
}

function has(who, row) { return (m, who, row) in value }
function get(who, row) { return value[m, who, row] }

function cell(who, row,    text) {
	if (!has(who, row))
		return sprintf("%18s", "")
	text = sprintf(unit[m, row] == "calls" ? "%.2f" : "%.0f", get(who, row)) mark[m, who, row]
	if (who != "epoll" && has("epoll", row) && get("epoll", row) > 0)
		text = text sprintf("%6.2fx", get(who, row) / get("epoll", row))
	else
		text = text "       "
	return sprintf("%18s", text)
}

function print_row(row,    part, i, line) {
	split(row, part, "\t")
	line = sprintf("%-38s %7s %5s", part[1], part[2] + 0 ? part[2] : "", part[3] + 0 ? part[3] : "")
	for (i = 1; i <= contenders; i++)
		line = line cell(name_of[i], row)
	sub(/ +$/, "", line)
	print line
}

function print_head(what,    i, line) {
	line = sprintf("\n%-38s %7s %5s", what, "watched", "ready")
	for (i = 1; i <= contenders; i++)
		line = line sprintf("%18s", name_of[i] "       ")
	sub(/ +$/, "", line)
	print line
}

# A figure of contenders that watch nothing.
function print_alone(name, number, remark) { printf "%-52s%11.0f%s\n", name, number, remark == " " ? "" : remark }

# Rows of one unit. Figures of contenders that watch nothing get lines of their own.
function print_unit(wanted, what,    i, row, part) {
	print_head(what)
	for (i = 1; i <= rows[m]; i++) {
		row = row_at[m, i]
		if (unit[m, row] != wanted)
			continue
		split(row, part, "\t")
		if (has("none", row) || has("unloaded", row)) {
			if (has("none", row))
				print_alone(part[1], get("none", row), mark[m, "none", row])
			if (has("unloaded", row))
				print_alone(part[1] ", module not loaded", get("unloaded", row), mark[m, "unloaded", row])
		} else {
			print_row(row)
		}
	}
}

# Adds a row that is the difference or the sum of two others.
function derive(name, plus, minus_row, minus_who,    i, who) {
	for (i = 1; i <= contenders; i++) {
		who = name_of[i]
		if (!has(who, plus) || !has(minus_who == "" ? who : minus_who, minus_row))
			continue
		value[m, who, name] = get(who, plus) + (minus_who == "" ? get(who, minus_row) : -get(minus_who, minus_row))
		mark[m, who, name] = " "
		unit[m, name] = "instructions"
	}
}

function scale(name, row, by,    i, who) {
	for (i = 1; i <= contenders; i++) {
		who = name_of[i]
		if (has(who, row)) {
			value[m, who, name] = get(who, row) / by
			mark[m, who, name] = " "
			unit[m, name] = "instructions"
		}
	}
}

function print_derived(    i, row, part, base) {
	print_head("derived")
	for (i = 1; i <= rows[m]; i++) {
		row = row_at[m, i]
		split(row, part, "\t")
		base = part[1]
		if (part[1] ~ /^write to .*, /) {
			sub(/, .*/, "", base)
			derive("callback" substr(part[1], 6) "\t1\t0", row, base "\t0\t0", "none")
			print_row("callback" substr(part[1], 6) "\t1\t0")
		} else if (part[1] == "ADD") {
			derive("ADD and DEL\t" part[2] "\t0", row, "DEL\t" part[2] "\t0", "")
			print_row("ADD and DEL\t" part[2] "\t0")
		} else if (part[1] ~ /^WAIT/ && part[3] > 1) {
			scale(part[1] ", each event\t" part[2] "\t" part[3], row, part[3])
			print_row(part[1] ", each event\t" part[2] "\t" part[3])
		}
	}
	if (has("none", "close unwatched\t0\t0") && has("unloaded", "close unwatched\t0\t0"))
		print_alone("close unwatched, loaded minus not loaded",
			get("none", "close unwatched\t0\t0") - get("unloaded", "close unwatched\t0\t0"), "")
}

# The largest overhead of the preload library over the client library.
function print_preload(    i, row, most, at, difference) {
	for (i = 1; i <= rows[m]; i++) {
		row = row_at[m, i]
		if (unit[m, row] != "instructions" || !has("preload", row) || !has("myepoll", row) || row ~ /^(echo|wake-up)/)
			continue
		difference = get("preload", row) - get("myepoll", row)
		if (at == "" || difference > most) {
			most = difference
			at = row
		}
	}
	gsub(/\t/, " ", at)
	if (at != "")
		print_alone("preload minus client library, maximum", most, "  (" at ")")
}

END {
	for (i = 1; i <= machines; i++) {
		m = machine_at[i]
		split(m, part, "\t")
		printf "%s=== kernel %s, boot line %s ===\n", (i > 1 ? "\n" : ""), part[1], part[2]
		if (part[2] == "preempt") {
			print_unit("instructions, longest", "instructions, longest call")
			continue
		}
		print_unit("instructions", "instructions")
		print_derived()
		print_preload()
		print_unit("bytes", "bytes")
		print_unit("calls", "system calls per round trip")
	}
}
