// SPDX-License-Identifier: MIT
#include <sys/epoll.h>

#include "layout.hpp"
