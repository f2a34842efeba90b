# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Chooses QEMU's accelerator. /dev/kvm can exist and still make QEMU abort or hang, so it is tested once, by booting a
# guest with a deadline; the result is remembered for this host kernel and this version of QEMU.

kvm_probe_seconds=15
kvm_answers=$cache_dir/kvm-works

# kvm_works KERNEL: the remembered result, or that of a first test with this kernel.
kvm_works() {
	local host answer
	[[ -r /dev/kvm && -w /dev/kvm ]] || return 1
	host="$(uname -r) $(qemu-system-x86_64 --version | head -n 1)"
	if [[ ! -f $kvm_answers || $(head -n 1 "$kvm_answers") != "$host" ]]; then
		note "testing /dev/kvm, once, for at most $kvm_probe_seconds s ..."
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

# QEMU emulates a string instruction byte by byte, so a kernel that believes them to be fast takes eight times as long to
# clear memory, and Debian's clears all that it allocates.
tcg_cpu=max,-erms,-fsrm

# accel_arguments NAME: prints the QEMU arguments, one per line.
accel_arguments() {
	case $1 in
	kvm | kvm-untried) printf '%s\n' -accel kvm -cpu host ;;
	tcg) printf '%s\n' -accel tcg,thread=multi -cpu "$tcg_cpu" ;;
	# For guests that patch code while another CPU executes it: with one thread per CPU, QEMU before 8.1 can
	# translate code that is just being replaced and go on executing the old version.
	tcg-single) printf '%s\n' -accel tcg,thread=single -cpu "$tcg_cpu" ;;
	# Guest time advances 1 ns per instruction, so that measurements are repeatable.
	icount) printf '%s\n' -accel tcg,thread=single -icount shift=0,sleep=off -cpu max ;;
	esac
}
