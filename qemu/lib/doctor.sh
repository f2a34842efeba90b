# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Reports what works here, what does not, and the command that fixes it.

doctor_line() { printf '%-12s %s\n' "$1" "$2"; }

doctor() {
	local tool missing=() name cached first_cached=''
	for tool in qemu-system-x86_64 busybox cpio setpriv modprobe depmod apt-get dpkg; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	if ((${#missing[@]})); then
		doctor_line tools "missing: ${missing[*]}; run: $(setup_command)"
		exit 1
	fi
	doctor_line tools "$(qemu-system-x86_64 --version | head -n 1)"

	for name in $("$qemu_dir/kernel" --list); do
		cached=$(find "$cache_dir/kernels/$name" -mindepth 2 -maxdepth 2 -name stamp -printf '%h\n' 2>/dev/null || true)
		if [[ -n $cached ]]; then
			first_cached=${first_cached:-$name}
			doctor_line "kernel $name" "in the cache: $(sed 's/.*\///' <<<"$cached" | sort -V | xargs)"
		else
			doctor_line "kernel $name" "not in the cache yet; fetched on first use, or run: qemu/kernel $name"
		fi
	done
	doctor_line cache "$cache_dir ($(du -sh "$cache_dir" 2>/dev/null | cut -f 1), can be deleted at any time)"

	if [[ ! -e /dev/kvm ]]; then
		doctor_line accelerator "tcg: there is no /dev/kvm"
	elif [[ ! -r /dev/kvm || ! -w /dev/kvm ]]; then
		doctor_line accelerator "tcg: no permission for /dev/kvm; run: sudo usermod -aG kvm $(id -un)"
	elif [[ -z $first_cached ]]; then
		doctor_line accelerator "/dev/kvm exists; the first run will test it"
	elif kvm_works "$first_cached"; then
		doctor_line accelerator kvm
	else
		doctor_line accelerator "tcg: /dev/kvm exists, but a guest did not boot with it (delete $kvm_answers to test again)"
	fi
}
