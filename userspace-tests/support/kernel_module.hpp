// SPDX-License-Identifier: GPL-2.0-only
// Loads and unloads the module under test, and reads what the kernel logged about it.
//
// The environment names it: MYEPOLL_MODULE=build/module/RELEASE/myepoll.ko. Variants of it are in
// folders beside it, see scripts/module --variant.
#pragma once

#include "support/event_set.hpp"
#include "support/fd.hpp"

#include <gtest/gtest.h>

#include <string>

namespace support {

// The raw system calls: 0 or -errno. The parameters are "NAME=VALUE ...".
long load_module(const std::string& path, const std::string& parameters = "");
long unload_module();
bool module_is_loaded();

// A new descriptor each time: myepoll_device() stays open and so would pin the module.
unique_fd open_device();
event_set create_set(const unique_fd& device = open_device());

// What the kernel logs from now on.
class kernel_log {
public:
	kernel_log();
	std::string read();

private:
	unique_fd messages_;
};

// Writes a word to a file of /proc or /sys: 0 or -errno.
long write_word(const std::string& path, const std::string& word);
std::string read_all(const std::string& path);

// Starts and ends without the module; afterwards it is loaded if it was before.
class module_test : public testing::Test {
protected:
	void SetUp() override;
	void TearDown() override;

	const std::string& module() const { return module_; }
	std::string variant(const std::string& name) const;

private:
	std::string module_;
	bool was_loaded_ = false;
};

} // namespace support
