# SPDX-License-Identifier: GPL-2.0-only
# Takes out of a kernel's log what looks like trouble and is none.

# The kernel's own data races are many, and kill nobody; RACES of checks.sh looks at them.
/BUG: KCSAN/d
# A memory group that is at its limit says so with a call trace. When the machine is, its last line tells.
/invoked oom-killer:/,/Call Trace:/{
	/Call Trace:/d
}
