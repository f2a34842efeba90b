// SPDX-License-Identifier: GPL-2.0-only
#include "support/injected_fault.hpp"

#include "support/kernel_module.hpp"
#include "support/targets.hpp"

#include <fcntl.h>

#include <cstdlib>

namespace support {
namespace {

constexpr const char* nth_file = "/proc/thread-self/fail-nth";
const std::string settings = "/sys/kernel/debug/";

} // namespace

std::optional<std::string> fault_injection::why_impossible()
{
	if (access(nth_file, W_OK) != 0)
		return "needs root, and a kernel with fault injection";
	return std::nullopt;
}

fault_injection::fault_injection() : nth_{open_file(nth_file, O_RDWR)}
{
	// Also fail allocations that may sleep: all except those in interrupts.
	write_word(settings + "failslab/ignore-gfp-wait", "N");
	write_word(settings + "fail_page_alloc/ignore-gfp-wait", "N");
	write_word(settings + "fail_page_alloc/min-order", "0");
	for (const char* const kind : {"failslab", "fail_page_alloc", "fail_usercopy"})
		write_word(settings + kind + "/verbose", "0");
}

void fault_injection::arm(unsigned nth) const
{
	const std::string text = std::to_string(nth);
	// A fault that is armed can hit this very write.
	while (pwrite(nth_, text.data(), text.size(), 0) < 0)
		;
}

bool fault_injection::fired() const
{
	char text[16] = {};
	// A fault that is still armed can hit this very read.
	return pread(nth_, text, sizeof(text) - 1, 0) > 0 && std::atoi(text) == 0;
}

fault_injection::outcome fault_injection::with_fault(unsigned nth, const std::function<long()>& call) const
{
	outcome seen;
	arm(nth);
	seen.result = call();
	seen.failed = fired();
	arm(0);
	return seen;
}

} // namespace support
