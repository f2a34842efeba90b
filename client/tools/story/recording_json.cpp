// SPDX-License-Identifier: MIT
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "tools/failure.hpp"
#include "tools/look/words.hpp"
#include "tools/story/recording.hpp"

namespace tools::story {
namespace {

using nlohmann::json;

// Written by hand, because a recording has many numbers.
class writer {
public:
	explicit writer(const recording& of) : of_{of} {}

	std::string write()
	{
		text_ = "{\"recording\":" + std::to_string(recording::version);
		member("made_by", of_.made_by);
		member("kernel", of_.kernel);
		member("abi", of_.abi);
		member("cpus", of_.cpus);
		if (!of_.command.empty())
			member("command", of_.command);
		if (of_.process != 0)
			member("process", of_.process);
		member("redacted", of_.redacted);
		member("duration", of_.duration);
		json kinds = json::array();
		for (const step_kind& one : of_.kinds)
			kinds.push_back(json::array({one.name, one.fields}));
		member("kinds", kinds);
		rows("items", of_.items, [this](std::uint64_t number) { add(quoted(look::hexadecimal(number))); });
		rows("steps", of_.steps, [this](const step& one) { add_step(one); });
		rows("tasks", of_.tasks, [this](const task_name& one) { row(one.time, one.thread, one.process, quoted(one.name)); });
		rows("targets", of_.targets, [this](const target& one) { row(one.time, one.item, quoted(one.what)); });
		rows("snapshots", of_.snapshots, [this](const snapshot_page& one) { add_page(one); });
		rows("losses", of_.losses, [this](const loss& one) {
			row(one.time, one.cpu, one.count ? std::to_string(*one.count) : std::string{"null"});
		});
		member("lost", of_.lost);
		if (of_.full)
			member("full", *of_.full);
		member("before", of_.before);
		member("alive", of_.alive);
		return std::move(text_) + "\n}\n";
	}

private:
	void add(const std::string& text) { text_ += text; }
	template <typename number> void add(number value)
	{
		std::array<char, 24> digits{};
		const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
		text_.append(digits.data(), end.ptr);
	}

	template <typename... parts> void row(const parts&... all)
	{
		text_ += '[';
		bool first = true;
		const auto one = [&](const auto& part) {
			if (!std::exchange(first, false))
				text_ += ',';
			add(part);
		};
		(one(all), ...);
		text_ += ']';
	}

	// Also as part of a page, where '<' could begin a tag.
	static std::string quoted(const json& value)
	{
		std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
		for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos;)
			text.replace(at, 1, "\\u003c");
		return text;
	}

	void member(const char* name, const json& value) { text_ += ",\n\"" + std::string{name} + "\":" + quoted(value); }

	template <typename list, typename action> void rows(const char* name, const list& all, const action& write_one)
	{
		text_ += ",\n\"" + std::string{name} + "\":[";
		bool first = true;
		for (const auto& one : all) {
			text_ += std::exchange(first, false) ? "\n" : ",\n";
			write_one(one);
		}
		text_ += "]";
	}

	void add_step(const step& one)
	{
		row(one.time, one.cpu, one.context, one.thread, one.kind, one.instance);
		text_.pop_back();
		const step_kind& kind = of_.kinds[one.kind];
		for (std::size_t i = 0; i < kind.fields.size(); ++i) {
			text_ += ',';
			switch (type_of(kind.fields[i])) {
			case field_type::word: add(quoted(of_.words[static_cast<std::size_t>(one.values[i])])); break;
			case field_type::data: add(data(static_cast<std::uint64_t>(one.values[i]))); break;
			default: add(one.values[i]);
			}
		}
		text_ += ']';
	}

	[[nodiscard]] std::string data(std::uint64_t value) const { return of_.redacted ? "\"\"" : quoted(look::hexadecimal(value)); }

	void add_page(const snapshot_page& one)
	{
		text_ += "{\"instance\":" + std::to_string(one.instance);
		member("from", one.from);
		member("to", one.to);
		for (const auto& [name, is] : {std::pair{"first", one.first}, {"last", one.last}, {"whole", one.whole}})
			member(name, is);
		member("change", one.change);
		member("watches", one.watches);
		member("counters", one.counters);
		if (one.items)
			rows("items", *one.items, [this](const seen_item& item) {
				row(item.item, item.fd, item.events, data(item.data), item.flags, item.hooks, item.position, item.parent);
			});
		else
			member("items", nullptr);
		rows("sleepers", one.sleepers, [this](const seen_sleeper& s) { row(s.thread, s.asleep_ms); });
		rows("holders", one.holders, [this](const seen_holder& h) { row(h.process, h.fd); });
		rows("sockets", one.sockets, [this](const seen_socket& s) { row(s.item, quoted(s.state), s.receive, s.send); });
		text_ += '}';
	}

