// SPDX-License-Identifier: MIT
#include "children.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include <climits>
#include <cstdlib>
#include <cstring>

#include "kernel_call.hpp"
#include "settings.hpp"

namespace preload::children {
namespace {

constexpr const char* preload_is = "LD_PRELOAD=";

// A larger environment is passed on unchanged: its copy would not fit on a small stack.
constexpr std::size_t most_entries = 16'384;

// The absolute path of this library, or empty if children are not to get it.
char library[PATH_MAX];

const char* file_name(const char* path)
{
	const char* const slash = std::strrchr(path, '/');
	return slash != nullptr ? slash + 1 : path;
}

// Whether one of the names, separated by spaces or colons, is that of a copy of this library.
bool names_library(const char* names)
{
	const char* const wanted = file_name(library);
	const std::size_t length = std::strlen(wanted);
	for (const char* at = names; (at = std::strstr(at, wanted)) != nullptr; at += length) {
		const bool begins = at == names || std::strchr("/ :", at[-1]) != nullptr;
		if (begins && std::strchr(" :", at[length]) != nullptr) // or the end
			return true;
	}
	return false;
}

// The path by which the loader found the library, which may be a symbolic link.
void note_path(const char* path)
{
	const std::size_t size = std::strlen(path) + 1;
	if (*path != '/')
		library[0] = realpath(path, library) != nullptr ? '/' : '\0';
	else if (size <= sizeof(library))
		std::memcpy(library, path, size);
}

[[gnu::constructor]] void find_library()
{
	const char* const names = secure_getenv("LD_PRELOAD");
	Dl_info self{};
	if (names == nullptr || !settings::children_are_followed() || dladdr(library, &self) == 0)
		return;
	note_path(self.dli_fname);
	if (!names_library(names))
		library[0] = '\0';
}

bool library_can_be_read()
{
	return kernel_call(SYS_faccessat, AT_FDCWD, library, R_OK) == 0;
}

// The value of a variable if the entry sets it, or null.
const char* value_in(const char* entry, const char* variable_is)
{
	const std::size_t length = std::strlen(variable_is);
	return std::strncmp(entry, variable_is, length) == 0 ? entry + length : nullptr;
}

char* copy(char* to, const char* text)
{
	const std::size_t length = std::strlen(text);
	std::memcpy(to, text, length + 1);
	return to + length;
}

} // namespace

shortage what_lacks(char* const* envp)
{
	if (library[0] == '\0')
		return {};
	shortage lacks;
	lacks.require = settings::device_is_required();
	lacks.no_io_uring = settings::io_uring_is_off();
	for (; envp != nullptr && envp[lacks.entries] != nullptr; ++lacks.entries) {
		const char* const entry = envp[lacks.entries];
		if (const char* const found = value_in(entry, preload_is))
			lacks.preload = found;
		if (value_in(entry, "MYEPOLL_PRELOAD=") != nullptr)
			lacks.require = false;
		if (value_in(entry, "MYEPOLL_PRELOAD_IO_URING=") != nullptr)
			lacks.no_io_uring = false;
	}
	++lacks.entries;
	if (!names_library(lacks.preload))
		lacks.preload_size = std::strlen(preload_is) + std::strlen(library) +
				     std::strlen(lacks.preload) + sizeof(":");
	if (lacks.is_none() || lacks.entries > most_entries || !library_can_be_read())
		return {};
	return lacks;
}

void complete(const shortage& lacks, char* const* envp, char** all, char* preload)
{
	char** out = all;
	if (lacks.preload_size > 0) {
		char* end = copy(copy(preload, preload_is), library);
		if (*lacks.preload != '\0')
			copy(copy(end, ":"), lacks.preload);
		*out++ = preload;
	}
	if (lacks.require)
		*out++ = const_cast<char*>("MYEPOLL_PRELOAD=require");
	if (lacks.no_io_uring)
		*out++ = const_cast<char*>("MYEPOLL_PRELOAD_IO_URING=off");
	for (std::size_t i = 0; i + 1 < lacks.entries; ++i)
		if (lacks.preload_size == 0 || value_in(envp[i], preload_is) == nullptr)
			*out++ = envp[i];
	*out = nullptr;
}

} // namespace preload::children
