// SPDX-License-Identifier: MIT
#include "tools/story/page.hpp"

#include <string_view>

// What page/assemble has made of the files in page/.
asm(R"(
	.section .rodata
	.global story_page, story_page_end
story_page:
	.incbin ")" STORY_PAGE R"("
story_page_end:
	.previous
)");
extern "C" const char story_page[], story_page_end[];

namespace tools::story {

std::string make_page(const recording& of, const plan& by)
{
	constexpr std::string_view mark = "@STORY@";
	const std::string_view page{story_page, static_cast<std::size_t>(story_page_end - story_page)};
	const std::size_t at = page.find(mark);
	std::string made{page.substr(0, at)};
	// Neither has a '<', so nothing in it can end the block.
	made += "{\"recording\":" + to_json(of) + ",\"plan\":" + to_json(by) + "}";
	return made.append(page.substr(at + mark.size()));
}

} // namespace tools::story
