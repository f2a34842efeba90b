// SPDX-License-Identifier: MIT
#include "tools/execute.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/failure.hpp"

namespace tools {

void execute(const std::string& program, const std::vector<std::string>& command)
{
	std::vector<char*> arguments;
	arguments.reserve(command.size() + 1);
	for (const std::string& argument : command)
		arguments.push_back(const_cast<char*>(argument.c_str()));
	arguments.push_back(nullptr);
	// execvp() also runs a script without a #! line, as a shell does.
	execvp(program.c_str(), arguments.data());
	const int error = errno;
	throw failure{error == ENOENT ? not_found : cannot_be_executed,
		      program + ": " + std::strerror(error)};
}

} // namespace tools
