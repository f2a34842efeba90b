// SPDX-License-Identifier: MIT
#include <myepoll/event_ring.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>

#include "ioctl.hpp"

namespace myepoll {
namespace {

static_assert(sizeof(ring_slot) == sizeof(myepoll_ring_slot));
static_assert(alignof(ring_slot) == 8);
static_assert(offsetof(ring_slot, data) == offsetof(myepoll_ring_slot, data));

/** The first ABI version with rings. */
constexpr std::uint32_t abi_with_rings = 5;

/** Events from the ring between two calls, if there is something to call for. */
constexpr std::int64_t most_without_call = 256;

/** Negative if another thread has made a call since. */
bool is_due(std::uint64_t words_since_call) noexcept
{
	return static_cast<std::int64_t>(words_since_call) >= most_without_call << 32;
}

/** Why no ring was made. */
struct failure {
	int result; // negative
	module_info loaded{};

	/* A module that knows no RING says ENOTTY, as does the driver of another file. */
	failure(int fd, int made) noexcept : result{made}
	{
		if (result == -ENOTTY && ioctls::info(fd, loaded) == 0 && loaded.abi_version < abi_with_rings)
			result = -EPROTONOSUPPORT;
	}

	std::string text() const
	{
		std::string call = "MYEPOLL_IOC_RING";
		if (result == -EPROTONOSUPPORT)
			call += " (the module has ABI " + std::to_string(loaded.abi_version) +
				", a ring needs " + std::to_string(abi_with_rings) + " or later)";
		return call;
	}
};

std::size_t page_size() noexcept
{
	return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t size_of(std::uint32_t slots) noexcept
{
	const std::size_t page = page_size();
	return (MYEPOLL_RING_BYTES(std::size_t{slots}) + page - 1) / page * page;
}

void* map_part(int fd, std::size_t size, int protection, std::size_t offset) noexcept
{
	void* const at = ::mmap(nullptr, size, protection, MAP_SHARED, fd, static_cast<off_t>(offset));
	return at == MAP_FAILED ? nullptr : at;
}

void check_map(int result)
{
	if (result < 0)
		throw std::system_error(ioctls::error_of(result), "mmap of a ring");
}

std::span<event> delivered(int result, std::span<event> buffer)
{
	if (result < 0) [[unlikely]]
		throw std::system_error(ioctls::error_of(result),
					buffer.empty() ? "MYEPOLL_IOC_WAIT with an empty buffer" : "MYEPOLL_IOC_WAIT");
	return buffer.first(static_cast<std::size_t>(result));
}

std::span<event> delivered(int result, std::span<event> buffer, std::error_code& error) noexcept
{
	return buffer.first(ioctls::report(result, error));
}

/** What is left of a timeout. Asks for the time only if there is a limit. */
class countdown {
public:
	explicit countdown(instance::timeout limit) noexcept : left_{limit}
	{
		if (limit && *limit > limit->zero())
			start_ = clock::now();
	}

	[[nodiscard]] bool over() const noexcept { return left_ && *left_ <= left_->zero(); }
	[[nodiscard]] instance::timeout left() const noexcept { return left_; }

	void advance() noexcept
	{
		if (!left_ || over())
			return;
		const clock::time_point now = clock::now();
		*left_ -= now - start_;
		start_ = now;
	}

private:
	using clock = std::chrono::steady_clock;

	instance::timeout left_;
	clock::time_point start_;
};

} // namespace

std::uint32_t mapped_ring::no_state = 0;
ring_slot mapped_ring::no_slot = {MYEPOLL_RING_WORD(0, -1), 0};

mapped_ring::mapped_ring(const instance& set, std::uint32_t slots)
{
	const int made = ioctls::ring(set.fd(), slots);
	if (made < 0) {
		const failure failed{set.fd(), made};
		throw std::system_error(ioctls::error_of(failed.result), failed.text());
	}
	fd_.reset(made);
	check_map(map());
}

mapped_ring::mapped_ring(const instance& set, std::uint32_t slots, std::error_code& error) noexcept
{
	const int made = ioctls::ring(set.fd(), slots);
	fd_.reset(made);
	error = ioctls::error_of(made < 0 ? failure{set.fd(), made}.result : map());
}

mapped_ring::mapped_ring(file_descriptor ring) : fd_{std::move(ring)}
{
	check_map(map());
	start_at_the_oldest();
}

mapped_ring::mapped_ring(file_descriptor ring, std::error_code& error) noexcept : fd_{std::move(ring)}
{
	error = ioctls::error_of(map());
	start_at_the_oldest();
}

mapped_ring::~mapped_ring()
{
	if (state_ != &no_state)
		::munmap(state_, page_size());
	if (first_ != &no_slot)
		::munmap(first_, size_of(slots_));
}

/* Nothing is mapped if it fails: then there is no destructor. Returns 0 or -errno. */
int mapped_ring::map() noexcept
{
	const std::size_t page = page_size();
	auto* const header = static_cast<myepoll_ring_header*>(map_part(fd(), page, PROT_READ, 0));
	if (header == nullptr)
		return -errno;
	const std::uint32_t slots = header->slots;
	void* const memory = slots == 0 ? nullptr : map_part(fd(), size_of(slots), PROT_READ | PROT_WRITE, page);
	if (slots != 0 && memory == nullptr) {
		const int failed = -errno;
		::munmap(header, page);
		return failed;
	}
	state_ = &header->state;
	slots_ = slots;
	if (slots != 0) {
		first_ = static_cast<ring_slot*>(memory);
		end_ = first_ + slots;
	}
	return 0;
}

/* Whoever comes later does not know how many events there have been. */
void mapped_ring::start_at_the_oldest() noexcept
{
	if (slots_ == 0)
		return;
	start_ = word_of(*first_) / one * one;
	for (ring_slot* slot = first_; slot != end_; ++slot)
		if (!passed(*slot, start_))
			start_ = word_of(*slot) / one * one;
	// Those that are taken.
	for (std::uint32_t left = slots_; left > 0 && word_of(slot_of(start_)) == start_; --left)
		start_ += one;
}

mapped_ring::found mapped_ring::step(ring_slot& slot, std::uint64_t head, event& to) noexcept
{
	for (;;) {
		std::uint64_t word = word_of(slot);
		if (static_cast<std::int64_t>(word - head) < 0)
			return found::nothing;
		// Somebody took it, and perhaps the slot has been used again since.
		if (word - head - 1 >= one - 1)
			return found::skipped;
		if (claim(slot, head, to))
			return found::taken;
		if ((word & dead) != 0 && std::atomic_ref{slot.word}.compare_exchange_strong(word, head))
			return found::skipped;
	}
}

bool event_ring::take_otherwise(event& to) noexcept
{
	for (;;) {
		const found what = step(*next_, head_, to);
		if (what == found::nothing)
			return false;
		pass();
		if (what == found::taken)
			return true;
	}
}

/** Waits on a ring of either kind. Each function returns a number of events, or -errno. */
class ring_waiter {
public:
	template <class Ring>
	static int wait(Ring& ring, const instance& set, std::span<event> buffer, instance::timeout limit,
			const sigset_t* mask) noexcept
	{
		if (buffer.empty())
			return -EINVAL;
		int called = 0;
		// First, so that there is room even if the ring never gets empty.
		if (ring.state() != 0 && is_due(ring.head() - ring.called_at()))
			called = call(ring, set, buffer, instance::timeout::value_type::zero(), mask);
		const int count = with_taken(ring, called, buffer);
		return count != 0 ? count : sleep(ring, set, buffer, limit, mask);
	}

private:
	/* Nothing was found. A call may find nothing, either, if others were faster. */
	template <class Ring>
	static int sleep(Ring& ring, const instance& set, std::span<event> buffer, instance::timeout limit,
			 const sigset_t* mask) noexcept
	{
		for (countdown time{limit};; time.advance()) {
			if (time.over() && ring.state() == 0)
				return 0;
			const int count =
				with_taken(ring, call(ring, set, buffer, time.left(), mask), buffer);
			if (count != 0 || time.over())
				return count;
		}
	}

