# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The checks around the command. Each step prints one line on stderr; failures are counted.

failures=0
log_start="myepoll-vm: the checked part of the log starts here"

report() { printf 'vm: %s\n' "$*" >&2; }

# step NAME ok|FAIL [REMARK]; after a FAIL the caller prints the details, with indent.
step() {
	printf '%s %s%s\n' "$1" "$2" "${3:+ $3}" >&2
	[[ $2 == ok ]] || failures=$((failures + 1))
}

indent() { sed 's/^/    /' >&2; }

# since START: the elapsed time, such as 0.1s
since() {
	local tenths=$(((${EPOCHREALTIME/./} - $1) / 100000))
	echo "$((tenths / 10)).$((tenths % 10))s"
}

start_log() {
	echo "$log_start" >/dev/kmsg
	# Leaks from the boot do not count.
	[[ ! -w /sys/kernel/debug/kmemleak ]] || echo clear >/sys/kernel/debug/kmemleak
}

# The kernel's messages since start_log. Read from the device, because dmesg omits what `dmesg --clear` has cleared.
log_since_start() {
	{ dd if=/dev/kmsg iflag=nonblock bs=8192 2>/dev/null || true; } |
		sed -nE 's/^[0-9]+,[0-9]+,([0-9]*)([0-9]{6}),[^;]*;/[\1.\2] /p' | awk -v start="$log_start" '
			begun { print }
			index($0, start) { begun = 1 }
			END { if (!begun) print "the start of the log is lost: it exceeded log_buf_len" }'
}

# module_name FILE: the kernel's name for the module.
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

# Objects left in the module's slab caches, after waiting for those that are freed by RCU.
leaked_objects() {
	local deadline=$((SECONDS + 5)) cache leaked
	while true; do
		leaked=
		for cache in /sys/kernel/slab/myepoll_*; do
			[[ -e $cache ]] || continue
			# Otherwise free objects on per-CPU lists would count as in use.
			echo 1 >"$cache/shrink"
			read -r count _ <"$cache/objects"
			((count == 0)) || leaked+="${cache##*/}: $count objects"$'\n'
		done
		[[ -n $leaked ]] && ((SECONDS < deadline)) || break
		busybox usleep 50000
	done
	printf '%s' "$leaked"
}

# Unreachable memory, according to kmemleak, which ignores objects younger than five seconds.
unreachable_memory() {
	local found=/sys/kernel/debug/kmemleak
	busybox sleep 6
	echo scan >$found
	# Scans twice, because a pointer may have been moving between two places during the first scan.
	echo scan >$found
	cat $found
}

# Checks for leaks and unloads the module, unless the command has already unloaded it.
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

# check_races LOG: fails on data races that involve the module. The kernel has many of its own.
check_races() {
	local ours all
	# shellcheck disable=SC2154 # guest/session sets them
	ours=$(awk -v module="$(module_name "$module")" -v elsewhere="$guest_dir/races-elsewhere" -f "$guest_dir/races.awk" "$1")
	all=$(grep -c 'BUG: KCSAN' "$1" || true)
	if [[ -z $ours ]]; then
		step RACES ok "$all reports, none about the module"
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
