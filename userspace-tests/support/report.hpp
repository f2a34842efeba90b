// SPDX-License-Identifier: GPL-2.0-only
// How the process of a test tells the runner what happened: records through a pipe, written at
// once, so that they survive a crash or a hang, and so that forked helpers can report too.
#pragma once

#include <chrono>
#include <string>

namespace support {

enum class record_kind : char {
	failure = 'F',
	skip = 'S',
	seconds = 'T', // the test needs so many seconds rather than the usual ones
	end = 'E',     // the test ran to its end
};

constexpr char end_of_record = '\0';

// Reports from now on, in this process and its children; also watches for leaked descriptors.
void report_to(int pipe);

void send_record(record_kind kind, const std::string& text);

// A descriptor of this process that is no leak.
void keep_open(int fd);

// First line of a test that takes longer than the usual ten seconds.
void may_take(std::chrono::seconds duration);

} // namespace support
