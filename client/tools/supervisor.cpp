// SPDX-License-Identifier: MIT
#include "tools/supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "tools/execute.hpp"
#include "tools/failure.hpp"

namespace tools {
namespace {

constexpr std::size_t most_named = 10; // the first of many are enough

int checked(int result, const char* call)
{
	if (result < 0)
		throw std::system_error{errno, std::system_category(), call};
	return result;
}

// Carries a descriptor, and the byte of data without which it is not sent.
struct message {
	message() noexcept
	{
		header.msg_iov = &text;
		header.msg_iovlen = 1;
		header.msg_control = control;
		header.msg_controllen = sizeof(control);
	}
	message(const message&) = delete;
	message& operator=(const message&) = delete;

	char byte = 0;
	iovec text{&byte, 1};
	alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
	msghdr header{};
};

void send_descriptor(const myepoll::file_descriptor& socket, const myepoll::file_descriptor& fd)
{
	message out;
	cmsghdr* const carried = CMSG_FIRSTHDR(&out.header);
	carried->cmsg_level = SOL_SOCKET;
	carried->cmsg_type = SCM_RIGHTS;
	carried->cmsg_len = CMSG_LEN(sizeof(int));
	const int number = fd.get();
	std::memcpy(CMSG_DATA(carried), &number, sizeof(number));
	checked(static_cast<int>(sendmsg(socket.get(), &out.header, 0)), "sendmsg");
}

// Empty if the sender died before it sent anything.
myepoll::file_descriptor receive_descriptor(const myepoll::file_descriptor& socket)
{
	message in;
	checked(static_cast<int>(recvmsg(socket.get(), &in.header, MSG_CMSG_CLOEXEC)), "recvmsg");
	const cmsghdr* const carried = CMSG_FIRSTHDR(&in.header);
	if (carried == nullptr || carried->cmsg_type != SCM_RIGHTS)
		return {};
	int number = -1;
	std::memcpy(&number, CMSG_DATA(carried), sizeof(number));
	return myepoll::file_descriptor{number};
}

bool ends_a_process(int signal)
{
	return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

} // namespace

supervisor::supervisor(const std::string& program, const std::vector<std::string>& command)
{
	// If SIGCHLD were ignored, the end of a child would not be reported.
	const struct sigaction told {};
	checked(sigaction(SIGCHLD, &told, &usual_sigchld_), "sigaction");
	sigset_t all;
	sigfillset(&all);
	checked(sigprocmask(SIG_BLOCK, &all, &usual_mask_), "sigprocmask");
	signals_.reset(checked(signalfd(-1, &all, SFD_CLOEXEC), "signalfd"));
	// Orphans of the command become our children, so that they can be waited for.
	checked(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl");

	std::array<int, 2> ends{};
	checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
	const myepoll::file_descriptor ours{ends[0]};
	myepoll::file_descriptor theirs{ends[1]};
	command_ = checked(fork(), "fork");
	if (command_ == 0)
		become(program, command, theirs);
	theirs.reset();
	listener_ = receive_descriptor(ours);
}

void supervisor::become(const std::string& program, const std::vector<std::string>& command,
			const myepoll::file_descriptor& report)
{
	try {
		send_descriptor(report, epoll_filter::install());
		sigaction(SIGCHLD, &usual_sigchld_, nullptr);
		sigprocmask(SIG_SETMASK, &usual_mask_, nullptr);
		execute(program, command);
	} catch (const failure& error) {
		std::fprintf(stderr, "myepoll: %s\n", error.what());
		_exit(error.status());
	} catch (const std::exception& error) {
		std::fprintf(stderr, "myepoll: cannot watch for kernel epolls: %s\n", error.what());
		_exit(own_trouble);
	}
}

int supervisor::run()
{
	while (command_runs_ || (children_left_ && listener_)) {
		std::array<pollfd, 2> sources{
			{{signals_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}}};
		if (poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR)
			throw std::system_error{errno, std::system_category(), "poll"};
		if ((sources[1].revents & POLLIN) != 0)
			serve_call();
		// No process is left under the filter, so remaining children are not the command's.
		else if ((sources[1].revents & (POLLHUP | POLLERR)) != 0)
			listener_.reset();
		if (sources[0].revents != 0)
			serve_signal();
	}
	return status_;
}

void supervisor::serve_call()
{
	const auto seen = epoll_filter::let_one_go_on(listener_);
	if (!seen)
		return;
	++epolls_;
	if (culprits_.insert(seen->process).second && culprits_.size() <= most_named)
		std::fprintf(stderr, "myepoll: %s (pid %d, child of %s, %d) made a kernel epoll: %s\n",
			     seen->program.c_str(), seen->process, seen->parent_name.c_str(),
			     seen->parent,
			     seen->has_library ? "by a direct system call, bypassing the preload library"
					       : "the preload library is not loaded in it");
}

void supervisor::serve_signal()
{
	signalfd_siginfo signal{};
	if (read(signals_.get(), &signal, sizeof(signal)) != sizeof(signal))
		return;
	// First of all, whatever the signal: it must not be passed on to a command that has ended.
	reap();
	if (signal.ssi_signo == SIGCHLD || !children_left_)
		return;
	if (command_runs_)
		pass_on(signal);
	else if (ends_a_process(static_cast<int>(signal.ssi_signo)))
		leave_rest_alone();
}

// A signal from the kernel, such as Ctrl-C, has reached the command already.
void supervisor::pass_on(const signalfd_siginfo& signal)
{
	if (signal.ssi_code <= 0)
		kill(command_, static_cast<int>(signal.ssi_signo));
}

void supervisor::reap()
{
	for (;;) {
		int status = 0;
		const pid_t child = waitpid(-1, &status, WNOHANG | WUNTRACED);
		if (child == 0)
			return;
		if (child < 0) {
			command_runs_ = children_left_ = false;
			return;
		}
		if (child == command_)
			take_status(status);
	}
}

void supervisor::take_status(int status)
{
	if (WIFSTOPPED(status)) {
		// Whoever sends SIGSTOP also sends SIGCONT. Other stops are job control: the shell waits
		// for this process to stop, and continues it.
		if (WSTOPSIG(status) == SIGSTOP)
			return;
		raise(SIGSTOP);
		kill(command_, SIGCONT);
		return;
	}
	command_runs_ = false;
	status_ = WIFSIGNALED(status) ? signal_base + WTERMSIG(status) : WEXITSTATUS(status);
}

// Without a listener their calls would fail, so a process in the background goes on answering.
void supervisor::leave_rest_alone()
{
	std::fputs("myepoll: some children are still running, but no longer watched\n", stderr);
	children_left_ = false;
	if (!listener_ || fork() != 0)
		return;
	setsid();
	const int nothing = open("/dev/null", O_RDWR);
	for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
		dup2(nothing, standard);
	pollfd source{listener_.get(), POLLIN, 0};
	while (poll(&source, 1, -1) == 1 && (source.revents & POLLIN) != 0)
		epoll_filter::let_one_go_on(listener_);
	_exit(0);
}

void supervisor::summarize() const
{
	if (epolls_ == 0)
		std::fputs("myepoll: no kernel epoll was made\n", stderr);
	else
		std::fprintf(stderr, "myepoll: kernel epolls: %lu, in processes: %zu\n", epolls_,
			     culprits_.size());
}

} // namespace tools
