// SPDX-License-Identifier: GPL-2.0-only
// How the process of a test tells the runner what happened: records through a pipe, written
// immediately, so that they survive a crash or a hang, and forked helpers can report, too.
#pragma once

#include <chrono>
#include <string>

namespace support {

enum class record_kind : char {
	failure = 'F',
	skip = 'S',
	seconds = 'T', // the test needs this many seconds, not the usual ten
	end = 'E',     // the test ran to its end
};

constexpr char end_of_record = '\0';

// Reports from now on, in this process and its children; also watches for leaked descriptors.
void report_to(int pipe);

void send_record(record_kind kind, const std::string& text);

// Exempts a descriptor of this process from the check for leaks.
void keep_open(int fd);

// To be called first in a test that may take longer than the usual ten seconds.
void may_take(std::chrono::seconds duration);

} // namespace support
