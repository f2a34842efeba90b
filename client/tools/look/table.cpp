// SPDX-License-Identifier: MIT
#include "tools/look/table.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tools/failure.hpp"

namespace tools::look {
namespace {

// Of the terminal, or no limit.
std::size_t width()
{
	winsize size{};
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return std::string::npos;
	return size.ws_col;
}

std::string padded(const std::string& text, std::size_t width, table::align side)
{
	const std::string blanks(width - std::min(width, text.size()), ' ');
	return side == table::align::right ? blanks + text : text + blanks;
}

} // namespace

table::table(std::vector<column> columns) : columns_{std::move(columns)}
{
	std::vector<std::string> headings;
	for (const column& one : columns_)
		headings.push_back(one.heading);
	rows_.push_back(std::move(headings));
}

void table::add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

void table::print(const std::string& indent) const
{
	std::vector<std::size_t> widths(columns_.size());
	for (const auto& row : rows_)
		for (std::size_t i = 0; i < row.size(); ++i)
			widths[i] = std::max(widths[i], row[i].size());
	for (const auto& row : rows_) {
		std::string line = indent;
		for (std::size_t i = 0; i < row.size(); ++i)
			line += (i > 0 ? "  " : "") + padded(row[i], widths[i], columns_[i].side);
		print_line(std::move(line));
	}
}

void print_line(std::string line)
{
	line.erase(line.find_last_not_of(' ') + 1);
	const std::size_t most = width();
	if (line.size() > most)
		line.erase(most);
	std::puts(line.c_str());
}

void finish_output()
{
	if (std::fflush(stdout) != 0 || std::ferror(stdout))
		throw failure{own_trouble, std::string{"cannot write the output: "} + std::strerror(errno)};
}

} // namespace tools::look