	const recording& of_;
	std::string text_;
};

// What the library throws for a missing member or a wrong type becomes a failure in read_recording().
class reader {
public:
	explicit reader(const json& from) : from_{from} {}

	recording read()
	{
		read_head();
		for (const json& one : from_.at("items"))
			to_.items.push_back(number_in_hexadecimal(one));
		read_kinds();
		for (const json& one : from_.at("steps"))
			read_step(one);
		for (const json& one : from_.at("tasks"))
			to_.tasks.push_back({time(one.at(0)), number<pid_t>(one.at(1)), number<pid_t>(one.at(2)), one.at(3)});
		for (const json& one : from_.at("targets"))
			to_.targets.push_back({time(one.at(0)), item(one.at(1)), one.at(2)});
		for (const json& one : from_.at("snapshots"))
			read_page(one);
		for (const json& one : from_.at("losses"))
			to_.losses.push_back({time(one.at(0)), number<std::int16_t>(one.at(1)), count(one.at(2))});
		return std::move(to_);
	}

private:
	void read_head()
	{
		to_.made_by = from_.at("made_by");
		to_.kernel = from_.at("kernel");
		to_.abi = number<unsigned>(from_.at("abi"));
		to_.cpus = number<std::int16_t>(from_.at("cpus"));
		to_.command = from_.value("command", std::vector<std::string>{});
		to_.process = from_.contains("process") ? number<pid_t>(from_.at("process")) : 0;
		to_.redacted = from_.at("redacted");
		to_.duration = time(from_.at("duration"));
		to_.lost = time(from_.at("lost"));
		if (from_.contains("full"))
			to_.full = time(from_.at("full"));
		for (const auto& [name, numbers] : {std::pair{"before", &to_.before}, {"alive", &to_.alive}})
			for (const json& one : from_.at(name))
				numbers->push_back(number<std::uint64_t>(one));
	}

	void read_kinds()
	{
		for (const json& one : from_.at("kinds")) {
			to_.kinds.push_back({word(one.at(0)), {}});
			for (const json& field : one.at(1))
				to_.kinds.back().fields.push_back(word(field));
			require(to_.kinds.back().fields.size() <= step::most_fields, "a kind of steps has too many fields");
		}
	}

	void read_step(const json& from)
	{
		step one{.time = time(from.at(0)), .cpu = number<std::int16_t>(from.at(1)), .context = number<std::int8_t>(from.at(2)),
			 .thread = number<pid_t>(from.at(3)), .kind = number<std::uint32_t>(from.at(4)),
			 .instance = number<std::uint64_t>(from.at(5))};
		require(one.kind < to_.kinds.size(), "a step of no kind");
		require(one.context >= 0 && one.context <= 2, "a step in no context");
		const step_kind& kind = to_.kinds[one.kind];
		require(from.size() == 6 + kind.fields.size(), "a step with other fields than its kind has");
		for (std::size_t i = 0; i < kind.fields.size(); ++i)
			one.values[i] = value(kind.fields[i], from.at(6 + i));
		to_.steps.push_back(one);
	}

	std::int64_t value(const std::string& field, const json& from)
	{
		switch (type_of(field)) {
		case field_type::word: return index_of_word(word(from));
		case field_type::item:
			require(field != "item" || from != 0, "a step of no item");
			return item(from);
		case field_type::data: return static_cast<std::int64_t>(number_in_hexadecimal(from));
		default: return field == "change" ? static_cast<std::int64_t>(time(from)) : number<std::int64_t>(from);
		}
	}

	// One of ours: it is not redacted.
	static std::string word(const json& from)
	{
		std::string text = from;
		constexpr std::string_view known = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ ";
		require(text.size() <= 32 && text.find_first_not_of(known) == std::string::npos, "a word that is none");
		return text;
	}

	std::int64_t index_of_word(const std::string& text)
	{
		const auto [known, is_new] = index_of_word_.try_emplace(text, to_.words.size());
		if (is_new)
			to_.words.push_back(text);
		return static_cast<std::int64_t>(known->second);
	}

	item_index item(const json& from)
	{
		const auto index = number<std::uint32_t>(from);
		require(index <= to_.items.size(), "an item without a number");
		return static_cast<item_index>(index);
	}

	template <typename type> static type number(const json& from)
	{
		require(from.is_number_integer(), "a number that is none");
		const bool fits = from.is_number_unsigned() ? std::in_range<type>(from.get<std::uint64_t>())
							    : std::in_range<type>(from.get<std::int64_t>());
		require(fits, "a number that is too large");
		return from.get<type>();
	}

