/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entered from the first instruction of a function with one argument, by way of ftrace. Calls
 * myep_file_closing() with that argument, then lets the function go on with it. All other
 * registers that a callee may change are free at the entry of a function.
 */
#include <linux/linkage.h>
#include <asm/frame.h>
#include <asm/ibt.h>
#include <asm/nospec-branch.h>

SYM_FUNC_START(myep_close_trampoline)
	ENDBR
	FRAME_BEGIN
	pushq %rdi
#if defined(CONFIG_MITIGATION_CALL_DEPTH_TRACKING) || defined(CONFIG_CALL_DEPTH_TRACKING)
	CALL_DEPTH_ACCOUNT
#endif
	call myep_file_closing
	popq %rdi
	FRAME_END
	RET
SYM_FUNC_END(myep_close_trampoline)
