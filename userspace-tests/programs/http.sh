# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.sh sets it
# Shared by the tests of HTTP servers: files to serve, and wrk to request them.

# make_files: creates $work/files/0 to 19, from a few bytes to 7,000, all different.
make_files() {
	local number
	mkdir "$work/files"
	for number in {0..19}; do
		{ echo "$number"; yes "$number $program" | head -c "$((number * number * 20 + number))" || true; } >"$work/files/$number"
	done
	chmod -R a+rX "$work/files"
}

# nginx_configuration PORT WORKERS: prints a configuration that serves these files.
nginx_configuration() {
	cat <<-TEXT
		user www-data;
		daemon off;
		worker_processes $2;
		pid $work/nginx.pid;
		error_log stderr warn;
		events { use epoll; worker_connections 1024; }
		http {
			access_log off;
			keepalive_requests 1000;
			client_body_temp_path $work/body;
			proxy_temp_path $work/proxy;
			fastcgi_temp_path $work/fastcgi;
			scgi_temp_path $work/scgi;
			uwsgi_temp_path $work/uwsgi;
			server { listen 127.0.0.1:$1; root $work/files; }
		}
	TEXT
}

# ask SIDE PORT REQUESTS: runs wrk, which itself is on epoll; its line of results goes to $work/http.SIDE.
ask() {
	meanwhile "$1" wrk -t1 -c64 -d 3000 --timeout 30 -s "$clients/http.lua" "http://127.0.0.1:$2/" -- "$work/files" "$3" \
		>"$work/http.$1"
	cat "$work/http.$1"
	(($(value requests "$work/http.$1") >= $3)) && (($(value wrong "$work/http.$1") == 0 && $(value errors "$work/http.$1") == 0))
}

# http_table WHAT: prints a line for the table, from both sides' results.
http_table() {
	local side errors=0 rates=()
	for side in "${sides[@]}"; do
		errors=$((errors + $(value wrong "$work/http.$side") + $(value errors "$work/http.$side")))
		rates+=("$(value rate "$work/http.$side")/s")
	done
	table "$1" "$requests requests" "$errors" "${rates[0]}" "${rates[1]--}"
}
