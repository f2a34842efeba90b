// SPDX-License-Identifier: GPL-2.0-only
#include "support/trace_log.hpp"

#include "support/kernel_module.hpp"

#include <linux/myepoll.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace support {
namespace {

const std::string tracing = "/sys/kernel/tracing/";
const std::string events = tracing + "events/myepoll/";

// "sshd-12     [001] d.s4.   735.150: myepoll_notify: instance=3 why=target closed"; names of tasks have blanks, too.
std::optional<trace_step> parse(const std::string& line)
{
	static const std::regex form{R"(-(\d+) +\[\d+\] (\S+) +[\d.]+: myepoll_(\w+): (.*))"};
	std::smatch part;
	if (!std::regex_search(line, part, form))
		return std::nullopt;
	trace_step step{part[3], std::stoi(part[1]), part.str(2).find('s') != std::string::npos, {}};
	static const std::regex pair{R"((\w+)=(.*?)(?= \w+=|$))"};
	const std::string rest = part[4];
	for (std::sregex_iterator at{rest.begin(), rest.end(), pair}; at != std::sregex_iterator{}; ++at)
		step.fields[(*at)[1]] = (*at)[2];
	return step;
}

void must_write(const std::string& path, const std::string& word)
{
	if (const long error = write_word(path, word))
		throw std::runtime_error{"cannot write to " + path + ": " + std::to_string(error)};
}

} // namespace

const std::string& trace_step::text(const std::string& field) const
{
	const auto found = fields.find(field);
	if (found == fields.end())
		throw std::runtime_error{name + " has no field " + field};
	return found->second;
}

std::int64_t trace_step::number(const std::string& field) const { return std::stoll(text(field), nullptr, 0); }

std::ostream& operator<<(std::ostream& out, const trace_step& step)
{
	out << step.name << " (thread " << step.thread << ')';
	for (const auto& [field, value] : step.fields)
		out << ' ' << field << '=' << value;
	return out;
}

std::optional<std::string> trace_log::why_impossible()
{
	if (write_word(events + "enable", "0") == 0)
		return std::nullopt;
	return "the module's trace events cannot be switched";
}

trace_log::trace_log()
{
	std::ofstream{tracing + "trace"}; // clears it
	must_write(tracing + "buffer_size_kb", "8192");
	must_write(events + "enable", "1");
}

trace_log::~trace_log() { write_word(events + "enable", "0"); }

std::vector<trace_step> trace_log::all() const
{
	std::vector<trace_step> steps;
	std::istringstream text{read_all(tracing + "trace")};
	for (std::string line; std::getline(text, line);)
		if (std::optional<trace_step> step = parse(line))
			steps.push_back(std::move(*step));
	return steps;
}

std::vector<trace_step> trace_log::of(std::uint64_t instance) const
{
	std::vector<trace_step> steps = all();
	std::erase_if(steps, [instance](const trace_step& step) {
		return step.text("instance") != std::to_string(instance);
	});
	return steps;
}

std::uint64_t trace_log::number_of(const event_set& set)
{
	myepoll_info info{};
	if (raw::ioctl(set.fd(), MYEPOLL_IOC_INFO, &info) < 0)
		throw std::runtime_error{"not an instance of myepoll"};
	return info.instance;
}

std::vector<std::string> names_of(const std::vector<trace_step>& steps)
{
	std::vector<std::string> names;
	for (const trace_step& step : steps)
		names.push_back(step.name);
	return names;
}

const trace_step& the_only(const std::string& name, const std::vector<trace_step>& steps)
{
	const auto has_name = [&name](const trace_step& step) { return step.name == name; };
	const auto found = std::find_if(steps.begin(), steps.end(), has_name);
	if (std::count_if(steps.begin(), steps.end(), has_name) != 1)
		throw std::runtime_error{"there is not one step " + name};
	return *found;
}

} // namespace support
