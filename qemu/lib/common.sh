# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by all scripts here: the cache folder, messages, required tools.
# shellcheck disable=SC2034 # the scripts that source this read what is set here

# Debian keeps modprobe and depmod in folders that are not in an ordinary user's PATH.
PATH=$PATH:/usr/sbin:/sbin

# The exit status if nothing could be started, as with `timeout` and `env`.
status_not_started=125

qemu_dir=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/..
qemu_dir=$(cd -- "$qemu_dir" && pwd)
cache_dir=${XDG_CACHE_HOME:-$HOME/.cache}/myepoll

note() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { note "$@"; exit "$status_not_started"; }

# need_tools TOOL...: if one is missing, exits and names the command that installs it.
need_tools() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || die "$tool is not installed; run: $(setup_command)"
	done
}

# Groups of scripts/setup; scripts that need more than the virtual machine override this.
setup_groups=vm
setup_command() { printf '%q %s' "$(cd -- "$qemu_dir/.." && pwd)/scripts/setup" "$setup_groups"; }

# intact FOLDER: whether the checksums in its `stamp`, which is written last, match.
intact() { [[ -f $1/stamp ]] && (cd "$1" && sha256sum --check --status stamp 2>/dev/null); }

# listed_kernels: the lines of kernels.list without comments.
listed_kernels() { grep -Ev '^[[:space:]]*(#|$)' "$qemu_dir/kernels.list"; }
