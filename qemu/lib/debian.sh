# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Kernels from Debian's archive, unpacked instead of installed. Needs no root.
# shellcheck disable=SC2034,SC2154 # qemu/kernel reads what is set here, and sets name

# shellcheck source=packages.sh
source "$qemu_dir/lib/packages.sh"

# debian_resolve IMAGE HEADERS (metapackages): sets version, release and packages; fails if apt does not know them.
debian_resolve() {
	local image headers package
	image=$(depends_on "$1" 'linux-image-.*')
	headers=$(depends_on "$2" 'linux-headers-.*')
	[[ -n $image && -n $headers ]] || return 1
	release=${image#linux-image-}
	[[ $release == "${name%%-*}".* ]] || die "kernel $name needs Debian 12; here $1 is $release"
	if [[ $headers != "linux-headers-$release" ]]; then
		note "$1 and $2 disagree: $image, $headers"
		return 1
	fi
	version=$(candidate_of "$image")
	# Each in its own newest version: the image has to wait for its signature, so it can be older than the tools.
	packages=("$image" "$headers")
	for package in 'linux-headers-.*-common.*' 'linux-kbuild-.*'; do
		package=$(depends_on "$headers" "$package")
		[[ -n $package ]] || return 1
		packages+=("$package")
	done
}

# debian_fetch FOLDER FINAL: fills FOLDER, which will be renamed to FINAL, with what debian_resolve found.
debian_fetch() {
	local folder=$1 final=$2 makefile=$1/usr/src/linux-headers-$release/Makefile
	unpack_packages "$folder" || return 1
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
