# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What is checked around the command: one line a step on stderr, and a count of those that failed.

failures=0
log_start="myepoll-vm: the checked part of the log starts here"

report() { printf 'vm: %s\n' "$*" >&2; }

# step NAME ok|FAIL [REMARK]; the details of a failure come on stdin.
step() {
	printf '%s %s%s\n' "$1" "$2" "${3:+ $3}" >&2
	[[ $2 == ok ]] || failures=$((failures + 1))
}

indent() { sed 's/^/    /' >&2; }

# since START: the time passed, as 0.1s
since() {
	local tenths=$(((${EPOCHREALTIME/./} - $1) / 100000))
	echo "$((tenths / 10)).$((tenths % 10))s"
}

start_log() {
	echo "$log_start" >/dev/kmsg
	# Nor does what the boot left behind.
	[[ ! -w /sys/kernel/debug/kmemleak ]] || echo clear >/sys/kernel/debug/kmemleak
}

# The kernel's messages since start_log. Read record by record from the device: `dmesg` honours `dmesg --clear`.
log_since_start() {
	{ dd if=/dev/kmsg iflag=nonblock bs=8192 2>/dev/null || true; } |
		sed -nE 's/^[0-9]+,[0-9]+,([0-9]*)([0-9]{6}),[^;]*;/[\1.\2] /p' | awk -v start="$log_start" '
			begun { print }
			index($0, start) { begun = 1 }
			END { if (!begun) print "the beginning of the log is lost: it is longer than log_buf_len" }'
}

# The name by which the kernel knows the module in a file.
module_name() {
	local name=${1##*/}
	name=${name%.ko}
	echo "${name//-/_}"
}

load_module() {
	local start=${EPOCHREALTIME/./} output
	if output=$(insmod "$1" 2>&1); then
		step LOAD ok "$(since "$start")"
	else
		step LOAD FAIL "$1"
		{ echo "$output"; log_since_start; } | indent
		return 1
	fi
}

# Objects in the module's slab caches, once the ones that wait for an RCU grace period had their time.
leaked_objects() {
	local deadline=$((SECONDS + 5)) cache leaked
	while true; do
		leaked=
		for cache in /sys/kernel/slab/myepoll_*; do
			[[ -e $cache ]] || continue
			# Without this, objects that sit free on a processor's own list would count.
			echo 1 >"$cache/shrink"
			read -r count _ <"$cache/objects"
			((count == 0)) || leaked+="${cache##*/}: $count objects"$'\n'
		done
		[[ -n $leaked ]] && ((SECONDS < deadline)) || break
		busybox usleep 50000
	done
	printf '%s' "$leaked"
}

# Memory that nothing points to any more, on a kernel that can tell. What was allocated a moment ago is not looked at.
unreachable_memory() {
	local found=/sys/kernel/debug/kmemleak
	busybox sleep 6
	echo scan >$found
	# What was seen once may have been on its way from one place to another.
	echo scan >$found
	cat $found
}

# Takes the module out again, with nothing left of it. The command may have done that itself.
unload_module() {
	local name start leaked references
	name=$(module_name "$1")
	if [[ ! -d /sys/module/$name ]]; then
		step UNLOAD ok "by the command"
		return
	fi

	references=$(<"/sys/module/$name/refcnt")
	leaked=$(leaked_objects)
	((references == 0)) || leaked+=$'\n'"$name: $references references"
	if [[ -z $leaked ]]; then
		step LEAKS ok
	else
		step LEAKS FAIL
		indent <<<"$leaked"
	fi

	if [[ -w /sys/kernel/debug/kmemleak ]]; then
		leaked=$(unreachable_memory)
		if [[ -z $leaked ]]; then
			step KMEMLEAK ok
		else
			step KMEMLEAK FAIL
			head -n 60 <<<"$leaked" | indent
		fi
	fi

	start=${EPOCHREALTIME/./}
	if leaked=$(rmmod "$name" 2>&1); then
		step UNLOAD ok "$(since "$start")"
	else
		step UNLOAD FAIL
		indent <<<"$leaked"
	fi
}

# check_races LOG: the races of the kernel with itself are its own affair, and many.
check_races() {
	local ours all
	# shellcheck disable=SC2154 # guest/session sets them
	ours=$(awk -v module="$(module_name "$module")" -v elsewhere="$guest_dir/races-elsewhere" -f "$guest_dir/races.awk" "$1")
	all=$(grep -c 'BUG: KCSAN' "$1" || true)
	if [[ -z $ours ]]; then
		step RACES ok "$all reports that are the kernel's own affair"
	else
		step RACES FAIL
		head -n 400 <<<"$ours" | indent
	fi
}

check_log() {
	local log=/run/vm/log trouble
	log_since_start >$log
	[[ ! -e /sys/kernel/debug/kcsan ]] || check_races $log
	trouble=$(sed -f "$guest_dir/log-harmless.sed" $log |
		grep -E -A 25 -f <(grep -v '^#' "$guest_dir/log-trouble") | head -n 100 || true)
	if [[ -z $trouble ]]; then
		step DMESG ok
	else
		step DMESG FAIL
		indent <<<"$trouble"
	fi
}
