# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The few of the kernel's sources that are used here: its test of epoll, and the tools that judge a module's sources.
# shellcheck source-path=SCRIPTDIR
source "$(dirname -- "${BASH_SOURCE[0]}")/packages.sh"

# kernel_sources SERIES: prints a folder of the cache that has those files at their own places. The first time, and when
# Debian has a newer version, the package with all of them is fetched. Alone: it depends on tools to build a kernel.
kernel_sources() {
	arrange() {
		local wanted=(
			COPYING .clang-format scripts/{checkpatch.pl,spelling.txt,const_structs.checkpatch,coccicheck,coccinelle}
			tools/testing/selftests/{filesystems/epoll,kselftest_harness.h,kselftest.h}
		)
		tar -C "$1" --strip-components 1 --wildcards --no-wildcards-match-slash \
			-xJf "$1"/usr/src/linux-source-*.tar.xz "${wanted[@]/#/*/}" && rm -rf "${1:?}/usr"
	}
	from_packages "kernel-sources-$1" 700 --alone "linux-source-$1"
}

# kernel_judges: the same of the newest kernel in Debian 12, whose tools know most.
kernel_judges() { kernel_sources 6.12; }
