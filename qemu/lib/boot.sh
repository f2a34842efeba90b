# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# One guest from its command line to its verdict.
# shellcheck disable=SC2154 # qemu/vm sets the options and what qemu/kernel answered

# qemu_command: sets the array qemu. The files of the run are in $run.
qemu_command() {
	local kernel_arguments=(
		console=ttyS0 quiet
		# A guest that is broken ends at once; -no-reboot turns the restart into the end of QEMU.
		panic=-1 oops=panic
		# The leak check finds objects by the name of their slab cache.
		slab_nomerge
		mitigations=off
		# QEMU keeps the counters of emulated processors in step; 6.1 does not believe it and takes a clock ten times as slow.
		tsc=reliable
		# Emulated processors wait for each other longer than real ones before anything is wrong.
		rcupdate.rcu_cpu_stall_timeout=60 watchdog_thresh=30 sysctl.kernel.hung_task_timeout_secs=60
		# A guest that hangs then says where, instead of running into the timeout.
		softlockup_panic=1 sysctl.kernel.hung_task_panic=1
		# On a busy host the emulated timer may miss its moment in the boot test, which would be a panic.
		no_timer_check
		log_buf_len=4M
	)
	local accel_list
	accel_list=$(accel_arguments "$accel")
	mapfile -t accel_list <<<"$accel_list"

	qemu=(
		qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot
		"${accel_list[@]}" -smp "$cpus" -m "$memory"
		-kernel "$vmlinuz" -initrd "$run/initramfs" -append "${kernel_arguments[*]} $append"
		-chardev "file,id=console,path=$run/console" -serial chardev:console
		-chardev "file,id=verdict,path=$run/verdict" -serial chardev:verdict
		-fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap
		-device virtio-9p-pci,fsdev=host,mount_tag=host
		# Without ioeventfd a guest's write() returns when the bytes are in the file, so none are lost at the end.
		-device virtio-serial-pci,ioeventfd=off
	)
	if [[ $verb == shell ]]; then
		# Ctrl-] x ends a guest that does not answer; every other key is the guest's.
		qemu+=(
			-echr 0x1d -chardev stdio,id=terminal,mux=on,signal=off -device virtconsole,chardev=terminal
		)
	else
		qemu+=(
			-chardev "file,id=stdout,path=$run/stdout" -device virtserialport,name=stdout,chardev=stdout
			-chardev "file,id=stderr,path=$run/stderr" -device virtserialport,name=stderr,chardev=stderr
		)
	fi
}

# write_orders FOLDER COMMAND...: what guest/session finds in /run/vm.
write_orders() {
	local folder=$1 rows=24 columns=80
	shift
	if [[ $verb == shell ]]; then
		read -r rows columns < <(stty size)
	fi
	mkdir "$folder"
	echo "$qemu_dir/guest/session" >"$folder/session"
	realpath -- "$modules" >"$folder/modules"
	printf '%s=%q\n' mode "$verb" directory "$PWD" module "$module" rows "$rows" columns "$columns" \
		>"$folder/settings"
	printf '%s\0' "$@" >"$folder/command"
	# The caller's folders for temporary files are not in the guest.
	env -u TMPDIR -u XDG_RUNTIME_DIR --null >"$folder/environment"
}

# boot COMMAND...: ends the launcher with the guest's status.
boot() {
	local terminal='' followers=() ended timer
	run=$(mktemp -d "${TMPDIR:-/tmp}/myepoll-vm.XXXXXX")
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM

	qemu_command
	if $dry_run; then
		printf '%q ' "${qemu[@]}"
		echo
		exit 0
	fi
	write_orders "$run/orders" "$@"
	build_initramfs "$run/root" "$run/initramfs" "$run/orders"
	touch "$run"/{console,verdict,stdout,stderr}
	printf 'vm: kernel %s (%s), %s, %s cpus, %s MiB\n' "${version%%-*}" "$release" "$accel" "$cpus" "$memory" >&2

	# All of these end with the launcher, even if that is killed without a chance to clean up.
	if [[ $verb == shell ]]; then
		terminal=$(stty -g)
		setpriv --pdeathsig KILL -- "${qemu[@]}" <&0 2>"$run/qemu" &
	else
		setpriv --pdeathsig KILL -- "${qemu[@]}" &>"$run/qemu" &
	fi
	qemu_pid=$!
	if [[ $verb == run ]]; then
		tail --pid="$qemu_pid" -s 0.1 -c +1 -f "$run/stdout" &
		followers+=($!)
		tail --pid="$qemu_pid" -s 0.1 -c +1 -f "$run/stderr" >&2 &
		followers+=($!)
	fi
	setpriv --pdeathsig KILL -- sleep "$timeout" &
	timer=$!

	wait -n -p ended "$qemu_pid" "$timer" "${followers[@]}" || true
	# A follower ends before QEMU when nobody reads it any more; the run then ends as a program in a pipe does.
	if [[ $ended != "$timer" ]] && kill -0 "$qemu_pid" 2>/dev/null; then
		exit 141
	fi
	end_children
	((${#followers[@]} == 0)) || wait "${followers[@]}" || true
	conclude
}

# Ends QEMU and the timer if they still run. `jobs` knows: a number that has been waited for may be somebody else's.
end_children() {
	local child
	for child in $(jobs -rp); do
		[[ $child != "${qemu_pid-}" && $child != "${timer-}" ]] || kill -KILL "$child" 2>/dev/null || true
	done
	wait ${qemu_pid:+"$qemu_pid"} ${timer:+"$timer"} 2>/dev/null || true
}

clean_up() {
	trap '' HUP INT TERM
	end_children
	[[ -z ${terminal-} ]] || stty "$terminal"
	rm -rf "$run"
}

# The verdict, or what is known of a guest that gave none.
conclude() {
	local verdict
	verdict=$(tr -d '\r' <"$run/verdict" | sed -n 's/^verdict \([0-9]*\)$/\1/p')
	if [[ -n $verdict ]]; then
		exit "$verdict"
	fi
	show_log
	if [[ $ended == "$timer" ]]; then
		note "no verdict after $timeout s: the guest was ended"
		exit 124
	fi
	note "the guest died without a verdict"
	exit 255
}

# The first trouble in the kernel's log with what follows, or else the end of the log; and what QEMU said.
show_log() {
	local log first
	log=$(tr -d '\r\0' <"$run/console")
	first=$(grep -n -m 1 -E -f <(grep -v '^#' "$qemu_dir/guest/log-trouble") <<<"$log" | cut -d : -f 1 || true)
	{
		cat "$run/qemu"
		if [[ -n $first ]]; then
			sed -n "$((first > 5 ? first - 5 : 1)),$((first + 60))p" <<<"$log"
		else
			tail -n 30 <<<"$log"
		fi
	} | sed 's/^/    /' >&2
}
