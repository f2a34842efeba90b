// SPDX-License-Identifier: GPL-2.0-only
#include "support/forgetful_source.hpp"

#include "support/child_process.hpp"
#include "support/namespaces.hpp"
#include "support/perf_records.hpp"
#include "support/polled_file.hpp"
#include "support/pressure_triggers.hpp"
#include "support/targets.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstring>
#include <deque>

namespace support {
namespace {

class counting_files final : public forgetful_source {
public:
	int open() override
	{
		files_.emplace_back(0U).forget_when_polled();
		return files_.back().fd();
	}
	void make_event() override
	{
		for (polled_file& file : files_) {
			file.set(event_mask());
			file.wake();
		}
	}
	std::uint32_t interest() const override { return EPOLLIN | EPOLLPRI; }
	std::uint32_t event_mask() const override { return EPOLLIN | EPOLLPRI | EPOLLERR; }
	std::optional<std::uint64_t> polls() const override
	{
		std::uint64_t sum = 0;
		for (polled_file& file : files_)
			sum += file.polls();
		return sum;
	}

private:
	mutable std::deque<polled_file> files_;
};

// Files of /proc that are always readable, and report once that their content has changed.
class proc_files : public forgetful_source {
public:
	explicit proc_files(const char* path) : path_{path} {}

	int open() override
	{
		files_.push_back(open_file(path_, O_RDONLY));
		return files_.back();
	}
	std::uint32_t interest() const override { return EPOLLPRI; }
	std::uint32_t event_mask() const override { return EPOLLPRI | EPOLLERR; }
	std::uint32_t level_mask() const override { return EPOLLIN; }

private:
	const char* path_;
	std::deque<unique_fd> files_;
};

class hostname_files final : public proc_files {
public:
	hostname_files() : proc_files{"/proc/sys/kernel/hostname"} { leave_shared_hostname(); }

	void make_event() override
	{
		constexpr const char* name = "myepoll-test";
		checked(sethostname(name, std::strlen(name)), "sethostname");
	}
};

class mount_tables final : public proc_files {
public:
	explicit mount_tables(const char* path) : proc_files{path} { leave_shared_mounts(); }

	// A remount with the same flags counts as a change, too, and does not have to be undone.
	void make_event() override
	{
		struct statvfs proc {};
		checked(statvfs("/proc", &proc), "statvfs");
		// These flags have the same values in both calls.
		const auto flags = proc.f_flag & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
		checked(mount(nullptr, "/proc", nullptr, MS_REMOUNT | MS_BIND | flags, nullptr), "mount");
	}
	std::uint64_t price() const override { return 1000; }
};

std::optional<std::string> why_not_unshared(int what, const char* name)
{
	const auto try_it = [what] {
		if (unshare(what) < 0)
			_exit(1);
	};
	if (in_child(try_it) == 0)
		return std::nullopt;
	return std::string{"not allowed to have "} + name + " of its own";
}

} // namespace

std::optional<std::string> forgetful_source::why_impossible(forgetful_kind kind)
{
	switch (kind) {
	case forgetful_kind::counting:
		return polled_file::why_impossible();
	case forgetful_kind::perf:
		return perf_records::why_impossible();
	case forgetful_kind::hostname:
		return why_not_unshared(CLONE_NEWUTS, "a hostname");
	case forgetful_kind::mounts:
	case forgetful_kind::mountinfo:
		return why_not_unshared(CLONE_NEWNS, "mounts");
	case forgetful_kind::pressure:
		break;
	}
	return pressure_triggers::why_impossible();
}

std::unique_ptr<forgetful_source> forgetful_source::make(forgetful_kind kind)
{
	switch (kind) {
	case forgetful_kind::counting:
		return std::make_unique<counting_files>();
	case forgetful_kind::perf:
		return std::make_unique<perf_records>();
	case forgetful_kind::hostname:
		return std::make_unique<hostname_files>();
	case forgetful_kind::mounts:
		return std::make_unique<mount_tables>("/proc/self/mounts");
	case forgetful_kind::mountinfo:
		return std::make_unique<mount_tables>("/proc/self/mountinfo");
	case forgetful_kind::pressure:
		break;
	}
	return std::make_unique<pressure_triggers>();
}

} // namespace support
