// SPDX-License-Identifier: GPL-2.0-only
#include "support/late_close.hpp"

namespace support {
namespace {

// Asleep again, or waiting for a mutex.
bool has_gone_on(const helper_thread& poller)
{
	const thread_state state = poller.state();
	return poller.finished() || (state.state != 'R' && !awaits_answer(state));
}

const std::function<void()>& wake_and_hold(polled_file& target, const std::function<void()>& poll)
{
	target.wake();
	target.hold();
	return poll;
}

} // namespace

late_close::late_close(polled_file& target, const std::function<void()>& poll, std::uint32_t answer)
	: poller_{wake_and_hold(target, poll)}
{
	target.await_question();
	target.close();
	target.set(answer);
	target.release();
	// Twice, because it may have been woken in the middle of the first check.
	await([this] { return has_gone_on(poller_) && has_gone_on(poller_); });
}

} // namespace support
