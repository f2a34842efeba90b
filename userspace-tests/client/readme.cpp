// SPDX-License-Identifier: GPL-2.0-only
// The two programs in README.md, built from its text; those in docs/fewer-calls.md are only compiled.
#include "support/test.hpp"

#include <cstdio>
#include <memory>
#include <string>

using namespace support;

namespace {

std::string output_of(const std::string& shell_command)
{
	const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe{popen(shell_command.c_str(), "r"), pclose};
	std::string text;
	for (int c; pipe && (c = std::fgetc(pipe.get())) != EOF;)
		text += static_cast<char>(c);
	return text;
}

class Readme : public device_test {};

TEST_F(Readme, programs_report_that_input_is_ready)
{
	EXPECT_EQ(output_of("echo | " README_PROGRAM "_cpp"), "42 is ready\n");
	EXPECT_EQ(output_of("echo | " README_PROGRAM "_c"), "42 is ready\n");
}

} // namespace
