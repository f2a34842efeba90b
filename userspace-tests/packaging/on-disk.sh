# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash source-path=SCRIPTDIR disable=SC2034,SC2154
# What the tests on the disk of a virtual machine have in common.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root
# The kernels are the host's, and need none.
export INITRD=No
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$top/userspace-tests/support/claims.sh"
version=$(<"$top/VERSION")
chmod 755 "$work"

# Who is root needs no sudo.
[[ -e /usr/local/bin/sudo ]] || { printf '#!/bin/sh\nexec "$@"\n' >/usr/local/bin/sudo && chmod 755 /usr/local/bin/sudo; }

# Those of the example in modprobe.d.
has_the_limits() {
	(cd /sys/module/myepoll/parameters && [[ $(<max_user_watches) == 1000000 && $(<max_user_ring_pages) == 16384 ]])
}
is_loaded() { grep -x "$1" /sys/module/myepoll/version; }

cat >"$work/nginx.conf" <<'END'
user root;
pid nginx.pid;
error_log stderr;
worker_processes 1;
events { use epoll; }
http {
	access_log off;
	server { listen 127.0.0.1:8080; root html; }
}
END
mkdir "$work/html"
head -c 100000 /dev/urandom >"$work/html/page"

# start_nginx OPTION...: in the background; sets nginx.
start_nginx() {
	local tries
	myepoll run "$@" -- nginx -p "$work" -c "$work/nginx.conf" -g 'daemon off;' &
	nginx=$!
	for ((tries = 0; tries < 300; tries++)); do
		! served || return 0
		kill -0 "$nginx" || return 1
		sleep 0.2
	done
	return 1
}
served() { wget -q -O "$work/got" http://127.0.0.1:8080/page && cmp "$work/got" "$work/html/page"; }
stop_nginx() { kill -QUIT "$(<"$work/nginx.pid")" && wait "$nginx"; }
on_myepoll() { find /proc/[0-9]*/fd -lname 'anon_inode:\[myepoll\]' 2>/dev/null | grep .; }
nginx_serves() { start_nginx --verify --require && served && on_myepoll && stop_nginx; }
