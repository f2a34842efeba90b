// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_PRODUCTS_HPP
#define TOOLS_STORY_PRODUCTS_HPP

#include <optional>
#include <string>

#include "tools/story/output_file.hpp"
#include "tools/story/plan.hpp"
#include "tools/story/recording.hpp"

namespace tools::story {

/** What is to be made of a recording: names of files, "" for what is not wanted. */
struct product_options {
	std::string page{};
	std::string json{};
	std::string perfetto{};
	bool redact = false;
};

/** The files that are made of a recording. */
class products {
public:
	/** Throws a failure if one of them cannot be written, or none is wanted. */
	explicit products(const product_options& options);

	/** Writes all, and returns what replaying the recording tells. */
	verdict make(recording& of);
	/** Their names. */
	[[nodiscard]] std::string names() const;

private:
	bool redact_;
	std::optional<output_file> page_;
	std::optional<output_file> json_;
	std::optional<output_file> perfetto_;
};

} // namespace tools::story

#endif
