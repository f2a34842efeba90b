// SPDX-License-Identifier: GPL-2.0-only
#include "support/kernel_module.hpp"

#include "support/targets.hpp"

#include <fcntl.h>
#include <linux/myepoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace support {

long load_module(const std::string& path, const std::string& parameters)
{
	const unique_fd file = open_file(path, O_RDONLY);
	return syscall(SYS_finit_module, static_cast<int>(file), parameters.c_str(), 0) < 0 ? -errno : 0;
}

long unload_module()
{
	return syscall(SYS_delete_module, "myepoll", O_NONBLOCK) < 0 ? -errno : 0;
}

bool module_is_loaded() { return std::filesystem::exists("/sys/module/myepoll"); }

unique_fd open_device() { return unique_fd{open("/dev/myepoll", O_RDWR | O_CLOEXEC)}; }

event_set create_set(const unique_fd& device)
{
	const myepoll_create argument{};
	const int fd = ioctl(device, MYEPOLL_IOC_CREATE, &argument);
	return event_set{backend::myepoll, unique_fd{checked(fd, "MYEPOLL_IOC_CREATE")}};
}

kernel_log::kernel_log() : messages_{open_file("/dev/kmsg", O_RDONLY | O_NONBLOCK)}
{
	checked(static_cast<int>(lseek(messages_, 0, SEEK_END)), "lseek /dev/kmsg");
}

std::string kernel_log::read()
{
	std::string text;
	std::array<char, 8192> record{};
	for (;;) {
		const ssize_t size = ::read(messages_, record.data(), record.size());
		if (size < 0 && errno != EPIPE) // EPIPE: records were overwritten, the rest follows
			return text;
		if (size > 0)
			text.append(record.data(), static_cast<std::size_t>(size));
	}
}

long write_word(const std::string& path, const std::string& word)
{
	const unique_fd file{open(path.c_str(), O_WRONLY | O_CLOEXEC)};
	if (file < 0)
		return -errno;
	return ::write(file, word.data(), word.size()) < 0 ? -errno : 0;
}

std::string read_all(const std::string& path)
{
	std::ostringstream text;
	text << std::ifstream{path}.rdbuf();
	return text.str();
}

void module_test::SetUp()
{
	const char* const path = std::getenv("MYEPOLL_MODULE");
	if (path == nullptr)
		GTEST_SKIP() << "MYEPOLL_MODULE does not name a module to load";
	module_ = path;
	was_loaded_ = module_is_loaded();
	if (was_loaded_) {
		ASSERT_EQ(unload_module(), 0);
	}
}

void module_test::TearDown()
{
	if (module_.empty())
		return;
	if (module_is_loaded()) {
		EXPECT_EQ(unload_module(), 0);
	}
	if (was_loaded_) {
		EXPECT_EQ(load_module(module_), 0);
	}
}

std::string module_test::variant(const std::string& name) const
{
	const std::filesystem::path path{module_};
	return path.parent_path() / name / path.filename();
}

} // namespace support
