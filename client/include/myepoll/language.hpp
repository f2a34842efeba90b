// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_LANGUAGE_HPP
#define MYEPOLL_LANGUAGE_HPP

#if __cplusplus < 202002L
#error "myepoll is a library for C++20: compile with -std=c++20 or later"
#endif

#endif
