# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # claims.sh sets work
# What the tests in a folder and on a disk have in common.

# use_repository ROOT: from now on apt takes packages from there.
use_repository() { echo 'deb [trusted=yes] file:/srv/repository ./' >"$1/etc/apt/sources.list"; }
offer_next() { echo 'deb [trusted=yes] file:/srv/next ./' >"$1/etc/apt/sources.list.d/next.list"; }

# files_below ROOT: all that could be left behind.
files_below() {
	local root=${1%/} without=() folder
	for folder in proc sys dev run tmp srv root; do without+=(-path "$root/$folder" -o); done
	find "$1" -xdev \( "${without[@]}" -false \) -prune -o -printf '/%P\n' | sort
}

# leaves_nothing ROOT BEFORE: fails if anything is there that was not before, and is ours.
leaves_nothing() {
	files_below "$1" | comm -13 "$2" - >"$work/left"
	! grep -i myepoll "$work/left" && ! grep -rIl myepoll "$1/etc" "$1/var/lib/dpkg/info" "$1/var/lib/systemd"
}

# list_left ROOT: lists what leaves_nothing has found, but for the files of packages that stay, which others recommend.
list_left() {
	sed -E 'p; s#^/(bin|sbin|lib)#/usr&#' "$1"/var/lib/dpkg/info/*.list | sort -u | comm -23 "$work/left" - |
		grep -vE '^/(var/lib/dpkg/(info|alternatives)|etc/alternatives)(/|$)' | sed 's/^/    left by others: /'
}
