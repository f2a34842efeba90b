// SPDX-License-Identifier: MIT
#include <linux/eventpoll.h>

#include "layout.hpp"
