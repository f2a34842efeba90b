// SPDX-License-Identifier: GPL-2.0-only
// Counts the instructions of sections of code, in user mode and in the kernel, in a guest whose time
// stamp counter counts instructions (qemu/vm --accel icount).
#pragma once

#include <cstdint>

namespace bench {

// Neither the compiler nor the emulated CPU moves anything across it.
inline std::uint64_t instructions() noexcept
{
	std::uint32_t low, high;
	asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return std::uint64_t{high} << 32 | low;
}

// Adds up the instructions of sections of code, including whatever interrupts them.
class meter {
public:
	// Runs a section of code that does something `operations` times, and returns its result.
	template <typename Section> decltype(auto) count(Section&& section, std::uint64_t operations = 1)
	{
		struct around {
			~around() { own.add(instructions() - start, operations); }
			meter& own;
			std::uint64_t operations;
			std::uint64_t start = instructions();
		} const now{*this, operations};
		return section();
	}

	// For a section that starts in one thread and ends in another.
	void add(std::uint64_t instructions, std::uint64_t operations) noexcept
	{
		sum_ += instructions;
		sections_++;
		operations_ += operations;
	}

	std::uint64_t sum() const noexcept { return sum_; }
	std::uint64_t operations() const noexcept { return operations_; }

	// Instructions per operation, without those of the counting itself.
	double each() const noexcept
	{
		const double own = overhead() * static_cast<double>(sections_);
		return (static_cast<double>(sum_) - own) / static_cast<double>(operations_);
	}

private:
	// Of an empty section. The minimum of many, because some contain a timer tick.
	static double overhead() noexcept
	{
		static const double least = [] {
			double found = 1e9;
			for (int i = 0; i < 1000; i++) {
				meter empty;
				empty.count([] {});
				found = found < static_cast<double>(empty.sum_) ? found : static_cast<double>(empty.sum_);
			}
			return found;
		}();
		return least;
	}

	std::uint64_t sum_ = 0;
	std::uint64_t sections_ = 0;
	std::uint64_t operations_ = 0;
};

} // namespace bench
