# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Kernels of the next Debian, from trixie-backports, with the compiler that they need. Unpacked, not installed:
# scripts/module builds with that /usr in place of the host's. Needs no root.
# shellcheck disable=SC2034,SC2154 # qemu/kernel reads what is set here, and sets name
# shellcheck source=packages.sh
source "$qemu_dir/lib/packages.sh"

lists=$cache_dir/apt/trixie/lists
room=2000

# Needed by the build. Most of it is on every Debian system, so packages do not name it as a dependency.
tools=(make gcc binutils dash bash coreutils sed grep mawk findutils perl-base diffutils)

# apt_trixie TOOL ARGUMENT...: runs TOOL on the archives of trixie alone, regardless of what is installed.
apt_trixie() {
	local place=$cache_dir/apt/trixie tool=$1
	shift
	mkdir -p "$place"/{lists,archives}/partial
	printf 'deb http://deb.debian.org/debian %s main\n' trixie trixie-backports >"$place/sources.list"
	: >"$place/status"
	"$tool" -q -o Dir::Etc::sourcelist="$place/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$lists" -o Dir::State::status="$place/status" -o Dir::Cache="$place" \
		-o APT::Sandbox::User="$(id -un)" -o APT::Install-Recommends=false "$@"
}

refresh_lists() {
	note "fetching the package lists of trixie"
	apt_trixie apt-get update >&2
}

# trixie_resolve SERIES: sets version, release and packages; fails if apt does not know it.
trixie_resolve() {
	release=$(apt_trixie apt-cache pkgnames "linux-headers-$1." 2>/dev/null | sed -n 's/^linux-headers-\(.*+deb13-amd64\)$/\1/p' |
		sort -V | tail -n 1)
	[[ -n $release ]] || return 1
	version=$(apt_trixie apt-cache policy "linux-headers-$release" | sed -n 's/^  Candidate: //p')
	packages=(linux-{binary,modules,headers}-"$release")
}

# trixie_fetch FOLDER FINAL: fills FOLDER, which will be renamed to FINAL, with what trixie_resolve found.
trixie_fetch() {
	local folder=$1 final=$2 deb
	mkdir -p "$folder/debs/partial" || return 1
	apt_trixie apt-get -y -o Dir::Cache::archives="$folder/debs" --download-only install "${packages[@]}" "${tools[@]}" >&2 ||
		return 1
	for deb in "$folder"/debs/*.deb; do
		dpkg -x "$deb" "$folder" && rm "$deb" || return 1
	done
	# Half of the files are not needed here; the link is one that the package's own script would have made.
	rm -r "$folder/debs" "$folder"/usr/share/{doc,man,locale} && ln -sf mawk "$folder/usr/bin/awk" &&
		depmod -b "$folder/usr" "$release" || return 1

	vmlinuz=usr/lib/modules/$release/vmlinuz
	modules=usr/lib/modules/$release
	kdir=usr/src/linux-headers-$release
	build_usr=$final/usr
}
