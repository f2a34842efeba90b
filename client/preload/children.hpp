// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_CHILDREN_HPP
#define MYEPOLL_PRELOAD_CHILDREN_HPP

#include <cerrno>
#include <cstddef>

/*
 * The environment of a child: whatever the program puts into it or leaves out of it, the child is
 * on myepoll as well.
 *
 *	with_environment(envp, [=](char* const* all) { return kernel_call(.., all); });
 *
 * LD_PRELOAD names this library, in front of what the program has there itself; a setting that the
 * program does not make is as it was when the program started. Nothing is added if the library did
 * not come by LD_PRELOAD, cannot be read any more, or MYEPOLL_PRELOAD_FOLLOW=off.
 *
 * All of it may run in the child of a vfork(), which shares its parent's memory: what is made lies
 * on the stack, and nothing else is written to.
 */
namespace preload::children {

/** What an environment lacks. */
struct shortage {
	std::size_t entries = 0;      // of the environment, with the end
	std::size_t preload_size = 0; // of a new LD_PRELOAD=, or 0 if it needs none
	const char* preload = "";     // what the program has there itself
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
	// What the program asked for may just have fitted.
	return result == -E2BIG ? call(envp) : result;
}

} // namespace preload::children

#endif
