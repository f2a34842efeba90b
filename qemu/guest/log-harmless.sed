# SPDX-License-Identifier: GPL-2.0-only
# Removes from a kernel log what looks like trouble but is harmless.

# Data races: most are the kernel's own. The RACES check in checks.sh looks for the module's.
/BUG: KCSAN/d
# A memory cgroup at its limit logs a call trace. If the whole machine is, log-trouble matches another line.
/invoked oom-killer:/,/Call Trace:/{
	/Call Trace:/d
}
