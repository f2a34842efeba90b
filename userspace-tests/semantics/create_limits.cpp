// SPDX-License-Identifier: GPL-2.0-only
// Creating instances at the system-wide file limit, and as 200 users in turn.
#include "support/kernel_module.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"

using namespace support;

namespace {

SEMANTICS_SUITE(CreateLimits);

class file_limit {
public:
	explicit file_limit(const std::string& most) { write_word(path, most); }
	file_limit(const file_limit&) = delete;
	file_limit& operator=(const file_limit&) = delete;
	~file_limit() { write_word(path, before_); }

private:
	static constexpr const char* path = "/proc/sys/fs/file-max";
	std::string before_ = read_all(path);
};

// behaviours: 3
TEST_P(CreateLimits, a_full_table_of_files_is_enfile_and_leaks_no_number)
{
	if (const auto why = watch_limit::why_impossible())
		GTEST_SKIP() << *why;
	const unique_fd last = make_eventfd();
	{
		const file_limit full{"0"};
		as_user(watch_limit::some_user, [&] {
			for (int round = 0; round < 1000; ++round)
				ASSERT_THAT(raw::create(GetParam(), 0), fails_with(ENFILE));
		});
	}
	EXPECT_EQ(create().fd(), last + 1);
}

// Each round closes its user's only instance, so no per-user state may remain.
//
// behaviours: 3, 140
TEST_P(CreateLimits, a_user_may_come_and_go)
{
	if (const auto why = watch_limit::why_impossible())
		GTEST_SKIP() << *why;
	const unique_fd counter = make_eventfd(1);
	for (uid_t user = watch_limit::some_user; user < watch_limit::some_user + 200; ++user) {
		const event_set set = create_as(user, GetParam());
		ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	}
}

} // namespace