	template <class Ring>
	static int call(Ring& ring, const instance& set, std::span<event> buffer, instance::timeout limit,
			const sigset_t* mask) noexcept
	{
		const std::uint64_t seen = ring.head();
		ring.call_at(seen);
		ring.count_call();
		myepoll_wait argument = ioctls::wait_argument(buffer, limit, mask);
		return ioctls::wait_beside_ring(set.fd(), argument, static_cast<std::uint32_t>(seen / Ring::one));
	}

	/* Adds what is on the ring to what a call has delivered. */
	template <class Ring> static int with_taken(Ring& ring, int delivered, std::span<event> buffer) noexcept
	{
		if (delivered < 0)
			return delivered;
		const auto count = static_cast<std::size_t>(delivered);
		return delivered + static_cast<int>(ring.take(buffer.subspan(count)).size());
	}
};

std::span<event> event_ring::wait(instance& set, std::span<event> buffer, instance::timeout limit)
{
	return delivered(ring_waiter::wait(*this, set, buffer, limit, nullptr), buffer);
}

std::span<event> event_ring::wait(instance& set, std::span<event> buffer, instance::timeout limit,
				  std::error_code& error) noexcept
{
	return delivered(ring_waiter::wait(*this, set, buffer, limit, nullptr), buffer, error);
}

std::span<event> event_ring::wait(instance& set, std::span<event> buffer, instance::timeout limit,
				  const sigset_t& mask)
{
	return delivered(ring_waiter::wait(*this, set, buffer, limit, &mask), buffer);
}

std::span<event> event_ring::wait(instance& set, std::span<event> buffer, instance::timeout limit,
				  const sigset_t& mask, std::error_code& error) noexcept
{
	return delivered(ring_waiter::wait(*this, set, buffer, limit, &mask), buffer, error);
}

std::span<event> shared_event_ring::wait(instance& set, std::span<event> buffer, instance::timeout limit)
{
	return delivered(ring_waiter::wait(*this, set, buffer, limit, nullptr), buffer);
}

std::span<event> shared_event_ring::wait(instance& set, std::span<event> buffer, instance::timeout limit,
					 std::error_code& error) noexcept
{
	return delivered(ring_waiter::wait(*this, set, buffer, limit, nullptr), buffer, error);
}

std::span<event> shared_event_ring::wait(instance& set, std::span<event> buffer, instance::timeout limit,
					 const sigset_t& mask)
{
	return delivered(ring_waiter::wait(*this, set, buffer, limit, &mask), buffer);
}

std::span<event> shared_event_ring::wait(instance& set, std::span<event> buffer, instance::timeout limit,
					 const sigset_t& mask, std::error_code& error) noexcept
{
	return delivered(ring_waiter::wait(*this, set, buffer, limit, &mask), buffer, error);
}

} // namespace myepoll
