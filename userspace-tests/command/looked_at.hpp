// SPDX-License-Identifier: GPL-2.0-only
// Runs the verbs of the command `myepoll` that look into instances.
#pragma once

#include "preload/program.hpp"

#include <nlohmann/json.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <sstream>

namespace support {

inline words look(words arguments)
{
	arguments.insert(arguments.begin(), command);
	return arguments;
}

inline std::string own_pid() { return std::to_string(getpid()); }
inline std::string pid_and_fd(int fd) { return own_pid() + ":" + std::to_string(fd); }

// The lines of the output, blanks squeezed.
inline std::vector<std::string> squeezed_lines_of(const std::string& output)
{
	std::vector<std::string> lines;
	std::istringstream text{output};
	for (std::string line; std::getline(text, line);) {
		std::string squeezed;
		std::istringstream line_text{line};
		for (std::string word; line_text >> word;)
			squeezed += (squeezed.empty() ? "" : " ") + word;
		lines.push_back(squeezed);
	}
	return lines;
}

inline nlohmann::json json_of(const outcome& ran)
{
	EXPECT_EQ(ran.exit_status(), 0) << ran.errors;
	return nlohmann::json::parse(ran.output);
}

// What `show --json` says of one instance of this process.
inline nlohmann::json shown(int fd, words options = {})
{
	options.insert(options.begin(), {"show", pid_and_fd(fd), "--json"});
	const nlohmann::json json = json_of(run_program(look(options)));
	EXPECT_EQ(json["version"], 1);
	EXPECT_EQ(json["instances"].size(), 1U);
	return json["instances"][0];
}

// The item of a descriptor.
inline nlohmann::json item_of(const nlohmann::json& instance, int fd)
{
	for (const auto& item : instance["items"])
		if (item["fd"] == fd)
			return item;
	ADD_FAILURE() << "no item of " << fd << " in " << instance;
	return {};
}

// A child that does something and then sleeps: it has inherited all that this process has open.
class heir {
public:
	explicit heir(const std::function<void()>& first = [] {})
		: child_{[&first] {
			  first();
			  pause();
		  }}
	{
		await([this] { return asleep_in(inspect_thread(child_.pid(), child_.pid()), SYS_pause); });
	}
	pid_t pid() const { return child_.pid(); }

private:
	child_process child_;
};

inline void become_nobody()
{
	checked(setresgid(65534, 65534, 65534), "setresgid");
	checked(setresuid(65534, 65534, 65534), "setresuid");
}

} // namespace support
