# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash source-path=SCRIPTDIR
# The library of the tests of unmodified programs. Each test runs a program twice, without and with the preload library,
# in a Debian system of its own (scripts/programs), and compares the results.
# shellcheck disable=SC2034 # the programs read what is set here

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/servers.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
runner=$top/build/client/myepoll
clients=$here/clients
program=${0##*/}
sides=(epoll myepoll)
# Has a cgroup for each side, with all servers and their children; clients are not in it.
cgroup=/sys/fs/cgroup/command/programs
servers=()
passed=0 failed=0 skipped=0

# begin ARGUMENT...: handles the options, then restarts the script inside the system with the programs.
begin() {
	case ${1-} in
	-h | --help)
		printf 'usage: userspace-tests/programs/%s\n\n' "$program"
		sed -n '3,/^[^#]/{/^# shellcheck/d; s/^# \?//p}' "$0"
		printf '\n%s\n%s\n' 'Runs in the virtual machine and prints TAP. MYEPOLL_PROGRAMS is the folder that' \
			'scripts/programs prints; MYEPOLL_PROGRAMS_SIZE=long runs long enough for meaningful figures.'
		exit 0
		;;
	esac
	if [[ ! -e /run/vm/settings ]]; then
		skip_all "runs only in the virtual machine: it starts servers and mounts file systems"
	elif [[ -z ${MYEPOLL_PROGRAMS-} ]]; then
		skip_all "MYEPOLL_PROGRAMS is not set (scripts/programs prints its value)"
	elif [[ ! -e /packages ]]; then
		enter "$@"
	fi
	export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root
	work=$(mktemp -d)
	chmod 755 "$work"
	cd "$work"
	mkdir -p "$cgroup"/{epoll,myepoll}
	trap clean_up EXIT
	[[ -e $runner ]] || without_preload
}

without_preload() {
	sides=(epoll)
	if [[ ${MYEPOLL_REQUIRED-} == 1 ]]; then
		outcome 'not ok' "$program: there is ${runner#"$top/"}"
	else
		outcome skip "$program on myepoll" "there is no ${runner#"$top/"}"
	fi
}

# Restarts the script with MYEPOLL_PROGRAMS as /, in a mount namespace of its own.
enter() {
	# shellcheck disable=SC2016 # for the inner shell
	exec unshare --mount bash -c '
		root=$1 top=$2 program=$3
		shift 3
		mount --make-rprivate /
		mount --bind "$root" "$root"
		for folder in proc sys dev run; do
			mount --rbind "/$folder" "$root/$folder"
		done
		mount -t tmpfs -o mode=1777 tmp "$root/tmp"
		mkdir -p "$root$top"
		mount --bind "$top" "$root$top"
		exec chroot "$root" "$program" "$@"
	' enter "$MYEPOLL_PROGRAMS" "$top" "$here/$program" "$@"
}

clean_up() {
	echo 1 >"$cgroup/cgroup.kill"
	while grep -q 'populated 1' "$cgroup/cgroup.events"; do
		sleep 0.1
	done
	rmdir "$cgroup"/{epoll,myepoll} "$cgroup"
	cd /
	rm -rf "$work"
}

# size SHORT LONG: prints SHORT, which `make check` can wait for, or LONG, which gives meaningful figures.
size() { [[ ${MYEPOLL_PROGRAMS_SIZE-} == long ]] && echo "$2" || echo "$1"; }

# outcome ok|'not ok'|skip TEXT [REASON]
outcome() {
	case $1 in
	ok) passed=$((passed + 1)) ;;
	'not ok') failed=$((failed + 1)) ;;
	skip) skipped=$((skipped + 1)) ;;
	esac
	echo "${1/skip/ok} $((passed + failed + skipped)) - $2${3:+ # SKIP $3}"
}

# claim TEXT COMMAND...: the claim holds if the command succeeds; otherwise its output is printed.
claim() {
	local text=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		outcome ok "$program $text"
	else
		outcome 'not ok' "$program $text"
		tail -n 40 "$work/said" | sed 's/^/# /'
	fi
}

skip_all() {
	outcome skip "$program" "$1"
	finish
}

# table WHAT AMOUNT ERRORS EPOLL MYEPOLL: prints a line for the table at the end of the whole run.
table() { printf '# table: %s | %s | %s | %s | %s | %s\n' "$program" "$@"; }

finish() {
	local line="$passed passed, $failed failed"
	((skipped == 0)) || line+=", $skipped skipped"
	echo "1..$((passed + failed + skipped))"
	echo "$line"
	exit "$((failed > 0))"
}

# value NAME FILE: prints the value of name=value in a client's output.
value() { sed -n "s/^\(.* \)\?$1=\([^ ]*\).*/\2/p" "$2" | tail -n 1; }

# same FILE FILE: are both sides' results equal? True if there is only one side.
same() { [[ ${#sides[@]} == 1 ]] || diff "$1" "$2"; }
