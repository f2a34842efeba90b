// SPDX-License-Identifier: MIT
#include "tools/story/recording.hpp"

#include <algorithm>
#include <iterator>

namespace tools::story {

field_type type_of(std::string_view field)
{
	constexpr std::array words{"op", "outcome", "why", "fate"};
	if (std::ranges::find(words, field) != words.end())
		return field_type::word;
	if (field == "item" || field == "next")
		return field_type::item;
	return field == "data" ? field_type::data : field_type::number;
}

std::optional<std::size_t> step_kind::find(std::string_view field) const
{
	const auto found = std::ranges::find(fields, field);
	if (found == fields.end())
		return std::nullopt;
	return static_cast<std::size_t>(std::distance(fields.begin(), found));
}

std::int64_t recording::value(const step& one, std::string_view field) const
{
	const auto at = kinds[one.kind].find(field);
	return at ? one.values[*at] : 0;
}

std::string_view recording::word(const step& one, std::string_view field) const
{
	const auto at = kinds[one.kind].find(field);
	return at ? std::string_view{words[static_cast<std::size_t>(one.values[*at])]} : std::string_view{};
}

} // namespace tools::story
