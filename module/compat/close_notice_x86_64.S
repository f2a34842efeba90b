/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ftrace calls this from the first instruction of a function with one argument. Calls
 * myep_file_closing() with the argument, then returns to the function. Other caller-saved registers
 * hold nothing at the entry of a function.
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
