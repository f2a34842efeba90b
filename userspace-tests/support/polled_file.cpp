// SPDX-License-Identifier: GPL-2.0-only
#include "support/polled_file.hpp"

#include "support/namespaces.hpp"

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace support {
namespace {

// The descriptors of the server, a thread with a descriptor table of its own. A poller waits uninterruptibly
// for its reply. If the process is killed meanwhile, the server thread exits alone, which closes its end of
// the connection and so ends the wait.
constexpr int server_bell = 3;
constexpr int server_device = 4;

constexpr unsigned most_written_at_once = 4096;
constexpr std::size_t page_size = 4096;

// The attempt makes the kernel load the driver, which creates the device.
void load_driver() { mount("none", "/", "fuse", 0, "fd=-1"); }

// A core dump would first wait for all threads, forever if one of them waits for a reply.
void die_without_core() { checked(prctl(PR_SET_DUMPABLE, 0), "PR_SET_DUMPABLE"); }

// Also keeps the server from holding open what the test closes.
void leave_shared_descriptors(int bell)
{
	checked(unshare(CLONE_FILES), "unshare descriptors");
	checked(dup2(bell, server_bell), "dup2");
	checked(close_range(server_bell + 1, ~0U, 0), "close_range");
}

} // namespace

struct polled_file::request {
	fuse_in_header header;
	std::array<std::byte, FUSE_MIN_READ_BUFFER> body;
};

std::optional<std::string> polled_file::why_impossible()
{
	if (geteuid() != 0)
		return "needs root to mount a FUSE file system";
	load_driver();
	const unique_fd device{open("/dev/fuse", O_RDWR | O_CLOEXEC)};
	if (device < 0)
		return std::string{"/dev/fuse cannot be opened: "} + strerrorname_np(errno);
	return std::nullopt;
}

polled_file::polled_file(std::uint32_t state) : bell_{make_eventfd()}, state_{state}
{
	die_without_core();
	leave_shared_mounts();
	open_file(folder_.path("file"), O_CREAT | O_RDWR).close();
	server_ = std::thread{[this] { serve(); }};
	{
		std::unique_lock lock{mutex_};
		changed_.wait(lock, [this] { return mounted_; });
	}
	fd_ = open_file(folder_.path("file"), O_RDWR);
}

polled_file::~polled_file()
{
	release();
	if (page_ != nullptr)
		munmap(page_, page_size);
	fd_.close();
	// Once it is unmounted, the server's next read fails with ENODEV.
	umount2(folder_.path("file").c_str(), MNT_DETACH);
	server_.join();
}

void polled_file::serve()
{
	leave_shared_descriptors(bell_);
	mount_here();
	request asked;
	for (;;) {
		std::array<pollfd, 2> sources{{{server_bell, POLLIN, 0}, {server_device, POLLIN, 0}}};
		// libc's setuid() and its relatives interrupt all threads of the process.
		if (::poll(sources.data(), sources.size(), -1) < 0 && errno == EINTR)
			continue;
		if (sources[0].revents != 0)
			pass_wake_on();
		if (sources[1].revents == 0)
			continue;
		if (read(server_device, &asked, sizeof(asked)) < 0) {
			if (errno == ENODEV)
				break;
			continue;
		}
		if (!answer(asked))
			reply(asked.header.unique, -ENOSYS, nullptr, 0);
	}
	// Here, because the thread can be joined a moment before the kernel closes its descriptors.
	::close(server_bell);
	::close(server_device);
}

// The root of this file system is not a directory but the file itself.
void polled_file::mount_here()
{
	const int device = checked(open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK), "/dev/fuse");
	checked(dup2(device, server_device), "dup2");
	const std::string options = "fd=" + std::to_string(server_device) +
				    ",rootmode=100600,user_id=0,group_id=0";
	checked(mount("polled_file", folder_.path("file").c_str(), "fuse", 0, options.c_str()),
		"mount fuse");
	const std::lock_guard lock{mutex_};
	mounted_ = true;
	changed_.notify_all();
}

