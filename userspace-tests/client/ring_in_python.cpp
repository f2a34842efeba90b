// SPDX-License-Identifier: GPL-2.0-only
// docs/ring.md is enough to take events in another language, ring_consumer.py, which knows nothing else. And why it asks
// for a compare-and-exchange.
#include "support/test.hpp"

#include <cstdio>
#include <memory>
#include <string>

using namespace std::chrono_literals;

namespace {

class RingInPython : public support::device_test {
protected:
	// What the program prints.
	static std::string run(const std::string& arguments)
	{
		const std::string line = "/usr/bin/python3 " CONSUMER " " + arguments + " 2>&1";
		const auto close = [](std::FILE* output) { pclose(output); };
		const std::unique_ptr<std::FILE, decltype(close)> output{popen(line.c_str(), "re"), close};
		std::string text(4096, '\0');
		text.resize(std::fread(text.data(), 1, text.size(), output.get()));
		return text;
	}
};

TEST_F(RingInPython, takes_all_events_of_several_threads_and_sleeps_for_them)
{
	support::may_take(60s);
	EXPECT_EQ(run("numbers"), "missing 0 slept\n");
}

TEST_F(RingInPython, takes_what_is_added_to_an_event_meanwhile)
{
	EXPECT_EQ(run("merged"), "in out\n");
}

TEST_F(RingInPython, takes_nothing_that_is_removed_meanwhile)
{
	EXPECT_EQ(run("removed"), "nothing\n");
}

TEST_F(RingInPython, loses_what_is_added_meanwhile_to_a_plain_store)
{
	EXPECT_EQ(run("merged --plain-store"), "in\n");
}

TEST_F(RingInPython, takes_what_is_removed_meanwhile_by_a_plain_store)
{
	EXPECT_EQ(run("removed --plain-store"), "(1, 7)\n");
}

} // namespace
