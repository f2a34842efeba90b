// SPDX-License-Identifier: GPL-2.0-only
// How many targets a user may watch: a machine-wide setting, restored at the end. The users here
// own nothing else, so they are charged only for what the test does.
#pragma once

#include "support/event_set.hpp"

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

namespace support {

class watch_limit {
public:
	static constexpr uid_t some_user = 61001;
	static constexpr uid_t other_user = 61002;

	// Why it cannot be set here, or nullopt.
	static std::optional<std::string> why_impossible();

	explicit watch_limit(backend which);
	watch_limit(const watch_limit&) = delete;
	watch_limit& operator=(const watch_limit&) = delete;
	~watch_limit();

	static std::string path(backend which);
	static long get(backend which);
	// 0 or -errno.
	long set(long most) const { return set(std::to_string(most)); }
	long set(const std::string& text) const;

private:
	backend which_;
	long before_;
};

// Runs a function in a thread that has switched to the user.
void as_user(uid_t user, const std::function<void()>& body);
event_set create_as(uid_t user, backend which);

} // namespace support
