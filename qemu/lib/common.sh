# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What every script here needs: where the cache is, how to complain.
# shellcheck disable=SC2034 # the scripts that source this read what is set here

# Debian keeps modprobe and depmod where an ordinary user's PATH does not look.
PATH=$PATH:/usr/sbin:/sbin

# The exit status of a launcher that could not even start (`timeout` and `env` use it too).
status_not_started=125

qemu_dir=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/..
qemu_dir=$(cd -- "$qemu_dir" && pwd)
cache_dir=${XDG_CACHE_HOME:-$HOME/.cache}/myepoll

note() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { note "$@"; exit "$status_not_started"; }

# need_tools TOOL...: ends with the command that installs them when one is not there.
need_tools() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || die "$tool is not installed; type: $(setup_command)"
	done
}

# What needs more than the machine says so beforehand.
setup_groups=vm
setup_command() { printf '%q %s' "$(cd -- "$qemu_dir/.." && pwd)/scripts/setup" "$setup_groups"; }

# intact FOLDER: a folder of the cache whose `stamp`, written last, holds checksums of the files that matter.
intact() { [[ -f $1/stamp ]] && (cd "$1" && sha256sum --check --status stamp 2>/dev/null); }

# listed_kernels: the lines of kernels.list without comments.
listed_kernels() { grep -Ev '^[[:space:]]*(#|$)' "$qemu_dir/kernels.list"; }
