// SPDX-License-Identifier: MIT
#include "tools/look/words.hpp"

#include <sys/epoll.h>

#include <array>
#include <cstdio>
#include <utility>

namespace tools::look {

std::string printable(std::string_view text)
{
	std::string shown;
	for (const char byte : text) {
		const auto code = static_cast<unsigned char>(byte);
		if (code >= 0x20 && code != 0x7f) {
			shown += byte;
			continue;
		}
		std::array<char, 5> escape{};
		std::snprintf(escape.data(), escape.size(), "\\x%02x", code);
		shown += escape.data();
	}
	return shown;
}

std::string events_in_words(std::uint32_t events)
{
	constexpr std::array<std::pair<std::uint32_t, const char*>, 15> names{{
		{EPOLLIN, "IN"},
		{EPOLLPRI, "PRI"},
		{EPOLLOUT, "OUT"},
		{EPOLLERR, "ERR"},
		{EPOLLHUP, "HUP"},
		{EPOLLRDNORM, "RDNORM"},
		{EPOLLRDBAND, "RDBAND"},
		{EPOLLWRNORM, "WRNORM"},
		{EPOLLWRBAND, "WRBAND"},
		{EPOLLMSG, "MSG"},
		{EPOLLRDHUP, "RDHUP"},
		{EPOLLEXCLUSIVE, "EXCLUSIVE"},
		{EPOLLWAKEUP, "WAKEUP"},
		{EPOLLONESHOT, "ONESHOT"},
		{EPOLLET, "ET"},
	}};
	std::vector<std::string> words;
	for (const auto& [bit, name] : names) {
		if (events & bit)
			words.emplace_back(name);
		events &= ~bit;
	}
	if (events != 0)
		words.push_back(hexadecimal(events));
	return words.empty() ? "0" : joined(words, "|");
}

std::string hexadecimal(std::uint64_t number)
{
	std::array<char, 19> text{};
	std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(number));
	return text.data();
}

std::string seconds_in_words(std::uint64_t milliseconds)
{
	std::array<char, 32> text{};
	std::snprintf(text.data(), text.size(), "%llu.%03u s", static_cast<unsigned long long>(milliseconds / 1000),
		      static_cast<unsigned>(milliseconds % 1000));
	return text.data();
}

std::string count_of(std::uint64_t count, std::string_view one, std::string_view many)
{
	return std::to_string(count) + ' ' + std::string{count == 1 ? one : many};
}

std::string task_in_words(std::string_view name, pid_t task)
{
	return printable(name) + '[' + std::to_string(task) + ']';
}

std::string joined(const std::vector<std::string>& words, std::string_view between)
{
	std::string text;
	for (const std::string& word : words) {
		if (!text.empty())
			text += between;
		text += word;
	}
	return text;
}

} // namespace tools::look