	// Small enough to be added to.
	static std::uint64_t time(const json& from)
	{
		const auto read = number<std::uint64_t>(from);
		require(read < std::uint64_t{1} << 60, "a number that is too large");
		return read;
	}

	static std::uint64_t number_in_hexadecimal(const std::string& text)
	{
		std::uint64_t number = 0;
		if (text.empty())
			return number;
		const char* const end = text.data() + text.size();
		require(text.starts_with("0x") && std::from_chars(text.data() + 2, end, number, 16).ptr == end, "a number that is none");
		return number;
	}

	static std::optional<std::uint64_t> count(const json& from)
	{
		return from.is_null() ? std::nullopt : std::optional{time(from)};
	}

	void read_page(const json& from)
	{
		snapshot_page page{.instance = number<std::uint64_t>(from.at("instance")), .from = time(from.at("from")),
				   .to = time(from.at("to")), .first = from.at("first"), .last = from.at("last"),
				   .whole = from.at("whole"), .change = time(from.at("change")), .watches = time(from.at("watches"))};
		require(!page.whole || (page.first && page.last), "a whole page that is not alone");
		require(from.at("counters").size() == counter_count, "another number of counters");
		for (std::size_t i = 0; i < counter_count; ++i)
			page.counters[i] = time(from.at("counters").at(i));
		if (const json& items = from.at("items"); !items.is_null())
			read_items(items, page.items.emplace());
		for (const json& one : from.at("sleepers"))
			page.sleepers.push_back({number<pid_t>(one.at(0)), number<std::uint64_t>(one.at(1))});
		for (const json& one : from.at("holders"))
			page.holders.push_back({number<pid_t>(one.at(0)), number<int>(one.at(1))});
		for (const json& one : from.at("sockets"))
			page.sockets.push_back({item(one.at(0)), word(one.at(1)), time(one.at(2)), time(one.at(3))});
		to_.snapshots.push_back(std::move(page));
	}

	void read_items(const json& from, std::vector<seen_item>& items)
	{
		std::set<item_index> seen;
		for (const json& one : from) {
			items.push_back({item(one.at(0)), number<int>(one.at(1)), number<std::uint32_t>(one.at(2)),
					 number_in_hexadecimal(one.at(3)), number<std::uint32_t>(one.at(4)), number<std::uint32_t>(one.at(5)),
					 number<std::uint32_t>(one.at(6)), number<std::int32_t>(one.at(7))});
			const seen_item& last = items.back();
			require(last.item != 0 && seen.insert(last.item).second, "an item that is twice in a page, or none");
			require(last.parent >= -1 && last.parent < static_cast<std::int64_t>(from.size()), "a tree with a missing node");
		}
	}

	static void require(bool holds, const char* otherwise)
	{
		if (!holds)
			throw failure{own_trouble, otherwise};
	}

	const json& from_;
	recording to_;
	std::map<std::string, std::size_t> index_of_word_;
};

std::string content_of(const std::string& file)
{
	std::ifstream stream{file, std::ios::binary};
	std::ostringstream text;
	// Nothing is copied from an empty file, which the reader refuses.
	if (!stream || (!(text << stream.rdbuf()) && stream.peek() != std::ifstream::traits_type::eof()))
		throw failure{own_trouble, "cannot read " + file + ": " + std::strerror(errno != 0 ? errno : EIO)};
	return std::move(text).str();
}

} // namespace

std::string to_json(const recording& of) { return writer{of}.write(); }

recording read_recording(const std::string& file)
{
	const std::string text = content_of(file);
	const json parsed = json::parse(text, nullptr, false);
	if (parsed.is_discarded())
		throw failure{own_trouble, file + " is no complete JSON: truncated, or something else"};
	if (!parsed.is_object() || !parsed.contains("recording") || !parsed["recording"].is_number_unsigned())
		throw failure{own_trouble, file + " is no recording (myepoll record --json makes one)"};
	if (const auto version = parsed["recording"].get<std::uint64_t>(); version == 0 || version > recording::version)
		throw failure{own_trouble, file + " has version " + std::to_string(version) + ", and this myepoll knows up to " +
						   std::to_string(recording::version) + ": draw it with a newer one"};
	try {
		return reader{parsed}.read();
	} catch (const json::exception& error) {
		throw failure{own_trouble, file + " is damaged: " + error.what()};
	} catch (const failure& error) {
		throw failure{own_trouble, file + " is damaged: " + error.what()};
	}
}

} // namespace tools::story
