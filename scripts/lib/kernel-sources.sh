# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The parts of the kernel's sources that are used here: its epoll test, and its tools that check a module's sources.
# shellcheck source-path=SCRIPTDIR
source "$(dirname -- "${BASH_SOURCE[0]}")/packages.sh"

# kernel_sources SERIES: prints a folder of the cache that has these files at their usual paths. On first use, and when
# Debian has a newer version, fetches the package with the sources; alone, since it depends on tools to build a kernel.
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

# kernel_judges: the same for the newest kernel in Debian 12, whose tools check the most.
kernel_judges() { kernel_sources 6.12; }
