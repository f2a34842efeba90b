// SPDX-License-Identifier: MIT
#include "tools/process.hpp"

#include <filesystem>
#include <fstream>

namespace tools {
namespace {

std::string folder_of(pid_t process) { return "/proc/" + std::to_string(process) + "/"; }

} // namespace

std::string program_of(pid_t process)
{
	std::error_code unknown;
	const auto path = std::filesystem::read_symlink(folder_of(process) + "exe", unknown);
	return unknown ? name_of(process) : path.string();
}

std::string name_of(pid_t process)
{
	std::ifstream file{folder_of(process) + "comm"};
	std::string name;
	std::getline(file, name);
	return name.empty() ? "a program" : name;
}

pid_t parent_of(pid_t process)
{
	std::ifstream file{folder_of(process) + "status"};
	pid_t parent = 0;
	for (std::string word; file >> word;)
		if (word == "PPid:" && file >> parent)
			return parent;
	return 0;
}

bool has_mapped(pid_t process, const std::string& file_name)
{
	std::ifstream file{folder_of(process) + "maps"};
	for (std::string line; std::getline(file, line);)
		if (line.ends_with("/" + file_name))
			return true;
	return false;
}

} // namespace tools
