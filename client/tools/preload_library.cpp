// SPDX-License-Identifier: MIT
#include "tools/preload_library.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>

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
	std::vector<std::string> entries = in_front;
	const auto add = [&entries](const std::string& entry) {
		if (!entry.empty() && std::ranges::find(entries, entry) == entries.end())
			entries.push_back(entry);
	};
	const char* const before = std::getenv("LD_PRELOAD");
	std::istringstream rest{before != nullptr ? before : ""};
	for (std::string words; std::getline(rest, words, ':');) {
		std::istringstream separated{words};
		for (std::string entry; separated >> entry;)
			add(entry);
	}
	add(library);

	std::string all;
	for (const std::string& entry : entries)
		all += (all.empty() ? "" : ":") + entry;
	setenv("LD_PRELOAD", all.c_str(), 1);
}

} // namespace tools
