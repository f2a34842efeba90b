// SPDX-License-Identifier: GPL-2.0-only
// Executes or starts another program, with the call that its first argument names and a new environment:
// empty, or LD_PRELOAD alone, with the value of LD_PRELOAD_OF_CHILD. It knows nothing of the tests and needs
// only libc.
//
//	child_maker execve /usr/bin/env [ARGUMENT]
#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct call {
	const char* path;
	const char* argument; // one, or null
	char* const* argv;
	char* const* envp;
};

// For calls that take no environment and so pass on that of the process.
void become_environment(const call& with)
{
	clearenv();
	for (char* const* entry = with.envp; *entry != nullptr; ++entry)
		putenv(*entry);
}

int by_execve(const call& c) { return execve(c.path, c.argv, c.envp); }
int by_execv(const call& c) { return become_environment(c), execv(c.path, c.argv); }
int by_execvp(const call& c) { return become_environment(c), execvp(c.path, c.argv); }
int by_execvpe(const call& c) { return execvpe(c.path, c.argv, c.envp); }
int by_execl(const call& c)
{
	return become_environment(c), execl(c.path, c.path, c.argument, static_cast<char*>(nullptr));
}
int by_execlp(const call& c)
{
	return become_environment(c), execlp(c.path, c.path, c.argument, static_cast<char*>(nullptr));
}
int by_execle(const call& c)
{
	if (c.argument == nullptr)
		return execle(c.path, c.path, static_cast<char*>(nullptr), c.envp);
	return execle(c.path, c.path, c.argument, static_cast<char*>(nullptr), c.envp);
}
int by_fexecve(const call& c) { return fexecve(open(c.path, O_PATH | O_CLOEXEC), c.argv, c.envp); }
int by_execveat(const call& c) { return execveat(AT_FDCWD, c.path, c.argv, c.envp, 0); }
int by_system_call(const call& c) { return static_cast<int>(syscall(SYS_execve, c.path, c.argv, c.envp)); }
int by_system_call_at(const call& c)
{
	return static_cast<int>(syscall(SYS_execveat, AT_FDCWD, c.path, c.argv, c.envp, 0));
}

int end_of(pid_t child)
{
	int status = 0;
	waitpid(child, &status, 0);
	return status;
}

int by_spawn(decltype(posix_spawn)* spawn, const call& c)
{
	pid_t child = 0;
	errno = spawn(&child, c.path, nullptr, nullptr, c.argv, c.envp);
	return errno != 0 ? -1 : end_of(child);
}

int by_posix_spawn(const call& c) { return by_spawn(posix_spawn, c); }
int by_posix_spawnp(const call& c) { return by_spawn(posix_spawnp, c); }

std::string mappings()
{
	static char text[65536];
	const int maps = open("/proc/self/maps", O_RDONLY);
	std::size_t size = 0;
	for (ssize_t more = 1; more > 0; size += static_cast<std::size_t>(more))
		more = read(maps, text + size, sizeof(text) - size);
	close(maps);
	return {text, size};
}

// The child shares the memory of this process, and must leave no trace in it.
int by_vfork(const call& c)
{
	mappings(); // so that its buffers are allocated
	const std::string before = mappings();
	const std::size_t allocated = mallinfo2().uordblks;
	const pid_t child = vfork();
	if (child == 0) {
		execve(c.path, c.argv, c.envp);
		_exit(1);
	}
	const bool same = mallinfo2().uordblks == allocated && mappings() == before;
	std::printf("%s\n", same ? "no trace" : "a trace");
	std::fflush(stdout);
	return end_of(child);
}

// The largest environment that the kernel accepts.
int largest_environment(const call& c)
{
	std::size_t fits = 0;
	for (std::size_t step = 4096; step > 0; step /= 2) {
		const std::string entry(1000, 'x');
		std::vector<char*> envp(fits + step, const_cast<char*>(entry.c_str()));
		envp.push_back(nullptr);
		const pid_t child = fork();
		if (child == 0) {
			execve(c.path, c.argv, envp.data());
			_exit(errno == E2BIG);
		}
		if (end_of(child) == 0)
			fits += step;
	}
	return std::printf("%zu\n", fits), 0;
}

constexpr struct {
	const char* name;
	int (*perform)(const call&);
} ways[] = {
	{"execve", by_execve},
	{"execv", by_execv},
	{"execvp", by_execvp},
	{"execvpe", by_execvpe},
	{"execl", by_execl},
	{"execlp", by_execlp},
	{"execle", by_execle},
	{"fexecve", by_fexecve},
	{"execveat", by_execveat},
	{"system_call", by_system_call},
	{"system_call_at", by_system_call_at},
	{"posix_spawn", by_posix_spawn},
	{"posix_spawnp", by_posix_spawnp},
	{"vfork", by_vfork},
	{"largest_environment", largest_environment},
};

} // namespace

int main(int argc, char** argv)
{
	if (argc < 3)
		return 2;
	std::string preload = "LD_PRELOAD=";
	std::vector<char*> envp{nullptr};
	if (const char* const wanted = std::getenv("LD_PRELOAD_OF_CHILD")) {
		preload += wanted;
		envp.insert(envp.begin(), preload.data());
	}
	for (const auto& way : ways) {
		if (std::strcmp(way.name, argv[1]) != 0)
			continue;
		const int result = way.perform({argv[2], argv[3], argv + 2, envp.data()});
		if (result < 0)
			std::printf("%s\n", strerrorname_np(errno));
		return result == 0 ? 0 : 1;
	}
	return 2;
}
