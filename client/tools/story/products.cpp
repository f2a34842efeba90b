// SPDX-License-Identifier: MIT
#include "tools/story/products.hpp"

#include <vector>

#include "tools/failure.hpp"
#include "tools/look/words.hpp"
#include "tools/story/page.hpp"
#include "tools/story/perfetto.hpp"

namespace tools::story {
namespace {

std::unique_ptr<output_file> opened(const std::string& path) { return path.empty() ? nullptr : std::make_unique<output_file>(path); }

} // namespace

products::products(const product_options& options)
	: redact_{options.redact}, page_{opened(options.page)}, json_{opened(options.json)}, perfetto_{opened(options.perfetto)}
{
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
