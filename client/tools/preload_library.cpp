// SPDX-License-Identifier: MIT
#include "tools/preload_library.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>

#include "tools/failure.hpp"

namespace tools {
namespace {

namespace fs = std::filesystem;

// Relative to the folder of this program: as built, and as installed.
constexpr std::array folders{".", "../lib", "../lib64", "../lib/" MULTIARCH};

// Both separate names in LD_PRELOAD and cannot be escaped.
bool fits_the_variable(const std::string& path)
{
	return path.find_first_of(" :") == std::string::npos;
}

} // namespace

std::string find_preload_library()
{
	const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
	for (const char* const folder : folders) {
		std::error_code missing;
		const fs::path found = fs::canonical(here / folder / preload_library_name, missing);
		if (missing)
			continue;
		if (!fits_the_variable(found))
			throw failure{own_trouble, found.string() + ": LD_PRELOAD cannot contain a path "
						   "with a space or a colon"};
		return found;
	}
	throw failure{own_trouble, std::string{"cannot find "} + preload_library_name + " in or near " + here.string()};
}

void preload(const std::vector<std::string>& in_front, const std::string& library)
{
	const char* const before = std::getenv("LD_PRELOAD");
	std::string all = before != nullptr ? before : "";
	for (const std::string& runtime : in_front)
		if (all.find(runtime) == std::string::npos)
			all = all.empty() ? runtime : runtime + ":" + all;
	if (all.find(library) == std::string::npos)
		all += all.empty() ? library : ":" + library;
	setenv("LD_PRELOAD", all.c_str(), 1);
}

} // namespace tools
