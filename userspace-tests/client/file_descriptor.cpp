// SPDX-License-Identifier: GPL-2.0-only
// Who owns a descriptor, and when it is closed.
#include "support/test.hpp"

#include <myepoll/file_descriptor.hpp>

#include <fcntl.h>

#include <type_traits>

using myepoll::file_descriptor;

namespace {

static_assert(!std::is_copy_constructible_v<file_descriptor>);
static_assert(!std::is_copy_assignable_v<file_descriptor>);
static_assert(std::is_nothrow_move_constructible_v<file_descriptor>);
static_assert(std::is_nothrow_move_assignable_v<file_descriptor>);
static_assert(!std::is_convertible_v<int, file_descriptor>);
static_assert(sizeof(file_descriptor) == sizeof(int));

bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

file_descriptor open_one()
{
	return file_descriptor{support::make_eventfd().release()};
}

TEST(FileDescriptor, is_empty_by_default)
{
	const file_descriptor empty;
	EXPECT_EQ(empty.get(), -1);
	EXPECT_FALSE(empty);
}

TEST(FileDescriptor, takes_every_negative_number_for_empty)
{
	EXPECT_EQ(file_descriptor{-1}.get(), -1);
	EXPECT_EQ(file_descriptor{-EBADF}.get(), -1);
	EXPECT_FALSE(file_descriptor{-7});
}

TEST(FileDescriptor, owns_descriptor_zero)
{
	const support::unique_fd saved = support::duplicate(STDIN_FILENO);
	{
		const file_descriptor zero{STDIN_FILENO};
		EXPECT_TRUE(zero);
	}
	EXPECT_FALSE(is_open(STDIN_FILENO));
	ASSERT_EQ(dup2(saved, STDIN_FILENO), STDIN_FILENO);
}

TEST(FileDescriptor, closes_at_the_end_of_its_life)
{
	int number = -1;
	{
		const file_descriptor owner = open_one();
		number = owner.get();
		EXPECT_TRUE(is_open(number));
	}
	EXPECT_FALSE(is_open(number));
}

TEST(FileDescriptor, moves_without_closing_and_leaves_an_empty_one)
{
	file_descriptor first = open_one();
	const int number = first.get();

	const file_descriptor second{std::move(first)};

	EXPECT_EQ(second.get(), number);
	EXPECT_TRUE(is_open(number));
	EXPECT_FALSE(first); // NOLINT: a moved-from object is promised to be empty
	first.reset();
	EXPECT_TRUE(is_open(number));
}

TEST(FileDescriptor, closes_what_it_had_when_another_is_moved_in)
{
	file_descriptor target = open_one();
	file_descriptor source = open_one();
	const int old_number = target.get();
	const int new_number = source.get();

	target = std::move(source);

	EXPECT_FALSE(is_open(old_number));
	EXPECT_EQ(target.get(), new_number);
	EXPECT_TRUE(is_open(new_number));
}

TEST(FileDescriptor, survives_being_moved_into_itself)
{
	file_descriptor owner = open_one();
	file_descriptor& alias = owner;
	const int number = owner.get();

	owner = std::move(alias);

	EXPECT_EQ(owner.get(), number);
	EXPECT_TRUE(is_open(number));
}

TEST(FileDescriptor, releases_without_closing)
{
	file_descriptor owner = open_one();
	const int number = owner.get();

	const support::unique_fd released{owner.release()};

	EXPECT_EQ(released, number);
	EXPECT_FALSE(owner);
	owner.reset();
	EXPECT_TRUE(is_open(number));
}

TEST(FileDescriptor, closes_once_however_often_it_is_reset)
{
	file_descriptor owner = open_one();
	const int number = owner.get();
	owner.reset();
	EXPECT_FALSE(is_open(number));

	const file_descriptor next = open_one();
	ASSERT_EQ(next.get(), number) << "the lowest free descriptor is reused";
	owner.reset();
	EXPECT_TRUE(is_open(number));
}

TEST(FileDescriptor, takes_another_one_over_at_reset)
{
	file_descriptor owner = open_one();
	const int old_number = owner.get();
	const int new_number = open_one().release();

	owner.reset(new_number);

	EXPECT_FALSE(is_open(old_number));
	EXPECT_EQ(owner.get(), new_number);
}

} // namespace
