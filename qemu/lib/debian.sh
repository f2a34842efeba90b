# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Kernels from Debian's archive, unpacked instead of installed. Needs no root.
# shellcheck disable=SC2034,SC2154 # qemu/kernel reads what is set here, and sets name

# depends_on PACKAGE PATTERN: the first dependency of PACKAGE whose name matches.
depends_on() { apt-cache depends "$1" 2>/dev/null | sed -nE "s/^ *\|?Depends: ($2)\$/\1/p" | head -n 1; }

candidate_of() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p'; }

# debian_resolve IMAGE HEADERS (metapackages): sets version, release and packages; false if apt does not know.
debian_resolve() {
	local image headers package
	image=$(depends_on "$1" 'linux-image-.*')
	headers=$(depends_on "$2" 'linux-headers-.*')
	[[ -n $image && -n $headers ]] || return 1
	release=${image#linux-image-}
	[[ $release == "${name%%-*}".* ]] || die "kernel $name is in Debian 12, but here $1 is $release"
	if [[ $headers != "linux-headers-$release" ]]; then
		note "$1 and $2 disagree: $image, $headers"
		return 1
	fi
	version=$(candidate_of "$image")
	packages=("$image=$version" "$headers=$version")
	for package in 'linux-headers-.*-common.*' 'linux-kbuild-.*'; do
		package=$(depends_on "$headers" "$package")
		[[ -n $package ]] || return 1
		packages+=("$package=$version")
	done
}

# debian_fetch FOLDER FINAL: fills FOLDER, which will be renamed to FINAL, with what debian_resolve found.
debian_fetch() {
	local folder=$1 final=$2 deb makefile=$1/usr/src/linux-headers-$release/Makefile
	mkdir "$folder/debs" || return 1
	# Its own sandbox user could not write into the cache, and warns about that when root calls.
	(cd "$folder/debs" && apt-get -q -o APT::Sandbox::User="$(id -un)" download "${packages[@]}") >&2 || return 1
	for deb in "$folder"/debs/*.deb; do
		dpkg -x "$deb" "$folder" && rm "$deb" || return 1
	done
	rmdir "$folder/debs" || return 1

	# The headers' Makefile is one line that includes the common one by its installed path.
	[[ $(<"$makefile") =~ ^include\ (/usr/src/[^[:space:]]+)$ ]] || {
		note "$makefile is not the one-line include that Debian's headers used to have"
		return 1
	}
	echo "include $final${BASH_REMATCH[1]}" >"$makefile" && depmod -b "$folder" "$release" || return 1

	vmlinuz=boot/vmlinuz-$release
	modules=lib/modules/$release
	kdir=usr/src/linux-headers-$release
}
