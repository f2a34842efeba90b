# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Which accelerator QEMU gets. /dev/kvm may exist and yet abort QEMU or hang it for ever, so its word is not taken:
# one guest is booted against a deadline, and the outcome is remembered for this host kernel and this QEMU.

kvm_probe_seconds=15
kvm_answers=$cache_dir/kvm-works

# kvm_works KERNEL: the remembered answer, or a first try with that kernel.
kvm_works() {
	local host answer
	[[ -r /dev/kvm && -w /dev/kvm ]] || return 1
	host="$(uname -r) $(qemu-system-x86_64 --version | head -n 1)"
	if [[ ! -f $kvm_answers || $(head -n 1 "$kvm_answers") != "$host" ]]; then
		note "trying /dev/kvm, once, for at most $kvm_probe_seconds s ..."
		answer=no
		if "$qemu_dir/vm" run --kernel "$1" --accel kvm-untried --timeout "$kvm_probe_seconds" -- true &>/dev/null; then
			answer=yes
		fi
		printf '%s\n' "$host" "$answer" >"$kvm_answers.$$"
		mv "$kvm_answers.$$" "$kvm_answers"
	fi
	[[ $(tail -n 1 "$kvm_answers") == yes ]]
}

is_accelerator() { [[ $1 =~ ^(auto|kvm|kvm-untried|tcg|tcg-single|icount)$ ]]; }

# accel_arguments NAME: prints the QEMU arguments, one a line.
accel_arguments() {
	case $1 in
	kvm | kvm-untried) printf '%s\n' -accel kvm -cpu host ;;
	tcg) printf '%s\n' -accel tcg,thread=multi -cpu max ;;
	# For a guest that patches code which another processor executes meanwhile: with a thread for each, QEMU before
	# 8.1 can translate the old code while it is replaced and then go on executing it.
	tcg-single) printf '%s\n' -accel tcg,thread=single -cpu max ;;
	# Guest time then counts instructions (1 ns each), so that measurements repeat.
	icount) printf '%s\n' -accel tcg,thread=single -icount shift=0,sleep=off -cpu max ;;
	esac
}
