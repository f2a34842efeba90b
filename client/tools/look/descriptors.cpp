// SPDX-License-Identifier: MIT
#include "tools/look/descriptors.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>
#include <vector>

#include "tools/look/words.hpp"

namespace tools::look {
namespace {

struct end_point {
	std::string address;
	unsigned port = 0;
};

std::string in_words(const end_point& one)
{
	const bool is_ipv6 = one.address.find(':') != std::string::npos;
	return (is_ipv6 ? "[" + one.address + "]" : one.address) + ":" + std::to_string(one.port);
}

// "0100007F:0050": each 32-bit word of the address in the order of the machine, the port as a number.
end_point parse_end_point(const std::string& text)
{
	const std::size_t colon = text.find(':');
	std::array<std::uint32_t, 4> words{};
	const std::size_t count = colon / 8;
	for (std::size_t i = 0; i < count && i < words.size(); ++i)
		std::from_chars(text.data() + 8 * i, text.data() + 8 * (i + 1), words[i], 16);
	end_point parsed;
	std::from_chars(text.data() + colon + 1, text.data() + text.size(), parsed.port, 16);
	std::array<char, INET6_ADDRSTRLEN> name{};
	inet_ntop(count == 4 ? AF_INET6 : AF_INET, words.data(), name.data(), name.size());
	parsed.address = name.data();
	return parsed;
}

constexpr unsigned established = 1, listening = 10;

std::string state_in_words(unsigned state)
{
	constexpr std::array names{"",           "",           "SYN_SENT", "SYN_RECV",  "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
				   "CLOSE",      "CLOSE_WAIT", "LAST_ACK", "listening", "CLOSING",   "SYN_RECV"};
	return state < names.size() ? names[state] : "state " + std::to_string(state);
}

std::optional<std::uint64_t> number_in_brackets(const std::string& link, std::string_view before)
{
	if (!link.starts_with(before) || !link.ends_with(']'))
		return std::nullopt;
	std::uint64_t number = 0;
	const auto [end, error] = std::from_chars(link.data() + before.size(), link.data() + link.size() - 1, number);
	if (error != std::errc{} || *end != ']')
		return std::nullopt;
	return number;
}

std::optional<std::string> link_of(const process& of, int fd)
{
	std::error_code unknown;
	const auto link = std::filesystem::read_symlink(of.folder() + "fd/" + std::to_string(fd), unknown);
	return unknown ? std::nullopt : std::optional{link.string()};
}

// Kinds of files that are recognized by the device on which all of them are.
enum class kind { socket, pipe, anonymous, other };

std::uint64_t device_of(int fd)
{
	const myepoll::file_descriptor sample{fd};
	struct stat about{};
	return ::fstat(sample.get(), &about) == 0 ? kernel_device(about.st_dev) : 0;
}

kind kind_of(const watched_file& file)
{
	static const std::uint64_t sockets = device_of(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	static const std::uint64_t anonymous = device_of(::eventfd(0, EFD_CLOEXEC));
	static const std::uint64_t pipes = [] {
		std::array<int, 2> ends{};
		if (::pipe2(ends.data(), O_CLOEXEC) != 0)
			return std::uint64_t{0};
		const myepoll::file_descriptor other{ends[1]};
		return device_of(ends[0]);
	}();
	return file.device == sockets   ? kind::socket :
	       file.device == pipes     ? kind::pipe :
	       file.device == anonymous ? kind::anonymous :
					  kind::other;
}

// Whether a descriptor that links to that may be that file. Of a named file it is unknown: on an overlay, stat(2) gives
// other numbers than fdinfo.
bool may_be(const std::string& link, const watched_file& file)
{
	if (const auto inode = number_in_brackets(link, "socket:["))
		return kind_of(file) == kind::socket && file.inode == *inode;
	if (const auto inode = number_in_brackets(link, "pipe:["))
		return kind_of(file) == kind::pipe && file.inode == *inode;
	return kind_of(file) == (link.starts_with("anon_inode:") ? kind::anonymous : kind::other);
}

} // namespace

std::optional<std::string> descriptors::describe(int fd)
{
	const auto link = link_of(of_, fd);
	return link ? std::optional{describe_link(*link, fd)} : std::nullopt;
}

std::string descriptors::describe(const watch& one)
{
	const auto link = link_of(of_, one.item.fd);
	if (!link)
		return (one.file ? describe_file(*one.file) : "a file") + ", closed here but open elsewhere";
	std::string here = describe_link(*link, one.item.fd);
	if (!one.file || may_be(*link, *one.file))
		return here;
	return describe_file(*one.file) + ", not what is open here now: " + here;
}

std::optional<socket_state> descriptors::state_of(int fd)
{
	const auto link = link_of(of_, fd);
	const auto inode = link ? number_in_brackets(*link, "socket:[") : std::nullopt;
	if (!inode)
		return std::nullopt;
	if (!sockets_read_)
		read_sockets();
	const auto found = states_.find(*inode);
	return found != states_.end() ? std::optional{found->second} : std::nullopt;
}

std::string descriptors::describe_link(const std::string& link, int fd)
{
	if (const auto inode = number_in_brackets(link, "socket:["))
		return describe_socket(*inode);
	if (const auto inode = number_in_brackets(link, "pipe:["))
		return "pipe " + std::to_string(*inode);
	constexpr std::string_view anonymous = "anon_inode:";
	if (!link.starts_with(anonymous))
		return printable(link);
	std::string kind = link.substr(anonymous.size());
	if (kind.starts_with('[') && kind.ends_with(']'))
		kind = kind.substr(1, kind.size() - 2);
	if (kind == "myepoll")
		return "myepoll instance " + std::to_string(number_of(of_, fd));
	return kind == "eventpoll" ? "epoll" : printable(kind);
}

std::string descriptors::describe_socket(std::uint64_t inode)
{
	if (!sockets_read_)
		read_sockets();
	const auto found = sockets_.find(inode);
	return found != sockets_.end() ? found->second : "socket:[" + std::to_string(inode) + "]";
}

std::string descriptors::describe_file(const watched_file& file)
{
	switch (kind_of(file)) {
	case kind::socket: return describe_socket(file.inode);
	case kind::pipe: return "pipe " + std::to_string(file.inode);
	case kind::anonymous: return "an eventfd or the like";
	default: return "a file with inode " + std::to_string(file.inode);
	}
}

void descriptors::read_sockets()
{
	sockets_read_ = true;
	for (const char* table : {"tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6"})
		read_internet_sockets(table);
	read_unix_sockets();
}

void descriptors::read_internet_sockets(const char* table)
{
	std::ifstream file{of_.folder() + "net/" + table};
	std::string line;
	std::getline(file, line); // the heading
	std::set<unsigned> ports_listened_on;
	std::vector<std::tuple<std::uint64_t, end_point, end_point, unsigned>> found;
	while (std::getline(file, line)) {
		std::istringstream fields{line};
		std::string skipped, ours, theirs, state, queues;
		std::uint64_t inode = 0;
		fields >> skipped >> ours >> theirs >> state >> queues;
		for (int i = 0; i < 4; ++i)
			fields >> skipped;
		if (!(fields >> inode) || inode == 0)
			continue;
		const auto code = static_cast<unsigned>(std::stoul(state, nullptr, 16));
		found.emplace_back(inode, parse_end_point(ours), parse_end_point(theirs), code);
		states_[inode] = {code == established ? "ESTABLISHED" : state_in_words(code), 0, 0};
		std::sscanf(queues.c_str(), "%" SCNx64 ":%" SCNx64, &states_[inode].send, &states_[inode].receive);
		if (code == listening)
			ports_listened_on.insert(std::get<1>(found.back()).port);
	}
	const std::string protocol{table};
	for (const auto& [inode, ours, theirs, state] : found) {
		std::string text = protocol + ' ' + in_words(ours);
		// Accepted, or connected from here.
		if (theirs.port != 0)
			text += (ports_listened_on.contains(ours.port) ? " < " : " > ") + in_words(theirs);
		if (protocol.starts_with("tcp") && state != established)
			text += ' ' + state_in_words(state);
		sockets_[inode] = text;
	}
}

void descriptors::read_unix_sockets()
{
	std::ifstream file{of_.folder() + "net/unix"};
	std::string line;
	std::getline(file, line); // the heading
	while (std::getline(file, line)) {
		// Num: RefCount Protocol Flags Type St Inode Path
		std::istringstream fields{line};
		std::string skipped, type, path;
		std::uint64_t inode = 0;
		if (!(fields >> skipped >> skipped >> skipped >> skipped >> type >> skipped >> inode))
			continue;
		std::getline(fields >> std::ws, path);
		std::string text = type == "0001" ? "unix stream" : type == "0002" ? "unix datagram" : "unix seqpacket";
		text += ' ' + (path.empty() ? std::to_string(inode) : printable(path));
		sockets_[inode] = text;
	}
}

} // namespace tools::look
