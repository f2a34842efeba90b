# SPDX-License-Identifier: GPL-2.0-only
# Checks the lines that did not run against the list of those that have a reason. First file: the list. Second: lcov's
# counts, with all file names below the folder `top`.

function wrong(text) {
	print text > "/dev/stderr"
	failed = 1
}

# Reads the text of each line, and its function, which lcov does not know where it was inlined.
function load_source(path,  number, line, name) {
	while ((getline line < path) > 0) {
		if (line ~ /^[a-z].*[a-z_]\(/ && line !~ /;$/) {
			name = line
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
		}
		gsub(/^[ \t]+|[ \t]+$/, "", line)
		source[++number] = name ": " line
	}
	close(path)
}

NR == FNR && /^#/ { next }
NR == FNR && /^[^ \t]/ { entry = $0; where[entry] = FILENAME ":" FNR; next }
NR == FNR { if (NF) reason[entry] = $0; next }

/^SF:/ { path = substr($0, 4); file = substr(path, length(top) + 1); load_source(path) }
/^DA:[0-9]+,0/ {
	split(substr($0, 4), part, ",")
	entry = file " " source[part[1]]
	if (entry in where)
		used[entry] = 1
	else
		wrong(file ":" part[1] ": did not run and has no reason: " source[part[1]])
}

END {
	for (entry in where) {
		if (!(entry in reason))
			wrong(where[entry] ": no reason: " entry)
		if (!(entry in used) && reason[entry] !~ /^\tRarely:/)
			wrong(where[entry] ": it ran, or no longer exists: " entry)
	}
	exit failed
}
