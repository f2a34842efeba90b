# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Kernels that Debian does not have, built from its sources: qemu/configs/guest.config with qemu/configs/NAME.config.
# shellcheck disable=SC2034,SC2154 # qemu/kernel reads what is set here, and sets name
# shellcheck source=packages.sh
source "$qemu_dir/lib/packages.sh"

fragments=("$qemu_dir/configs/guest.config" "$qemu_dir/configs/$name.config")

# source_resolve SERIES [BOOT ARGUMENT...]: sets version, packages and append; false if apt does not know.
source_resolve() {
	tree=linux-source-$1
	shift
	append=$*
	version=$(candidate_of "$tree")
	[[ -n $version ]] || return 1
	packages=("$tree=$version")
	# Another configuration is another kernel.
	version+=+$(cat "${fragments[@]}" "$qemu_dir/lib/source.sh" | sha256sum | cut -c 1-8)
}

# source_fetch FOLDER FINAL: fills FOLDER, which will be renamed to FINAL, with what source_resolve found.
source_fetch() {
	local folder=$1 source=$1/source
	need_tools make gcc flex bison bc xz
	unpack_packages "$folder" && mkdir "$source" &&
		tar -C "$source" --strip-components 1 -xJf "$folder/usr/src/$tree.tar.xz" && rm -r "$folder/usr" || return 1
	note "building it, which takes some minutes ..."
	configure "$source" && build "$source" >&2 || return 1
	release=$(make -s -C "$source" kernelrelease)
	vmlinuz=vmlinuz
	modules=lib/modules/$release
	kdir=source
	cp "$source/arch/x86/boot/bzImage" "$folder/vmlinuz" && list_built_in "$source" "$folder/$modules" &&
		depmod -b "$folder" "$release" && reduce "$source"
}

# What the fragments ask for, and nothing else. An option that is not there any more shall not be lost in silence.
configure() {
	local wanted lost
	wanted=$(cat "${fragments[@]}")
	echo "CONFIG_LOCALVERSION=\"-$name\"" | cat - "${fragments[@]}" >"$1/wanted.config" &&
		make -s -C "$1" KCONFIG_ALLCONFIG=wanted.config allnoconfig >&2 || return 1
	lost=$(grep '^CONFIG_' <<<"$wanted" | grep -v '=n$' | grep -vxF -f "$1/.config" || true)
	[[ -z $lost ]] || { note "these options cannot be set: $(xargs <<<"$lost")"; return 1; }
}

build() {
	make -s -C "$1" -j"$(nproc)" bzImage modules_prepare && cp "$1/vmlinux.symvers" "$1/Module.symvers"
}

# Nothing is a module, and modprobe has to know.
list_built_in() {
	mkdir -p "$2" && make -s -C "$1" modules.builtin && touch "$2/modules.order" &&
		cp "$1/modules.builtin" "$1/modules.builtin.modinfo" "$2/"
}

# Leaves what it takes to build a module, and to sign it: a tenth of it all.
reduce() (
	cd "$1" &&
		mv tools/objtool/objtool . &&
		find . -mindepth 1 -maxdepth 1 ! -name include ! -name arch ! -name scripts ! -name objtool ! -name Makefile \
			! -name .config ! -name Module.symvers ! -name System.map ! -name certs -exec rm -r {} + &&
		find certs -type f ! -name 'signing_key.*' -delete &&
		find arch -mindepth 1 -maxdepth 1 ! -name x86 -exec rm -r {} + &&
		find arch -type f ! -name '*.h' ! -name 'Makefile*' -delete &&
		mkdir -p tools/objtool && mv objtool tools/objtool/
)
