# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Starts programs on one side or the other, inspects them while they serve, and ends them.
# shellcheck disable=SC2154 # lib.sh sets it

# on_both_sides FUNCTION: calls it once for each side.
on_both_sides() {
	local side
	for side in "${sides[@]}"; do
		: >"$work/seen.$side"
		"$1" "$side"
		claim "on $side has sets of $side only, in all its processes" on_side_alone "$side"
	done
}

# start SIDE COMMAND...: runs it in the background and adds its PID to servers. On myepoll it runs under `myepoll run`,
# which fails if the command or one of its children makes a kernel epoll, however short-lived.
start() {
	local side=$1 launch=()
	[[ $side == epoll ]] || launch=("$runner" run --verify --require --no-io-uring --)
	shift
	(
		echo "$BASHPID" >"$cgroup/$side/cgroup.procs"
		exec setsid "${launch[@]}" "$@"
	) </dev/null >>"$work/log" 2>&1 &
	servers+=($!)
}

# Records which sets of either kind the servers' processes have open now.
look() {
	local pid descriptors=()
	while read -r pid; do
		descriptors+=("/proc/$pid/fd/"*)
	done <"$cgroup/$1/cgroup.procs"
	# Processes may end meanwhile.
	{ ls -l "${descriptors[@]}" 2>/dev/null || true; } | sed -n 's,.* /proc/\([0-9]*\)/fd/.*\(anon_inode:\[.*poll\]\)$,\1 \2,p' \
		>>"$work/seen.$1"
}

on_side_alone() {
	local name='anon_inode:[eventpoll]'
	[[ $1 == epoll ]] || name='anon_inode:[myepoll]'
	sort "$work/seen.$1" | uniq -c
	grep -qF "$name" "$work/seen.$1" && ! grep -vqF "$name" "$work/seen.$1"
}

# meanwhile SIDE COMMAND...: runs a client, which itself is on epoll, and inspects SIDE's servers until it has ended.
meanwhile() {
	local side=$1 client status=0
	shift
	"$@" </dev/null &
	client=$!
	attend "$side" "$client"
	wait "$client" || status=$?
	return "$status"
}

attend() {
	while kill -0 "$2" 2>/dev/null; do
		look "$1"
		sleep 0.3
	done
}

# observed SIDE COMMAND...: runs a program on that side to its end and inspects its processes meanwhile.
observed() {
	local status=0
	start "$@"
	attend "$1" "${servers[-1]}"
	wait "${servers[-1]}" || status=$?
	unset 'servers[-1]'
	return "$status"
}

# await_port PORT: waits until connections are accepted there.
await_port() {
	local deadline=$((SECONDS + 30))
	until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
		((SECONDS < deadline)) || { echo "nothing accepts connections on port $1"; tail -n 20 "$work/log"; return 1; }
		sleep 0.05
	done
}

# stop [SIGNAL]: signals all servers; fails if one exits with an error or leaves a process behind.
stop() {
	local server status wrong=0
	for server in "${servers[@]}"; do
		status=0
		kill -"${1-TERM}" "$server"
		wait "$server" || status=$?
		((status == 0 || status == 128 + $(kill -l "${1-TERM}"))) || { echo "exited with status $status"; wrong=1; }
	done
	servers=()
	# The size of such a file is always 0.
	if [[ -n $(cat "$cgroup"/*/cgroup.procs) ]]; then
		echo "left behind: $(cat "$cgroup"/*/cgroup.procs)"
		wrong=1
	fi
	((wrong == 0)) || tail -n 20 "$work/log"
	return "$wrong"
}
