# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Runs one guest, from QEMU's command line to its end.
# shellcheck disable=SC2154 # qemu/vm sets the options and what qemu/kernel answered

# A guest that takes longer than this to come up has failed.
boot_seconds=180
# The time a guest has for the checks after it has killed a command that timed out.
check_seconds=120

# The folder with the files of the run, and the terminal settings to restore. Global for the trap.
run=''
terminal=''

# qemu_command: sets the array qemu. The files of the run are in $run.
qemu_command() {
	local kernel_arguments=(
		console=ttyS0 quiet
		# A broken guest reboots at once; with -no-reboot QEMU exits instead.
		panic=-1 oops=panic
		# The leak check finds objects by the name of their slab cache.
		slab_nomerge
		mitigations=off
		# QEMU keeps emulated TSCs in sync; 6.1 does not trust that and would use a clock ten times as slow.
		tsc=reliable
		# Emulated CPUs wait for each other longer than real ones without anything being wrong.
		rcupdate.rcu_cpu_stall_timeout=60 watchdog_thresh=30 sysctl.kernel.hung_task_timeout_secs=60
		# A guest that hangs then panics and shows where, instead of running into the timeout.
		softlockup_panic=1 sysctl.kernel.hung_task_panic=1
		# On a busy host the emulated timer can fail the timer check of the boot, which would panic.
		no_timer_check
		log_buf_len=4M
	)
	# The same addresses in every boot.
	[[ -z $gdb ]] || kernel_arguments+=(nokaslr)
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
		# Without ioeventfd a guest's write() returns once the bytes are in the file; none are lost at the end.
		-device virtio-serial-pci,ioeventfd=off
	)
	[[ -z $disk ]] || qemu+=(-drive "file=$disk,format=raw,if=none,id=disk,cache=unsafe" -device virtio-blk-pci,drive=disk)
	if [[ $verb == shell ]]; then
		# Ctrl-] x kills a hung guest; all other keys go to the guest.
		qemu+=(
			-echr 0x1d -chardev stdio,id=terminal,mux=on,signal=off -device virtconsole,chardev=terminal
		)
	else
		qemu+=(
			-chardev "file,id=stdout,path=$run/stdout" -device virtserialport,name=stdout,chardev=stdout
			-chardev "file,id=stderr,path=$run/stderr" -device virtserialport,name=stderr,chardev=stderr
		)
	fi
	[[ -z $gdb ]] || serve_gdb
}

# Adds QEMU's gdb stub, the file in which the guest says where the kernel and the module are (scripts/gdb/myepoll.py reads
# it), and the channel on which it waits for gdb.
serve_gdb() {
	qemu+=(
		-chardev "socket,id=gdb,path=$run/gdb,server=on,wait=off" -gdb chardev:gdb
		-chardev "file,id=symbols,path=$run/symbols" -device virtserialport,name=symbols,chardev=symbols
	)
	[[ $gdb != wait ]] || qemu+=(
		-chardev "socket,id=go,path=$run/go,server=on,wait=off" -device virtserialport,name=go,chardev=go
	)
}

# Prints the command that starts gdb.
note_gdb() {
	local script
	script=$(realpath --relative-base="$PWD" "$qemu_dir/../scripts/gdb/myepoll.py")
	printf "vm: gdb -q -x %q -ex 'myepoll attach %s'\n" "$script" "$run" >&2
}

# write_orders FOLDER COMMAND...: writes what guest/session finds in /run/vm.
write_orders() {
	local folder=$1 rows=24 columns=80 directory=$PWD session=$qemu_dir/guest/session
	shift
	# The host's root is elsewhere in a machine of its own.
	[[ -z $disk ]] || directory=/ session=/run/host$session
	if [[ $verb == shell ]]; then
		read -r rows columns < <(stty size)
	fi
	mkdir "$folder"
	echo "$session" >"$folder/session"
	[[ -z $disk ]] || cp "$qemu_dir/guest/session.service" "$folder/unit"
	realpath -- "$modules" >"$folder/modules"
	printf '%s=%q\n' mode "$verb" directory "$directory" module "$module" cpus "$cpus" timeout "$timeout" gdb "$gdb" rows "$rows" columns "$columns" \
		>"$folder/settings"
	printf '%s\0' "$@" >"$folder/command"
	# The caller's folders for temporary files do not exist in the guest.
	env -u TMPDIR -u XDG_RUNTIME_DIR --null >"$folder/environment"
}

# boot COMMAND...: exits with the guest's status.
boot() {
	local attempt ended timer
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	run=$(mktemp -d "${TMPDIR:-/tmp}/myepoll-vm.XXXXXX")
	# A whole system takes longer.
	[[ -z $disk ]] || boot_seconds=600

	qemu_command
	write_orders "$run/orders" "$@"
	build_initramfs "$run/root" "$run/initramfs" "$run/orders"
	if $dry_run; then
		printf '%q ' "${qemu[@]}"
		echo
		note "its files are in $run; remove them when you are done"
		run=''
		exit 0
	fi
	[[ $verb == run ]] || terminal=$(stty -g)
	printf 'vm: kernel %s (%s), %s, %s cpus, %s MiB\n' "${version%%-*}" "$release" "$accel" "$cpus" "$memory" >&2
	[[ -z $gdb ]] || note_gdb
	# A failed boot has not run the command, so it can be repeated. Emulated on a busy host, some boots fail.
	for attempt in first second; do
		attend
		if [[ $attempt == second ]] || started || out_of_time; then
			conclude
		fi
		show_log
		note "the guest did not come up; trying once more"
	done
}

# Runs QEMU until it exits or its time is up. Sets ended.
attend() {
	local followers=() limit limits=("$timeout")
	if [[ $timeout == infinity ]]; then
		limits=("$boot_seconds" infinity)
	elif ((timeout > boot_seconds)); then
		limits=("$boot_seconds" "$((timeout - boot_seconds + check_seconds))")
	else
		limits+=("$check_seconds")
	fi
	rm -f "$run"/{console,verdict,stdout,stderr,symbols,qemu}
	touch "$run"/{console,verdict,stdout,stderr}

	# All of these die with the launcher, even if it is killed without a chance to clean up.
	if [[ $verb == shell ]]; then
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
	for limit in "${limits[@]}"; do
		setpriv --pdeathsig KILL -- sleep "$limit" &
		timer=$!
		wait -n -p ended "$qemu_pid" "$timer" "${followers[@]}" || true
		[[ $ended == "$timer" ]] && started || break
	done
	# A follower exits before QEMU when its reader has gone away; the run then ends like any program in a pipe.
	if [[ $ended != "$timer" ]] && kill -0 "$qemu_pid" 2>/dev/null; then
		exit 141
	fi
	end_children
	((${#followers[@]} == 0)) || wait "${followers[@]}" || true
}

# Kills QEMU and the timer if they still run. `jobs` knows; a PID that has been waited for may have been reused.
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
	[[ -z $terminal ]] || stty "$terminal"
	[[ -z $run ]] || rm -rf "$run"
}
