// SPDX-License-Identifier: GPL-2.0-only
#include "support/polled_file.hpp"

#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace support {
namespace {

constexpr std::size_t request_buffer_size = FUSE_MIN_READ_BUFFER;
constexpr unsigned most_written_at_once = 4096;

// The attempt makes the kernel load the driver, and with it the device.
void load_driver() { mount("none", "/", "fuse", 0, "fd=-1"); }

// What is mounted goes away with the process, however it ends.
void leave_shared_mounts()
{
	checked(unshare(CLONE_NEWNS), "unshare");
	checked(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount private");
}

// The root of this file system is not a folder but the file.
void mount_on(const std::string& path, int server)
{
	const std::string options =
		"fd=" + std::to_string(server) + ",rootmode=100600,user_id=0,group_id=0";
	checked(mount("polled_file", path.c_str(), "fuse", 0, options.c_str()), "mount fuse");
}

} // namespace

struct polled_file::request {
	fuse_in_header header;
	std::array<std::byte, request_buffer_size> body;
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

polled_file::polled_file(std::uint32_t state) : state_{state}
{
	leave_shared_mounts();
	const std::string path = folder_.path("file");
	open_file(path, O_CREAT | O_RDWR).close();
	server_ = open_file("/dev/fuse", O_RDWR);
	mount_on(path, server_);
	thread_ = std::thread{[this] { serve(); }};
	fd_ = open_file(path, O_RDWR);
}

polled_file::~polled_file()
{
	release();
	fd_.close();
	// Without a mount the server reads no more requests.
	umount2(folder_.path("file").c_str(), MNT_DETACH);
	thread_.join();
}

void polled_file::serve()
{
	request asked;
	while (read(server_, &asked, sizeof(asked)) > 0)
		if (!answer(asked))
			reply(asked.header.unique, -ENOSYS, nullptr, 0);
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
		const fuse_open_out opened{};
		reply(unique, 0, &opened, sizeof(opened));
		return true;
	}
	case FUSE_POLL:
		answer_poll(asked);
		return true;
	case FUSE_RELEASE:
		reply(unique, 0, nullptr, 0);
		return true;
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
	const std::lock_guard lock{mutex_};
	questions_.push_back(question.events);
	wake_handle_ = question.kh;
	if (!holding_) {
		reply_state(asked.header.unique);
		return;
	}
	held_.push_back(asked.header.unique);
	asked_.notify_all();
}

void polled_file::reply(std::uint64_t unique, int error, const void* payload, std::size_t size) const
{
	fuse_out_header header{};
	header.len = static_cast<std::uint32_t>(sizeof(header) + size);
	header.error = error;
	header.unique = unique;
	const std::array<iovec, 2> parts{
		{{&header, sizeof(header)}, {const_cast<void*>(payload), size}}};
	// Whoever asked may have been interrupted meanwhile: then there is nobody to tell.
	if (writev(server_, parts.data(), size == 0 ? 1 : 2) < 0 && errno != ENOENT)
		checked(-1, "reply to a FUSE request");
}

void polled_file::reply_state(std::uint64_t unique) const
{
	const fuse_poll_out state{state_, 0};
	reply(unique, 0, &state, sizeof(state));
}

void polled_file::set(std::uint32_t state)
{
	const std::lock_guard lock{mutex_};
	state_ = state;
}

void polled_file::wake()
{
	const std::lock_guard lock{mutex_};
	const fuse_notify_poll_wakeup_out handle{wake_handle_};
	// A message that answers no request has the kind of the message in place of an error.
	reply(0, FUSE_NOTIFY_POLL, &handle, sizeof(handle));
}

std::vector<std::uint32_t> polled_file::questions()
{
	const std::lock_guard lock{mutex_};
	return std::exchange(questions_, {});
}

void polled_file::hold()
{
	const std::lock_guard lock{mutex_};
	holding_ = true;
}

void polled_file::await_question()
{
	std::unique_lock lock{mutex_};
	asked_.wait(lock, [this] { return !held_.empty(); });
}

void polled_file::release()
{
	const std::lock_guard lock{mutex_};
	holding_ = false;
	for (const std::uint64_t unique : std::exchange(held_, {}))
		reply_state(unique);
}

} // namespace support
