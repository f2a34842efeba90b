# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The guest's initramfs: busybox, the modules needed to mount the host's files, guest/init and the orders of one run.
# Building it takes 0.2 s, so each run builds its own and nothing can be stale.
# shellcheck disable=SC2154 # qemu/vm sets modules, release and disk

# What guest/init needs to mount the host's files and to open the channels, and for a disk.
guest_modules=(virtio_pci 9pnet_virtio 9p overlay virtio_console)
disk_modules=(virtio_blk ext4)

# module_files: the files to load, dependencies first. Reads $modules and $release.
module_files() {
	# Modules that are built into this kernel have no file.
	modprobe -d "${modules%/lib/modules/*}" -S "$release" --show-depends -a "${guest_modules[@]}" ${disk:+"${disk_modules[@]}"} |
		sed -n 's/^insmod //p' | sed 's/ *$//' | awk '!seen[$0]++'
}

# build_initramfs FOLDER FILE ORDERS: the guest finds the folder ORDERS as /run/vm.
build_initramfs() {
	local folder=$1 file=$2 orders=$3 number=100 files module
	files=$(module_files) || die "cannot find the modules ${guest_modules[*]} of $release"
	mkdir -p "$folder"/{bin,modules,proc,sys,dev,host,overlay,root}
	cp "$(command -v busybox)" "$folder/bin/busybox"
	cp "$qemu_dir/guest/init" "$folder/init"
	cp -r "$orders" "$folder/orders"
	for module in $files; do
		number=$((number + 1))
		case $module in
		*.xz) busybox xzcat "$module" >"$folder/modules/$number.ko" ;;
		*) cp "$module" "$folder/modules/$number.ko" ;;
		esac
	done
	(cd "$folder" && find . -print0 | cpio --quiet --null -o -H newc) >"$file"
}
