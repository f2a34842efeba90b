# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Runs tests in virtual machines and adds up their totals. Uses, of `check`: $kernel, $module, $scale, and the folder
# $work, which has the output of each run, "shown" for the last one that was shown, and its status.
passed=0 failed=0 skipped=0 failures_seen=''

# timed NAME COMMAND...: notes how long the command takes, and its status.
timed() {
	local name=$1 status=0 start=$SECONDS
	shift
	"$@" 2>&1 || status=$?
	echo "$status" >"$work/shown.status"
	printf '%6d s  %s\n' "$((SECONDS - start))" "$name" >>"$work/times"
}

# run_in_vm OPTIONS -- NAMES: runs tests in a machine.
run_in_vm() {
	local options=()
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	timed "$kernel: ${options[*]} $*" qemu/vm run --kernel "$kernel" --timeout 2400 --module "$module" "${options[@]}" -- \
		env MYEPOLL_REQUIRED=1 MYEPOLL_MODULE="$module" MYEPOLL_TEST_TIMEOUT_SCALE="$scale" userspace-tests/run "$@"
}

# count_of WORD FILE: the number before WORD in the totals of a run, or 0.
count_of() {
	local number
	number=$(sed -nE "/^[0-9]+ passed, /s/.*\\b([0-9]+) $1.*/\\1/p" "$2" | tail -n 1)
	echo "${number:-0}"
}

# Adds the totals of the last run. A run without totals, or with a failed check of the machine, counts as one more
# failed test.
count() {
	local file=$work/shown status failures
	status=$(<"$file.status")
	failures=$(count_of failed "$file")
	passed=$((passed + $(count_of passed "$file")))
	skipped=$((skipped + $(count_of skipped "$file")))
	failed=$((failed + failures))
	((status == 0 || status == 1 && failures > 0)) || failed=$((failed + 1))
	((status == 0)) || failures_seen+=$(failures_in "$file" | sed "s/^/$kernel: /")$'\n'
}

run() {
	run_in_vm "$@" | tee "$work/shown"
	cat "$work/shown" >>"$work/all_shown"
	count
}

run_on_host() {
	timed "$1" "userspace-tests/$1" | tee "$work/shown"
	count
}

declare -A pid_of=()

# beside NAME COMMAND...: in the background, a command that calls run and run_on_host; `join_beside NAME` prints its output
# and adds its totals.
beside() {
	mkdir "$work/$1"
	with_own_totals "$@" &
	pid_of[$1]=$!
}

with_own_totals() {
	local all=$work work=$work/$1 passed=0 failed=0 skipped=0 failures_seen=''
	shift
	"$@" >"$work/output" 2>&1
	cat "$work/times" >>"$all/times"
	declare -p passed failed skipped failures_seen >"$work/totals"
}

join_beside() {
	local before=("$passed" "$failed" "$skipped" "$failures_seen") status=0
	wait "${pid_of[$1]}" || status=$?
	cat "$work/$1/output"
	# shellcheck source=/dev/null # written by beside
	((status)) || source <(sed 's/^declare --/declare -g/' "$work/$1/totals")
	((status == 0)) || passed=0 failed=1 skipped=0 failures_seen="$1: ended with status $status"$'\n'
	passed=$((passed + before[0])) failed=$((failed + before[1])) skipped=$((skipped + before[2]))
	failures_seen=${before[3]}$failures_seen
}
