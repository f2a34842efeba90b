# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The commands on a page of the documentation, and whether what they print is as the page shows.
#
# A command follows "$ " in a block, goes on in lines that are indented by four spaces, and at (gdb) prompts; what
# follows is its output, in which "..." stands for lines left out.

# Prints "COMMAND 0x1f OUTPUT 0x1e" for each command on the page.
commands_on() {
	local line command='' output='' fenced='' continues=''
	flush() {
		[[ ! $command ]] || printf '%s\x1f%s\x1e' "$command" "$output"
		command='' output=''
	}
	while IFS= read -r line; do
		if [[ $line == '```'* ]]; then
			flush
			[[ $fenced ]] && fenced='' || fenced=1
			continue
		fi
		# A block is fenced, or indented by four spaces.
		if [[ ! $fenced && $line && $line != '    '* ]]; then
			flush
			continue
		fi
		[[ $fenced ]] || line=${line#    }
		if [[ $line == '$ '* ]]; then
			flush
			command=${line#'$ '} continues=1
		elif [[ $continues && $line == '    '* ]]; then
			command+=$'\n'$line
		elif [[ $command && $line == '(gdb) '* ]]; then
			command+=" -ex \"${line#'(gdb) '}\""
		else
			continues='' output+=$line$'\n'
		fi
	done <"$1"
	flush
}

# Prints what commands_on does of the command on PAGE that contains TEXT, which must be the only one.
record_with() {
	local record found=()
	while IFS= read -r -d $'\x1e' record; do
		[[ ${record%%$'\x1f'*} != *"$1"* ]] || found+=("$record")
	done < <(commands_on "$2")
	((${#found[@]} == 1)) || { echo "${#found[@]} commands in $2 contain: $1"; return 1; } >&2
	echo "${found[0]}"
}

# command_with TEXT PAGE: prints that command.
command_with() {
	local record
	record=$(record_with "$@") || return 1
	echo "${record%%$'\x1f'*}"
}

# output_of TEXT PAGE: prints the output shown behind it.
output_of() {
	local record
	record=$(record_with "$@") || return 1
	echo "${record#*$'\x1f'}"
}

# Replaces all numbers, also hexadecimal ones and those with a unit, and the spaces that align them.
without_numbers() {
	sed -E 's/\b[0-9]+\.[0-9]+ ?s\b/N/g; s/\b(0x)?[0-9a-f]*[0-9][0-9a-f]*(\.[0-9]+)?\b/N/g; s/([a-z]:)[0-9a-f]+\b/\1N/g; s/N(\.N)*[a-z]?\b/N/g; s/[[:space:]]+/ /g; s/^ | $//g'
}

# in_shape SHOWN PRINTED: does the file PRINTED have each line of the file SHOWN, in that order, but for numbers?
in_shape() {
	local shown printed line at=0
	mapfile -t shown < <(without_numbers <"$1" | grep -vxF -e '...' -e '')
	mapfile -t printed < <(without_numbers <"$2")
	for line in "${printed[@]}"; do
		((at == ${#shown[@]})) || [[ $line != "${shown[at]}" ]] || at=$((at + 1))
	done
	((at == ${#shown[@]})) || { echo "missing, or not in this order: ${shown[at]}"; return 1; }
}
