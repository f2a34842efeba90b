# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian packages, unpacked into a folder of the cache instead of installed. Needs no root.
# shellcheck source-path=SCRIPTDIR
source "$(dirname -- "${BASH_SOURCE[0]}")/../../qemu/lib/common.sh"

# apt_apart FOLDER: sets the array apt, a command that uses this machine's package lists but ignores what is installed
# and all archives except Debian's own.
apt_apart() {
	mkdir -p "$1/archives/partial"
	: >"$1/status"
	printf 'Package: *\nPin: release o=%s\nPin-Priority: %s\n\n' Debian,n=bookworm\* 990 \* -1 >"$1/preferences"
	apt=(
		apt-get -q -y
		-o Dir::State::status="$1/status" -o Dir::State::extended_states="$1/extended_states"
		-o Dir::Cache::archives="$1/archives" -o Dir::Etc::preferences="$1/preferences"
		-o Dir::Etc::preferencesparts=/dev/null -o APT::Install-Recommends=false
		# As root, apt would warn that its sandbox user cannot write here.
		-o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true
	)
}

# what_apt_gets PACKAGE...: "NAME_VERSION_ARCHITECTURE.deb SIZE", one per line; with all dependencies unless $alone.
what_apt_gets() {
	local verb=install
	! $alone || verb=download
	"${apt[@]}" "$verb" --print-uris "$@" 2>/dev/null | sed -n "s/^'[^']*' \([^ ]*\.deb\) \([0-9]*\) .*/\1 \2/p" | sort
}

get_packages() {
	if $alone; then
		(cd "$work/archives" && "${apt[@]}" download "$@")
	else
		"${apt[@]}" --download-only install "$@"
	fi
}

seal() (
	cd "$1" || exit
	find . -type f ! -path ./stamp -print0 | sort -z | xargs -0 sha256sum >../.stamp.$$ && mv ../.stamp.$$ stamp
)

newest_intact() {
	local entry
	while read -r entry; do
		if intact "$1/$entry"; then
			echo "$entry"
			return
		fi
	done < <(find "$1" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%T@ %f\n' | sort -rn | cut -d ' ' -f 2)
	return 1
}

# from_packages KIND MEGABYTES [--alone] PACKAGE...: prints the cache folder with the unpacked packages and, unless
# --alone, all their dependencies. The caller's function `arrange FOLDER` adapts it before it is sealed.
from_packages() {
	local kind=$1 megabytes=$2 place=$cache_dir/$1 alone=false files key size free work apt lock
	shift 2
	if [[ $1 == --alone ]]; then
		alone=true
		shift
	fi
	need_tools apt-get dpkg sha256sum flock
	mkdir -p "$place" || die "cannot write to the cache $cache_dir"
	# One fetch at a time: a second caller then finds what the first one fetched.
	exec {lock}>"$place/.lock"
	flock "$lock"
	# We hold the lock, so anything found here is from a fetch that was killed.
	rm -rf "$place"/.fill.* "$place"/.stamp.*
	work=$(mktemp -d "$place/.fill.XXXXXX")
	# shellcheck disable=SC2064 # the name is needed as it is now
	trap "rm -rf '$work'" EXIT
	apt_apart "$work"
	if ! find_or_fetch "$@" && ! { refresh_lists && find_or_fetch "$@"; }; then
		key=$(newest_intact "$place") ||
			die "cannot get $kind, and none is in the cache; once the network is up, run: scripts/setup --update"
		note "cannot get the newest $kind; using what is in the cache"
	fi
	echo "$place/$key"
}

refresh_lists() {
	note "cannot get $kind with apt's current package lists; refreshing them"
	"$qemu_dir/../scripts/setup" --update
}

# Callers test the status, which disables `set -e` in here: hence the &&.
find_or_fetch() {
	files=$(what_apt_gets "$@")
	[[ -n $files ]] || return 1
	key=$({ echo "$files"; declare -f arrange; } | sha256sum | cut -c 1-16)
	! intact "$place/$key" || return 0
	free=$(df --output=avail -k "$place" | tail -n 1)
	((free > megabytes * 1000)) || die "not enough space in $place: $megabytes MB needed, $((free / 1000)) MB free"
	size=$((($(cut -d " " -f 2 <<<"$files" | paste -sd +)) / 1000000))
	note "fetching $(wc -l <<<"$files") Debian packages, $size MB, for: $*"
	if ! get_packages "$@" >"$work/log" 2>&1; then
		tail -n 5 "$work/log" >&2
		return 1
	fi
	unpack && arrange "$work/root" && echo "$files" >"$work/root/packages" && seal "$work/root" &&
		rm -rf "${place:?}/$key" && chmod 755 "$work/root" && mv -T "$work/root" "$place/$key"
}

unpack() {
	local deb
	mkdir "$work/root" || return 1
	for deb in "$work"/archives/*.deb; do
		dpkg -x "$deb" "$work/root" && rm "$deb" || return 1
	done
}
