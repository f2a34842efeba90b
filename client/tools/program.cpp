// SPDX-License-Identifier: MIT
#include "tools/program.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "tools/elf_file.hpp"
#include "tools/failure.hpp"

namespace tools {
namespace {

bool is_file(const std::string& path, struct stat& status)
{
	return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool is_executable(const std::string& path)
{
	struct stat status;
	return is_file(path, status) && access(path.c_str(), X_OK) == 0;
}

// The loader ignores LD_PRELOAD for such a program.
bool changes_privilege(const std::string& path)
{
	struct stat status;
	if (!is_file(path, status))
		return false;
	const bool changes_user = (status.st_mode & S_ISUID) != 0 && status.st_uid != getuid();
	const bool changes_group = (status.st_mode & S_ISGID) != 0 && status.st_gid != getgid();
	const bool has_capabilities =
		getuid() != 0 && getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
	return changes_user || changes_group || has_capabilities;
}

std::string interpreter_of(std::string_view first_line)
{
	std::istringstream words{std::string{first_line.substr(2, first_line.find('\n') - 2)}};
	std::string interpreter;
	words >> interpreter;
	return interpreter;
}

// NOLINTNEXTLINE(misc-no-recursion): an interpreter can be a script; scripts_left bounds the depth.
std::optional<std::string> why_out_of_reach(const std::string& path, int scripts_left)
{
	const elf_file file{path};
	if (file.start().starts_with("#!") && scripts_left > 0) {
		const std::string interpreter = interpreter_of(file.start());
		if (const auto why = why_out_of_reach(interpreter, scripts_left - 1))
			return "is a script for " + interpreter + ", which " + *why;
		return std::nullopt;
	}
	if (!file.is_elf())
		return std::nullopt; // executing it will give the error
	if (!file.is_native())
		return "is a 32-bit program, but the preload library is not";
	if (!file.has_interpreter())
		return "is linked statically";
	if (file.has_note_of("Go"))
		return "is a Go program, which calls the kernel without libc";
	if (changes_privilege(path))
		return "changes its privileges, so the loader ignores LD_PRELOAD";
	return std::nullopt;
}

} // namespace

std::string find_program(const std::string& name)
{
	if (name.find('/') != std::string::npos)
		return name;
	const char* const path = std::getenv("PATH");
	std::istringstream folders{path != nullptr ? path : "/bin:/usr/bin"};
	for (std::string folder; std::getline(folders, folder, ':');)
		if (std::string file = (folder.empty() ? "." : folder) + "/" + name;
		    is_executable(file))
			return file;
	throw failure{not_found, name + ": not found in PATH"};
}

std::optional<std::string> why_out_of_reach(const std::string& path)
{
	constexpr int deepest_script = 4;
	return why_out_of_reach(path, deepest_script);
}

std::vector<std::string> sanitizers_of(const std::string& path)
{
	const elf_file file{path};
	if (!file.is_elf() || !file.is_native())
		return {};
	std::vector<std::string> found;
	for (const std::string& library : file.libraries())
		for (const char* const name : {"libasan.so", "libtsan.so", "liblsan.so", "libhwasan.so"})
			if (library.starts_with(name))
				found.push_back(library);
	return found;
}

} // namespace tools
