// SPDX-License-Identifier: GPL-2.0-only
// A forked child that runs a function. A failed expectation in it fails the test.
#pragma once

#include <sys/types.h>

#include <functional>

namespace support {

class child_process {
public:
	explicit child_process(const std::function<void()>& body);
	child_process(const child_process&) = delete;
	child_process& operator=(const child_process&) = delete;
	// Kills the child if it still runs.
	~child_process();

	pid_t pid() const noexcept { return pid_; }
	void kill(int signal) const;
	// Waits until the child has ended; returns its wait status, 0 if the body returned.
	int join();

private:
	pid_t pid_;
	bool joined_ = false;
	int status_ = 0;
};

// Runs the function in a child and waits for its end; returns its wait status, 0 if the function returned.
int in_child(const std::function<void()>& body);

} // namespace support