bool polled_file::answer(const request& asked)
{
	const std::uint64_t unique = asked.header.unique;
	switch (asked.header.opcode) {
	case FUSE_INIT: {
		fuse_init_out init{};
		init.major = FUSE_KERNEL_VERSION;
		init.minor = FUSE_KERNEL_MINOR_VERSION;
		init.max_write = most_written_at_once;
		reply(unique, 0, &init, sizeof(init));
		return true;
	}
	case FUSE_OPEN: {
		// A close must not wait for a reply to FLUSH while a poller is kept waiting.
		const fuse_open_out opened{.fh = 0, .open_flags = FOPEN_NOFLUSH, .padding = 0};
		reply(unique, 0, &opened, sizeof(opened));
		return true;
	}
	case FUSE_GETATTR: {
		fuse_attr_out found{};
		found.attr.ino = FUSE_ROOT_ID;
		found.attr.size = page_size;
		found.attr.mode = S_IFREG | 0600;
		found.attr.nlink = 1;
		reply(unique, 0, &found, sizeof(found));
		return true;
	}
	case FUSE_POLL:
		answer_poll(asked);
		return true;
	case FUSE_READ:
		answer_read(unique);
		return true;
	case FUSE_RELEASE: {
		reply(unique, 0, nullptr, 0);
		const std::lock_guard lock{mutex_};
		gone_ = true;
		return true;
	}
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		return true;
	default:
		return false;
	}
}

void polled_file::answer_poll(const request& asked)
{
	fuse_poll_in question{};
	std::memcpy(&question, asked.body.data(), sizeof(question));
	std::unique_lock lock{mutex_};
	questions_.push_back(question.events);
	++polls_;
	wake_handle_ = question.kh;
	keep_waiting(lock);
	const fuse_poll_out state{forgets_ ? std::exchange(state_, 0) : state_, 0};
	reply(asked.header.unique, 0, &state, sizeof(state));
}

void polled_file::answer_read(std::uint64_t unique)
{
	// Zeroed here: a page fault during the reply would wait for the thread that waits for the reply.
	std::array<std::byte, page_size> zeros{};
	std::unique_lock lock{mutex_};
	keep_waiting(lock);
	reply(unique, 0, zeros.data(), zeros.size());
}

void polled_file::keep_waiting(std::unique_lock<std::mutex>& lock)
{
	someone_waits_ = holding_;
	changed_.notify_all();
	changed_.wait(lock, [this] { return !holding_; });
	someone_waits_ = false;
}

void polled_file::pass_wake_on()
{
	take_eventfd(server_bell);
	const std::lock_guard lock{mutex_};
	const fuse_notify_poll_wakeup_out handle{wake_handle_};
	// A message that does not reply to a request has its type in place of an error.
	reply(0, FUSE_NOTIFY_POLL, &handle, sizeof(handle));
	wake_requested_ = false;
	changed_.notify_all();
}

void polled_file::reply(std::uint64_t unique, int error, const void* payload, std::size_t size) const
{
	fuse_out_header header{};
	header.len = static_cast<std::uint32_t>(sizeof(header) + size);
	header.error = error;
	header.unique = unique;
	const std::array<iovec, 2> parts{
		{{&header, sizeof(header)}, {const_cast<void*>(payload), size}}};
	// ENOENT: the thread that sent the request was interrupted meanwhile.
	if (writev(server_device, parts.data(), size == 0 ? 1 : 2) < 0 && errno != ENOENT)
		checked(-1, "reply to a FUSE request");
}

void polled_file::set(std::uint32_t state)
{
	const std::lock_guard lock{mutex_};
	state_ = state;
}

void polled_file::forget_when_polled()
{
	const std::lock_guard lock{mutex_};
	forgets_ = true;
}

void polled_file::wake()
{
	std::unique_lock lock{mutex_};
	wake_requested_ = true;
	signal_eventfd(bell_);
	changed_.wait(lock, [this] { return !wake_requested_; });
}

bool polled_file::is_gone()
{
	const std::lock_guard lock{mutex_};
	return gone_;
}

std::vector<std::uint32_t> polled_file::questions()
{
	const std::lock_guard lock{mutex_};
	return std::exchange(questions_, {});
}

std::uint64_t polled_file::polls()
{
	const std::lock_guard lock{mutex_};
	return polls_;
}

void* polled_file::map_page()
{
	// Makes the kernel fetch the size of the file.
	struct stat found {};
	checked(fstat(fd_, &found), "fstat");
	page_ = mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd_, 0);
	if (page_ == MAP_FAILED)
		throw std::system_error{errno, std::generic_category(), "mmap of a FUSE file"};
	return page_;
}

void polled_file::discard_page() const
{
	madvise(page_, page_size, MADV_DONTNEED);
	// The kernel drops its own copy only when it is mapped nowhere.
	posix_fadvise(fd_, 0, 0, POSIX_FADV_DONTNEED);
}

void polled_file::hold()
{
	const std::lock_guard lock{mutex_};
	holding_ = true;
}

void polled_file::await_question()
{
	std::unique_lock lock{mutex_};
	changed_.wait(lock, [this] { return someone_waits_; });
}

void polled_file::release()
{
	const std::lock_guard lock{mutex_};
	holding_ = false;
	changed_.notify_all();
}

} // namespace support
