// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACEFS_IN_C_HPP
#define TOOLS_LOOK_TRACEFS_IN_C_HPP

struct tracefs_hist;
struct tracefs_instance;

// An inline function of tracefs.h 1.6 passes 0 for an enum, which C++ rejects. It finds this one, and nobody calls it.
inline int tracefs_hist_command(tracefs_instance*, tracefs_hist*, int) { return -1; }

extern "C" {
#include <kbuffer.h>
#include <tracefs.h>
}

#endif
