// SPDX-License-Identifier: GPL-2.0-only
#include "support/input_device.hpp"

#include "support/targets.hpp"

#include <fcntl.h>
#include <linux/uinput.h>
#include <sys/ioctl.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace support {
namespace {

constexpr const char* uinput_path = "/dev/uinput";
// A button that means nothing to other listeners.
constexpr int some_button = BTN_TRIGGER_HAPPY;

// The node in /dev/input of a new device, by the name that the kernel gave it.
std::string node_of(const std::string& name)
{
	for (const auto& entry : std::filesystem::directory_iterator{"/sys/devices/virtual/input/" + name})
		if (entry.path().filename().string().starts_with("event"))
			return "/dev/input/" + entry.path().filename().string();
	throw std::runtime_error{"no event device for " + name};
}

} // namespace

std::optional<std::string> input_device::why_impossible()
{
	if (geteuid() != 0)
		return "needs root to make an input device";
	if (std::system("modprobe -q -a uinput evdev") != 0)
		return "the drivers uinput and evdev cannot be loaded";
	const unique_fd device{open(uinput_path, O_RDWR | O_CLOEXEC)};
	if (device < 0)
		return std::string{uinput_path} + " cannot be opened: " + strerrorname_np(errno);
	return std::nullopt;
}

input_device::input_device() : button_{open_file(uinput_path, O_RDWR | O_NONBLOCK)}
{
	uinput_setup setup{};
	std::strcpy(setup.name, "myepoll test button");
	checked(ioctl(button_, UI_SET_EVBIT, EV_KEY), "UI_SET_EVBIT");
	checked(ioctl(button_, UI_SET_KEYBIT, some_button), "UI_SET_KEYBIT");
	checked(ioctl(button_, UI_DEV_SETUP, &setup), "UI_DEV_SETUP");
	checked(ioctl(button_, UI_DEV_CREATE), "UI_DEV_CREATE");
	char name[64] = {};
	checked(ioctl(button_, UI_GET_SYSNAME(sizeof(name)), name), "UI_GET_SYSNAME");
	reader_ = open_file(node_of(name), O_RDONLY | O_NONBLOCK);
}

void input_device::press() const
{
	const auto send = [this](std::uint16_t type, std::uint16_t code, std::int32_t value) {
		input_event event{};
		event.type = type;
		event.code = code;
		event.value = value;
		if (write(button_, &event, sizeof(event)) != sizeof(event))
			checked(-1, "write to uinput");
	};
	for (const int state : {1, 0}) {
		send(EV_KEY, some_button, state);
		send(EV_SYN, SYN_REPORT, 0);
	}
}

} // namespace support
