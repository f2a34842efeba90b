# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian packages: finds their newest versions and unpacks them. Needs no root.
# shellcheck disable=SC2154 # the script that sources this sets packages

# depends_on PACKAGE PATTERN: the first dependency of PACKAGE whose name matches.
depends_on() { apt-cache depends "$1" 2>/dev/null | sed -nE "s/^ *\|?Depends: ($2)\$/\1/p" | head -n 1; }

candidate_of() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p'; }

# unpack_packages FOLDER: fetches $packages and unpacks them there.
unpack_packages() {
	local folder=$1 deb
	mkdir "$folder/debs" || return 1
	# As root, apt would warn that its sandbox user cannot write to the cache.
	(cd "$folder/debs" && apt-get -q -o APT::Sandbox::User="$(id -un)" download "${packages[@]}") >&2 || return 1
	for deb in "$folder"/debs/*.deb; do
		dpkg -x "$deb" "$folder" && rm "$deb" || return 1
	done
	rmdir "$folder/debs"
}
