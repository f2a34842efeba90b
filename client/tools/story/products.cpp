// SPDX-License-Identifier: MIT
#include "tools/story/products.hpp"

#include <vector>

#include "tools/failure.hpp"
#include "tools/look/words.hpp"
#include "tools/story/page.hpp"
#include "tools/story/perfetto.hpp"

namespace tools::story {

products::products(const product_options& options) : redact_{options.redact}
{
	const auto is_twice = [](const std::string& one, const std::string& other) { return !one.empty() && one == other; };
	if (is_twice(options.page, options.json) || is_twice(options.page, options.perfetto) || is_twice(options.json, options.perfetto))
		throw failure{wrong_usage, "-o, --json and --perfetto name the same file"};
	if (!options.page.empty())
		page_.emplace(options.page);
	if (!options.json.empty())
		json_.emplace(options.json);
	if (!options.perfetto.empty())
		perfetto_.emplace(options.perfetto);
	if (!page_ && !json_ && !perfetto_)
		throw failure{wrong_usage, "nothing to write: give -o, --json or --perfetto, each with a file"};
}

verdict products::make(recording& of)
{
	if (redact_)
		redact(of);
	// As it was recorded, before its steps are put in order.
	if (json_)
		json_->write(to_json(of));
	const plan by = make_plan(of);
	if (page_)
		page_->write(make_page(of, by));
	if (perfetto_)
		perfetto_->write(to_perfetto(of));
	return by.result;
}

std::string products::names() const
{
	std::vector<std::string> all;
	for (const auto* file : {&page_, &json_, &perfetto_})
		if (*file)
			all.push_back((*file)->path());
	return look::joined(all, ", ");
}

} // namespace tools::story
