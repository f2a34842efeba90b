# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2207 # words without spaces
# Completes the command myepoll in bash, with bash-completion. userspace-tests/completion compares it with --help.

# _myepoll_options VERB
_myepoll_options() {
	local help='-h --help'
	case $1 in
	'') echo "$help --version" ;;
	info) echo "$help" ;;
	run) echo "$help --verify --require --no-io-uring --no-follow --force" ;;
	ls) echo "$help --interval --count --json" ;;
	show) echo "$help --ready --fd --head --json --dot" ;;
	trace) echo "$help -p --buffer -o --json --perfetto" ;;
	record) echo "$help -o --json --perfetto --redact -p --seconds --steps --buffer" ;;
	story) echo "$help -o --json --perfetto --redact --verify" ;;
	esac
}

# _myepoll_value VERB OPTION: completes the option's value; fails if it takes none.
_myepoll_value() {
	case $1:$2 in
	record:-o | story:-o) _filedir html ;;
	trace:-o | record:--json | record:--perfetto | story:--json | story:--perfetto) _filedir ;;
	trace:-p | record:-p) _pids ;;
	# A number.
	ls:--interval | ls:--count | show:--fd | show:--head | *:--buffer | *:--seconds | *:--steps) ;;
	*) return 1 ;;
	esac
}

# _myepoll_argument VERB: completes what is no option.
_myepoll_argument() {
	case $1 in
	show) _pids ;;
	story) _filedir ;;
	run | trace | record) COMPREPLY=($(compgen -W '--' -- "$cur")) ;;
	esac
}

_myepoll() {
	local cur prev words cword split verb='' at
	_init_completion -s || return
	((cword == 1)) || verb=${words[1]}
	for ((at = 2; at < cword; at++)); do
		if [[ ${words[at]} == -- ]]; then
			[[ $verb != @(run|trace|record) ]] || _command_offset $((at + 1))
			return
		fi
	done
	if [[ $prev == -* ]] && _myepoll_value "$verb" "$prev"; then
		return
	elif $split; then
		return
	elif [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$(_myepoll_options "$verb")" -- "$cur"))
	elif [[ ! $verb ]]; then
		COMPREPLY=($(compgen -W 'run info ls show trace record story' -- "$cur"))
	else
		_myepoll_argument "$verb"
	fi
}

complete -F _myepoll myepoll
