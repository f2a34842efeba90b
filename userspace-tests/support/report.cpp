// SPDX-License-Identifier: GPL-2.0-only
#include "support/report.hpp"

#include "support/targets.hpp"

#include <gtest/gtest.h>

#include <dirent.h>
#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <map>
#include <set>

namespace support {
namespace {

int report_pipe = -1;
std::set<int> kept_open;

using fd_table = std::map<int, std::string>;

fd_table open_fds()
{
	fd_table table;
	DIR* const folder = opendir("/proc/self/fd");
	while (const dirent* const entry = readdir(folder)) {
		const int fd = std::atoi(entry->d_name);
		std::array<char, 256> link{};
		if (entry->d_name[0] != '.' && fd != dirfd(folder) &&
		    readlinkat(dirfd(folder), entry->d_name, link.data(), link.size() - 1) > 0)
			table.emplace(fd, link.data());
	}
	closedir(folder);
	return table;
}

// The preload library, if it is loaded, keeps the device open from the first set on.
bool is_the_preload_librarys(const std::string& link)
{
	return link == "/dev/myepoll" && dlopen("libmyepoll-preload.so", RTLD_LAZY | RTLD_NOLOAD) != nullptr;
}

std::string text_of(const testing::TestPartResult& part)
{
	if (part.file_name() == nullptr)
		return part.message();
	return std::string{part.file_name()} + ":" + std::to_string(part.line_number()) + "\n" +
	       part.message();
}

class reporter : public testing::EmptyTestEventListener {
	void OnTestStart(const testing::TestInfo&) override { before_ = open_fds(); }

	void OnTestPartResult(const testing::TestPartResult& part) override
	{
		if (part.failed())
			send_record(record_kind::failure, text_of(part));
		else if (part.skipped())
			send_record(record_kind::skip, part.message());
	}

	void OnTestEnd(const testing::TestInfo&) override
	{
		for (const auto& [fd, link] : open_fds())
			if (const auto known = before_.find(fd);
			    !kept_open.contains(fd) && !is_the_preload_librarys(link) &&
			    (known == before_.end() || known->second != link))
				send_record(record_kind::failure, "leaked descriptor " +
									  std::to_string(fd) +
									  " (" + link + ")");
		send_record(record_kind::end, "");
	}

	fd_table before_;
};

} // namespace

void send_record(record_kind kind, const std::string& text)
{
	const std::string record = static_cast<char>(kind) + text + end_of_record;
	checked(static_cast<int>(write(report_pipe, record.data(), record.size())), "write report");
}

void keep_open(int fd) { kept_open.insert(fd); }

void may_take(std::chrono::seconds duration)
{
	send_record(record_kind::seconds, std::to_string(duration.count()));
}

void report_to(int pipe)
{
	report_pipe = pipe;
	testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
	delete listeners.Release(listeners.default_result_printer());
	listeners.Append(new reporter);
}

} // namespace support
