// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_CHILDREN_HPP
#define MYEPOLL_PRELOAD_CHILDREN_HPP

#include <cerrno>
#include <cstddef>

/*
 * The environment of a child: whatever the program puts into it or leaves out of it, the child runs
 * on myepoll as well.
 *
 *	with_environment(envp, [=](char* const* all) { return kernel_call(.., all); });
 *
 * LD_PRELOAD names this library before the program's own entries; settings that the environment
 * lacks are added as they were when the program started. Nothing is added if the library was not
 * loaded by LD_PRELOAD, can no longer be read, or if MYEPOLL_PRELOAD_FOLLOW=off.
 *
 * All of this may run in a vfork() child, which shares its parent's memory: the new environment is
 * built on the stack, and nothing else is written.
 */
namespace preload::children {

/** What an environment lacks. */
struct shortage {
	std::size_t entries = 0;      // of the environment, including the final null
	std::size_t preload_size = 0; // bytes of a new LD_PRELOAD=, or 0 if none is needed
	const char* preload = "";     // the value of LD_PRELOAD in it
	bool require = false;
	bool no_io_uring = false;

	bool is_none() const { return preload_size == 0 && !require && !no_io_uring; }
};

shortage what_lacks(char* const* envp);

/** @all has room for three more entries than @envp, @preload for preload_size bytes. */
void complete(const shortage& lacks, char* const* envp, char** all, char* preload);

/** @call returns the result or -errno. */
template <typename Call> long with_environment(char* const* envp, Call call)
{
	constexpr std::size_t most_added = 3;
	const shortage lacks = what_lacks(envp);
	if (lacks.is_none())
		return call(envp);
	auto** const all = static_cast<char**>(
		__builtin_alloca((lacks.entries + most_added) * sizeof(char*)));
	auto* const preload = static_cast<char*>(__builtin_alloca(lacks.preload_size));
	complete(lacks, envp, all, preload);
	const long result = call(all);
	// Without the additions it may still fit.
	return result == -E2BIG ? call(envp) : result;
}

} // namespace preload::children

#endif
