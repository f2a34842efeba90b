# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# How a guest ended: its verdict, or what its log shows.
# shellcheck disable=SC2154 # qemu/vm sets timeout, boot.sh run, ended and timer

# The guest's session got as far as running the command.
started() { grep -q started "$run/verdict"; }

# The caller's timeout has expired, not only the time for a boot.
out_of_time() { [[ $ended == "$timer" && $timeout != infinity ]] && ((timeout <= boot_seconds)); }

# Exits with the verdict, or, if the guest gave none, shows its log and exits with 124 or 255.
conclude() {
	local verdict
	verdict=$(tr -d '\r' <"$run/verdict" | sed -n 's/^verdict \([0-9]*\)$/\1/p')
	if [[ -n $verdict ]]; then
		exit "$verdict"
	fi
	show_log
	if [[ $ended == "$timer" ]] && { started || out_of_time; }; then
		note "no verdict after $timeout s: the guest was killed"
		exit 124
	fi
	note "the guest died without a verdict"
	exit 255
}

# Shows QEMU's own messages, the first trouble in the kernel log with what follows, and the end of the log.
show_log() {
	local log first last=0 length
	log=$(tr -d '\r\0' <"$run/console" | sed -f "$qemu_dir/guest/log-harmless.sed")
	length=$(wc -l <<<"$log")
	first=$(grep -n -m 1 -E -f <(grep -v '^#' "$qemu_dir/guest/log-trouble") <<<"$log" | cut -d : -f 1 || true)
	{
		cat "$run/qemu"
		if [[ -n $first ]]; then
			last=$((first + 60))
			sed -n "$((first > 5 ? first - 5 : 1)),${last}p" <<<"$log"
		fi
		if ((length > last)); then
			((length <= last + 30)) || echo ...
			tail -n "+$((last + 1))" <<<"$log" | tail -n 30
		fi
	} | sed 's/^/    /' >&2
}
