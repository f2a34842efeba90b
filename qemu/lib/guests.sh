# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For the self-test: guests to look at, and claims about how they ended.
# shellcheck disable=SC2154 # qemu/selftest sets work and kernel

passed=0
failed=0

# check CLAIM CONDITION...: prints one TAP line, and on failure the stderr of the last guest.
check() {
	local claim=$1 result='ok'
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		result='not ok'
		failed=$((failed + 1))
	fi
	printf '%s %s - %s\n' "$result" "$((passed + failed))" "$claim"
	if [[ $result != ok ]]; then
		printf '# condition failed: %s\n' "$*"
		printf '# status %s, stderr:\n' "$status"
		sed 's/^/#   /' "$work/stderr"
	fi
}

# guest OPTION... -- COMMAND...: sets status and leaves the output in $work/stdout and $work/stderr.
guest() {
	status=0
	TMPDIR=$work "$qemu_dir/vm" run --kernel "$kernel" "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
}

# Starts a guest whose command waits, and returns when the command runs. Sets launcher.
waiting_guest() {
	[[ -p $work/fifo ]] || mkfifo "$work/fifo"
	# A script's background jobs ignore SIGINT; a launcher started at a prompt does not.
	TMPDIR=$work env --default-signal=INT "$qemu_dir/vm" run --kernel "$kernel" -- \
		sh -c 'echo ready; exec sleep 1000' >"$work/fifo" 2>"$work/stderr" &
	launcher=$!
	exec {output}<"$work/fifo"
	read -r -u "$output" _
}

ended_with() { [[ $status == "$1" ]]; }
stdout_is() { [[ $(<"$work/stdout") == "$1" ]]; }
stderr_has() { grep -q -E -- "$1" "$work/stderr"; }
no_run_folder() { ! compgen -G "$work/myepoll-vm.*" >/dev/null; }

# A QEMU of ours has the run's folder in its arguments. One that was killed takes a moment to disappear.
no_qemu_left() {
	local deadline=$((SECONDS + 5))
	while grep -q -a -s "path=$work/myepoll-vm" /proc/[0-9]*/cmdline; do
		((SECONDS < deadline)) || return 1
		sleep 0.1
	done
}
