// SPDX-License-Identifier: GPL-2.0-only
#include "support/veth.hpp"

#include "support/gate.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace support {
namespace {

constexpr const char* our_address = "10.99.0.1";
constexpr const char* peer_address = "10.99.0.2";
constexpr std::uint16_t port = 4711;

void run(const std::string& command)
{
	if (std::system(command.c_str()) != 0)
		throw std::runtime_error{"failed: " + command};
}

std::string network_of(pid_t pid) { return "/proc/" + std::to_string(pid) + "/ns/net"; }

void enter(const unique_fd& network) { checked(setns(network, CLONE_NEWNET), "setns"); }

void set_feature(const char* device, std::uint32_t command, std::uint32_t value)
{
	const unique_fd any{checked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")};
	ethtool_value feature{command, value};
	ifreq request{};
	std::strncpy(request.ifr_name, device, IFNAMSIZ - 1);
	request.ifr_data = reinterpret_cast<char*>(&feature);
	checked(ioctl(any, SIOCETHTOOL, &request), "SIOCETHTOOL");
}

// Otherwise the driver does not use one: its receive queues are for merging small packets, which is
// not needed while the sender may send large ones.
void use_receive_queue(const char* device)
{
	set_feature(device, ETHTOOL_STSO, 0);
	set_feature(device, ETHTOOL_SGRO, 1);
}

void bring_up(const char* device, const char* address)
{
	run(std::string{"ip address add "} + address + "/24 dev " + device + " && ip link set " + device + " up");
	use_receive_queue(device);
}

sockaddr_in at(const char* address)
{
	sockaddr_in name{};
	name.sin_family = AF_INET;
	name.sin_port = htons(port);
	inet_pton(AF_INET, address, &name.sin_addr);
	return name;
}

unique_fd listen_at(const char* address)
{
	unique_fd listener{checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
	const sockaddr_in name = at(address);
	checked(bind(listener, reinterpret_cast<const sockaddr*>(&name), sizeof(name)), "bind");
	checked(listen(listener, 1), "listen");
	return listener;
}

} // namespace

veth_connection::veth_connection()
{
	checked(unshare(CLONE_NEWNET), "unshare");
	const unique_fd ours{checked(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "open")};
	other_network_ = std::make_unique<child_process>([] {
		checked(unshare(CLONE_NEWNET), "unshare");
		pause();
	});
	const std::string here = network_of(getpid());
	const std::string there = network_of(other_network_->pid());
	await([&] { return std::filesystem::read_symlink(here) != std::filesystem::read_symlink(there); });
	run("ip link add ours type veth peer name peer netns " + std::to_string(other_network_->pid()));
	bring_up("ours", our_address);

	enter(unique_fd{checked(open(there.c_str(), O_RDONLY | O_CLOEXEC), "open")});
	bring_up("peer", peer_address);
	const unique_fd listener = listen_at(peer_address);
	enter(ours);

	ends_.ours = unique_fd{checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
	const sockaddr_in name = at(peer_address);
	checked(connect(ends_.ours, reinterpret_cast<const sockaddr*>(&name), sizeof(name)), "connect");
	ends_.peer = unique_fd{checked(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept4")};
	checked(fcntl(ends_.ours, F_SETFL, O_RDWR | O_NONBLOCK), "F_SETFL");
}

unsigned veth_connection::napi_id() const
{
	unsigned id = 0;
	socklen_t size = sizeof(id);
	checked(getsockopt(ends_.ours, SOL_SOCKET, SO_INCOMING_NAPI_ID, &id, &size), "SO_INCOMING_NAPI_ID");
	return id;
}

} // namespace support
