// SPDX-License-Identifier: MIT
/* libc's functions that execute a program: what they start runs on myepoll as well. */
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>

#include "children.hpp"
#include "kernel_call.hpp"

#define EXPORTED extern "C" [[gnu::visibility("default")]]

namespace {

using preload::kernel_call;
using preload::children::with_environment;

int as_libc(long result) { return static_cast<int>(preload::to_errno(result)); }

// Functions that do more than one system call are left to the next library. They are looked up at
// the start, because the child of a vfork() must not call dlsym().
template <typename Function> class next_function {
public:
	explicit next_function(const char* name) : name_{name} { find(); }
	Function* operator*()
	{
		if (function_ == nullptr)
			find();
		return function_;
	}

private:
	void find() { function_ = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name_)); }

	const char* name_;
	Function* function_ = nullptr;
};

using execvpe_type = int(const char*, char* const*, char* const*);
using spawn_type = int(pid_t*, const char*, const posix_spawn_file_actions_t*,
		       const posix_spawnattr_t*, char* const*, char* const*);

next_function<execvpe_type> next_execvpe{"execvpe"};
next_function<spawn_type> next_posix_spawn{"posix_spawn"};
next_function<spawn_type> next_posix_spawnp{"posix_spawnp"};

long execute(const char* path, char* const* argv, char* const* envp)
{
	return with_environment(envp, [=](char* const* all) {
		return kernel_call(SYS_execve, path, argv, all);
	});
}

long execute_from_path(const char* file, char* const* argv, char* const* envp)
{
	return with_environment(envp, [=](char* const* all) -> long {
		return (*next_execvpe)(file, argv, all) < 0 ? -errno : 0;
	});
}

long execute_at(int folder, const char* path, char* const* argv, char* const* envp, int flags)
{
	return with_environment(envp, [=](char* const* all) {
		return kernel_call(SYS_execveat, folder, path, argv, all, flags);
	});
}

// Counts arguments up to the final null pointer; the first one is a named parameter.
std::size_t count(const char* first, std::va_list& rest)
{
	std::size_t arguments = 0;
	for (const char* each = first; each != nullptr; each = va_arg(rest, const char*))
		++arguments;
	return arguments;
}

void collect(char** argv, const char* first, std::va_list& rest)
{
	*argv = const_cast<char*>(first);
	while (*argv != nullptr)
		*++argv = va_arg(rest, char*);
}

} // namespace

EXPORTED int execve(const char* path, char* const* argv, char* const* envp) noexcept
{
	return as_libc(execute(path, argv, envp));
}

EXPORTED int execv(const char* path, char* const* argv) noexcept
{
	return as_libc(execute(path, argv, environ));
}

EXPORTED int execvpe(const char* file, char* const* argv, char* const* envp) noexcept
{
	return as_libc(execute_from_path(file, argv, envp));
}

EXPORTED int execvp(const char* file, char* const* argv) noexcept
{
	return as_libc(execute_from_path(file, argv, environ));
}

EXPORTED int fexecve(int fd, char* const* argv, char* const* envp) noexcept
{
	if (fd < 0)
		return as_libc(-EINVAL);
	return as_libc(execute_at(fd, "", argv, envp, AT_EMPTY_PATH));
}

EXPORTED int execveat(int folder, const char* path, char* const* argv, char* const* envp,
		      int flags) noexcept
{
	return as_libc(execute_at(folder, path, argv, envp, flags));
}

// A macro, since the array has to be on the stack of the function that uses it.
#define ARGUMENTS_INTO(argv, first)                                                              \
	std::va_list rest;                                                                       \
	va_start(rest, first);                                                                   \
	auto** const argv = static_cast<char**>(                                                 \
		__builtin_alloca((count(first, rest) + 1) * sizeof(char*)));                     \
	va_end(rest);                                                                            \
	va_start(rest, first);                                                                   \
	collect(argv, first, rest);

EXPORTED int execl(const char* path, const char* first, ...) noexcept
{
	ARGUMENTS_INTO(argv, first)
	va_end(rest);
	return as_libc(execute(path, argv, environ));
}

EXPORTED int execlp(const char* file, const char* first, ...) noexcept
{
	ARGUMENTS_INTO(argv, first)
	va_end(rest);
	return as_libc(execute_from_path(file, argv, environ));
}

EXPORTED int execle(const char* path, const char* first, ...) noexcept
{
	ARGUMENTS_INTO(argv, first)
	char* const* const envp = va_arg(rest, char* const*);
	va_end(rest);
	return as_libc(execute(path, argv, envp));
}

EXPORTED int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
			 const posix_spawnattr_t* attributes, char* const* argv, char* const* envp)
{
	return static_cast<int>(-with_environment(envp, [=](char* const* all) -> long {
		return -(*next_posix_spawn)(pid, path, actions, attributes, argv, all);
	}));
}

EXPORTED int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
			  const posix_spawnattr_t* attributes, char* const* argv,
			  char* const* envp)
{
	return static_cast<int>(-with_environment(envp, [=](char* const* all) -> long {
		return -(*next_posix_spawnp)(pid, file, actions, attributes, argv, all);
	}));
}
