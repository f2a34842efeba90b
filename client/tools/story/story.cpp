// SPDX-License-Identifier: MIT
#include "tools/story/story.hpp"

#include <cstdio>

namespace tools::story {
namespace {

int status_of(const verdict& result)
{
	switch (result.is) {
	case verdict::status::verified: return is_verified;
	case verdict::status::wrong: return is_wrong;
	default: return is_not_verifiable;
	}
}

int verify(const std::string& file)
{
	recording of = read_recording(file);
	const verdict result = make_plan(of).result;
	std::printf("%s: %s\n", file.c_str(), result.text.c_str());
	return status_of(result);
}

} // namespace

int story(const story_options& options)
{
	if (options.verify)
		return verify(options.recording);
	products files{options.files};
	recording of = read_recording(options.recording);
	static_cast<void>(files.make(of));
	return 0;
}

} // namespace tools::story
