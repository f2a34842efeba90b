// SPDX-License-Identifier: MIT
#include "tools/look/trace_event.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#include "tools/look/tracefs_in_c.hpp"

namespace tools::look {
namespace {

constexpr std::string_view prefix = "myepoll_";

std::int64_t number_of(tep_format_field* field, const tep_record& record)
{
	unsigned long long number = 0;
	if (field == nullptr || tep_read_number_field(field, record.data, &number) != 0)
		return 0;
	const bool is_narrow = field->size == sizeof(std::int32_t);
	if (is_narrow && (field->flags & TEP_FIELD_IS_SIGNED))
		return static_cast<std::int32_t>(number);
	return static_cast<std::int64_t>(number);
}

std::int64_t number_of(tep_event* event, const char* field, const tep_record& record)
{
	return number_of(tep_find_field(event, field), record);
}

// An array in the record, or, in newer kernels, behind it: its place is the lower half of the field.
std::string text_of(tep_event* event, const char* name, const tep_record& record)
{
	const tep_format_field* const field = tep_find_field(event, name);
	if (field == nullptr)
		return {};
	auto offset = static_cast<std::size_t>(field->offset);
	auto size = static_cast<std::size_t>(field->size);
	const auto* const data = static_cast<const char*>(record.data);
	if (field->flags & TEP_FIELD_IS_DYNAMIC) {
		std::uint32_t place = 0;
		std::memcpy(&place, data + offset, sizeof(place));
		offset = place & 0xffff;
		size = place >> 16;
	}
	if (offset + size > static_cast<std::size_t>(record.size))
		return {};
	return {data + offset, strnlen(data + offset, size)};
}

// Throws std::system_error.
std::string read_file(const std::string& name)
{
	int size = 0;
	char* const read = tracefs_instance_file_read(nullptr, name.c_str(), &size);
	if (read == nullptr)
		throw std::system_error{errno, std::system_category(), "cannot trace: " + name};
	std::string text{read, static_cast<std::size_t>(size)};
	std::free(read);
	return text;
}

trace_event::context context_of(int flags)
{
	if (flags & TRACE_FLAG_HARDIRQ)
		return trace_event::context::hardirq;
	return flags & TRACE_FLAG_SOFTIRQ ? trace_event::context::softirq : trace_event::context::task;
}

bool begins_a_field(std::string_view word)
{
	const std::size_t length = word.find('=');
	return length != std::string_view::npos && length > 0 && word[0] >= 'a' && word[0] <= 'z';
}

// "fd=4 why=target closed" becomes two fields.
std::vector<trace_field> split(std::string_view text)
{
	std::vector<trace_field> fields;
	while (!text.empty()) {
		const std::string_view word = text.substr(0, text.find(' '));
		text.remove_prefix(std::min(word.size() + 1, text.size()));
		if (begins_a_field(word)) {
			const std::size_t length = word.find('=');
			fields.push_back({std::string{word.substr(0, length)}, std::string{word.substr(length + 1)}, 0});
		} else if (!fields.empty()) {
			fields.back().text.append(" ").append(word);
		}
	}
	return fields;
}

// More values than any field of words has.
constexpr std::size_t most_words = 4096;

std::string text_of_number(bool is_hexadecimal, const std::string& field, std::int64_t number)
{
	if (is_hexadecimal) {
		std::array<char, 24> text{};
		std::snprintf(text.data(), text.size(), field == "data" ? "%#" PRIx64 : "%" PRIx64, static_cast<std::uint64_t>(number));
		return text.data();
	}
	const char* const error = field == "result" && number < 0 ? strerrorname_np(static_cast<int>(-number)) : nullptr;
	return error != nullptr ? error : std::to_string(number);
}

} // namespace

const trace_field* trace_event::find(const std::string& field) const
{
	const auto found = std::find_if(fields.begin(), fields.end(), [&](const trace_field& one) { return one.name == field; });
	return found != fields.end() ? &*found : nullptr;
}

void trace_decoder::free_formats::operator()(tep_handle* formats) const noexcept { tep_free(formats); }
void trace_decoder::free_pages::operator()(kbuffer* pages) const noexcept { kbuffer_free(pages); }

// Only these: libtracefs by itself would also read the names of all functions of the kernel.
trace_decoder::trace_decoder() : formats_{tep_alloc()}
{
	constexpr auto endian = std::endian::native == std::endian::big ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN;
	tep_set_local_bigendian(formats_.get(), endian);
	tep_set_file_bigendian(formats_.get(), endian);
	tep_set_long_size(formats_.get(), sizeof(long));
	tep_set_page_size(formats_.get(), getpagesize());
	std::string text = read_file("events/header_page");
	tep_parse_header_page(formats_.get(), text.data(), text.size(), sizeof(long));
	add_format("sched", "sched_process_fork");
	add_format("sched", "sched_process_free");
	add_format("task", "task_rename");
	char** const steps = tracefs_system_events(nullptr, "myepoll");
	for (char** step = steps; step != nullptr && *step != nullptr; ++step)
		add_format("myepoll", *step);
	tracefs_list_free(steps);
}

void trace_decoder::add_format(const std::string& system, const std::string& event)
{
	const std::string text = read_file("events/" + system + "/" + event + "/format");
	tep_parse_event(formats_.get(), text.data(), text.size(), system.c_str());
}

trace_decoder::page_parser trace_decoder::make_page_parser() const
{
	return page_parser{tep_kbuffer(formats_.get())};
}

std::optional<trace_event> trace_decoder::decode(tep_record& record)
{
	tep_event* const event = tep_find_event_by_record(formats_.get(), &record);
	if (event == nullptr)
		return std::nullopt;
	trace_event read;
	read.time = record.ts;
	read.cpu = record.cpu;
	read.thread = tep_data_pid(formats_.get(), &record);
	read.where = context_of(tep_data_flags(formats_.get(), &record));
	read.lost = record.missed_events;
	const std::string_view name = event->name;
	if (name.starts_with(prefix)) {
		decode_step(event, record, read);
	} else if (name == "sched_process_fork") {
		read.what = trace_event::kind::forked;
		read.other = static_cast<pid_t>(number_of(event, "child_pid", record));
		read.comm = text_of(event, "child_comm", record);
	} else if (name == "task_rename") {
		read.what = trace_event::kind::renamed;
		// Newer kernels only tell who renames, which is nearly always the thread itself.
		const bool tells_whom = tep_find_field(event, "pid") != nullptr;
		read.other = tells_whom ? static_cast<pid_t>(number_of(event, "pid", record)) : read.thread;
		read.comm = text_of(event, "newcomm", record);
	} else if (name == "sched_process_free") {
		read.what = trace_event::kind::freed;
		read.other = static_cast<pid_t>(number_of(event, "pid", record));
	} else {
		return std::nullopt;
	}
	return read;
}

void trace_decoder::decode_step(tep_event* event, tep_record& record, trace_event& to)
{
	to.name = std::string_view{event->name}.substr(prefix.size());
	to.instance = static_cast<std::uint64_t>(number_of(event, "instance", record));
	std::vector<known_field>& fields = fields_[event->id];
	if (fields.empty())
		learn(event, record, fields);
	to.fields.reserve(fields.size());
	for (known_field& one : fields) {
		const std::int64_t number = number_of(one.format, record);
		to.fields.push_back({one.name, text_of_number(one.how == rendering::hexadecimal, one.name, number), number});
		if (one.how != rendering::words)
			continue;
		auto known = one.words.find(number);
		if (known == one.words.end()) {
			if (one.words.size() == most_words)
				one.words.clear();
			known = one.words.emplace(number, printed(record, one.name)).first;
		}
		to.fields.back().text = known->second;
	}
}

// What is not printed as a number has words.
void trace_decoder::learn(tep_event* event, tep_record& record, std::vector<known_field>& fields) const
{
	for (const trace_field& one : print(record)) {
		if (one.name == "instance")
			continue;
		tep_format_field* const format = tep_find_field(event, one.name.c_str());
		const bool is_long = one.name == "item" || one.name == "next" || one.name == "data";
		rendering how = is_long ? rendering::hexadecimal : rendering::decimal;
		if (!is_long && one.text != std::to_string(number_of(format, record)))
			how = rendering::words;
		fields.push_back({one.name, format, how});
	}
}

std::vector<trace_field> trace_decoder::print(tep_record& record) const
{
	trace_seq text;
	trace_seq_init(&text);
	tep_print_event(formats_.get(), &text, &record, "%s", TEP_PRINT_INFO);
	trace_seq_terminate(&text);
	std::vector<trace_field> fields = split(text.buffer);
	trace_seq_destroy(&text);
	return fields;
}

std::string trace_decoder::printed(tep_record& record, const std::string& field) const
{
	for (trace_field& one : print(record))
		if (one.name == field)
			return std::move(one.text);
	return {};
}

} // namespace tools::look
