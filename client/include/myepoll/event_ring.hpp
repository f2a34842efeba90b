// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_EVENT_RING_HPP
#define MYEPOLL_EVENT_RING_HPP

#include <myepoll/language.hpp>

#include <csignal>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <utility>

#include <myepoll/event.hpp>
#include <myepoll/file_descriptor.hpp>
#include <myepoll/instance.hpp>
#include <myepoll/interest.hpp>

namespace myepoll {

/** Room for one event. Has the layout of struct myepoll_ring_slot, which says who writes it when. */
struct ring_slot {
	std::uint64_t word; ///< sequence number and, in the low half, events
	std::uint64_t data;
};

/** What event_ring and shared_event_ring have in common: the ring's descriptor, and its memory. */
class [[gnu::visibility("default")]] mapped_ring {
public:
	/** The descriptor of the ring, still owned here; another process can adopt it, and take events, too. */
	[[nodiscard]] int fd() const noexcept { return fd_.get(); }

	/** How many events fit. */
	[[nodiscard]] std::uint32_t slots() const noexcept { return slots_; }

	/** Whether the set was closed: no event will follow those that are on the ring. */
	[[nodiscard]] bool closed() const noexcept { return (state() & state_closed) != 0; }

	/** How many calls wait() has made. */
	[[nodiscard]] std::uint64_t calls() const noexcept
	{
		return std::atomic_ref{calls_}.load(std::memory_order_relaxed);
	}

protected:
	/* What became of an attempt to take an event. */
	enum class found { nothing, skipped, taken };

	static constexpr std::uint64_t one = std::uint64_t{1} << 32; ///< of a sequence number, in a word
	static constexpr std::uint64_t dead = 0x80000000;	     ///< instead of events: taken back
	static constexpr std::uint32_t state_closed = 2;

	mapped_ring(const instance& set, std::uint32_t slots);
	mapped_ring(const instance& set, std::uint32_t slots, std::error_code& error) noexcept;
	explicit mapped_ring(file_descriptor ring);
	mapped_ring(file_descriptor ring, std::error_code& error) noexcept;
	mapped_ring(mapped_ring&& other) noexcept { swap(other); }
	mapped_ring& operator=(mapped_ring&&) = delete;
	mapped_ring(const mapped_ring&) = delete;
	mapped_ring& operator=(const mapped_ring&) = delete;
	~mapped_ring();

	void swap(mapped_ring& other) noexcept
	{
		std::swap(fd_, other.fd_);
		std::swap(slots_, other.slots_);
		std::swap(state_, other.state_);
		std::swap(first_, other.first_);
		std::swap(end_, other.end_);
		std::swap(start_, other.start_);
		std::swap(calls_, other.calls_);
	}

	/** Not 0 if a wait has something to look at. */
	[[nodiscard]] std::uint32_t state() const noexcept
	{
		return std::atomic_ref{*state_}.load(std::memory_order_acquire);
	}

	[[nodiscard]] ring_slot& slot_of(std::uint64_t head) const noexcept
	{
		return first_[(head >> 32) & (static_cast<std::size_t>(end_ - first_) - 1)];
	}

	void count_call() noexcept { std::atomic_ref{calls_}.fetch_add(1, std::memory_order_relaxed); }

	/** Whether an event was posted that is not before `head`, in the slot of `head`. */
	static bool passed(ring_slot& slot, std::uint64_t head) noexcept
	{
		return static_cast<std::int64_t>(word_of(slot) - head) >= 0;
	}

	/** Takes the event at `head`. Not if it is none, is not there, or changes meanwhile. */
	static bool claim(ring_slot& slot, std::uint64_t head, event& to) noexcept
	{
		std::uint64_t word = word_of(slot);
		if (word - head - 1 >= dead - 1)
			return false;
		const std::uint64_t data = std::atomic_ref{slot.data}.load(std::memory_order_relaxed);
		// A full barrier: what is read of the target from here on is not older.
		if (!std::atomic_ref{slot.word}.compare_exchange_strong(word, head))
			return false;
		to = {static_cast<interest>(static_cast<std::uint32_t>(word)), data};
		return true;
	}

	/** The same, whatever is there. Unless it finds nothing, `head` is done with. */
	static found step(ring_slot& slot, std::uint64_t head, event& to) noexcept;

private:
	static std::uint64_t word_of(ring_slot& slot) noexcept
	{
		return std::atomic_ref{slot.word}.load(std::memory_order_acquire);
	}
	int map() noexcept;
	void start_at_the_oldest() noexcept;

	/* Of a ring that does not exist, and of one without slots. */
	static std::uint32_t no_state;
	static ring_slot no_slot;

	file_descriptor fd_;
	std::uint32_t slots_ = 0;
	std::uint32_t* state_ = &no_state; // only the kernel writes it
	alignas(8) mutable std::uint64_t calls_ = 0;

protected:
	ring_slot* first_ = &no_slot;
	ring_slot* end_ = &no_slot + 1;
	std::uint64_t start_ = 0; // head of a new consumer
};

/**
 * Events of a set in memory that the program shares with the kernel: what happens to descriptors that
 * were added by instance::add_on_ring() is written there, and taken without a call.
 *
 *     event_ring ring{set, 1024};
 *     set.add_on_ring(connection, interest::in | interest::edge, data);
 *     for (const event& ready : ring.wait(set, buffer))
 *             ...
 *
 * That is so for an interest with edge and without pri or bands. All else, and what finds the ring full,
 * is delivered by wait(), which makes a call only if the ring is empty, or if there is something that
 * only a call delivers: then at the latest after 256 events. On a set with a ring of some slots use
 * wait() of the ring, and for changes change_list::apply(): instance::wait() fails with EINVAL if it might
 * sleep. With 0 slots, everything is delivered by a call, but whether one is needed is seen without.
 *
 * An event from the ring is a hint. It says that something has happened to the descriptor since its last
 * event was taken; what the descriptor is ready for by now is known when it is used. Events of several
 * descriptors come in any order, and a buffer may hold two of one. An event that has not been taken is gone
 * when its descriptor is closed, removed or modified; one in a buffer is not.
 *
 * One thread at a time; shared_event_ring is for several. A ring must live as long as its set is used:
 * nobody else takes what is written there. Another process may adopt the descriptor: each event is
 * taken by one of the two.
 *
 * Functions that make a call come in the two forms of instance. The others cannot fail.
 */
class [[gnu::visibility("default")]] event_ring : public mapped_ring {
public:
	/**
	 * Gives a set its ring.
	 *
	 * @param set watches nothing yet
	 * @param slots how many events fit, a power of two up to 65536; or 0
	 * @throws std::system_error EPROTONOSUPPORT when the module is too old for rings; EINVAL for another
	 * number; EEXIST when the set has one; EBUSY when it watches something or a thread waits; ENOSPC at
	 * the user's limit of memory for rings; EMFILE, ENFILE or ENOMEM
	 */
	event_ring(instance& set, std::uint32_t slots) : mapped_ring{set, slots} {}

	/** The same; after an error the ring is empty for ever. */
	event_ring(instance& set, std::uint32_t slots, std::error_code& error) noexcept
		: mapped_ring{set, slots, error}
	{
	}

	/**
	 * Adopts the descriptor of a ring, such as one received from another process.
	 *
	 * @throws std::system_error EBADF; ENODEV or EINVAL when it is something else; ENOMEM
	 */
	explicit event_ring(file_descriptor ring) : mapped_ring{std::move(ring)} {}
	event_ring(file_descriptor ring, std::error_code& error) noexcept : mapped_ring{std::move(ring), error} {}

	event_ring(event_ring&& other) noexcept
		: mapped_ring{std::move(other)}, head_{other.head_}, next_{other.next_}, called_at_{other.called_at_}
	{
		other.start();
	}
	event_ring& operator=(event_ring&& other) noexcept
	{
		event_ring taken{std::move(other)};
		swap(taken);
		swap_places(taken);
		return *this;
	}

	/** Whether take() or wait() may have something. Not if this is false. */
	[[nodiscard]] bool maybe_ready() const noexcept
	{
		return passed(*next_, head_) || state() != 0;
	}

	/** Takes the next event on the ring, if there is one. */
	bool take(event& to) noexcept
	{
		if (!claim(*next_, head_, to))
			return take_otherwise(to);
		pass();
		return true;
	}

	/** Takes the next events on the ring, as many as there are. Returns the filled front part of @p buffer. */
	std::span<event> take(std::span<event> buffer) noexcept
	{
		event* to = buffer.data();
		event* const full = to + buffer.size();
		while (to != full) {
			// Not beyond the last slot, so that there is one end to check for.
			ring_slot* const stop = next_ + std::min(full - to, end_ - next_);
			ring_slot* slot = next_;
			std::uint64_t head = head_;
			for (; slot != stop && claim(*slot, head, *to); ++slot, ++to)
				head += one;
			head_ = head;
			next_ = slot == end_ ? first_ : slot;
			if (slot == stop)
				continue;
			if (!passed(*slot, head) || !take_otherwise(*to))
				break;
			++to;
		}
		return {buffer.data(), to};
	}

	/**
	 * Takes what is on the ring, or waits until there is something, there or for a call to deliver.
	 *
	 * @param set the ring's set
	 * @param buffer where the events go; at most buffer.size() are delivered
	 * @param limit as for instance::wait()
	 * @return the filled front part of @p buffer; empty after a timeout
	 * @throws std::system_error as instance::wait() does
	 */
	std::span<event> wait(instance& set, std::span<event> buffer, instance::timeout limit = std::nullopt);
	std::span<event> wait(instance& set, std::span<event> buffer, instance::timeout limit,
			      std::error_code& error) noexcept;

	/** The same, with @p mask as the thread's signal mask if a call is made. */
	std::span<event> wait(instance& set, std::span<event> buffer, instance::timeout limit,
			      const sigset_t& mask);
	std::span<event> wait(instance& set, std::span<event> buffer, instance::timeout limit,
			      const sigset_t& mask, std::error_code& error) noexcept;

private:
	friend class ring_waiter;

	void start() noexcept
	{
		head_ = called_at_ = start_;
		next_ = &slot_of(head_);
	}
	void swap_places(event_ring& other) noexcept
	{
		std::swap(next_, other.next_);
		std::swap(head_, other.head_);
		std::swap(called_at_, other.called_at_);
	}
	void pass() noexcept
	{
		head_ += one;
		if (++next_ == end_)
			next_ = first_;
	}
	bool take_otherwise(event& to) noexcept;
	[[nodiscard]] std::uint64_t head() const noexcept { return head_; }
	[[nodiscard]] std::uint64_t called_at() const noexcept { return called_at_; }
	void call_at(std::uint64_t at) noexcept { called_at_ = at; }

	std::uint64_t head_ = start_;	   // of the event that is taken next, as in a word without events
	ring_slot* next_ = &slot_of(head_); // its slot
	std::uint64_t called_at_ = head_;  // where the last wait made a call
};

/**
 * The same for any number of threads, which share the events: each is taken by one of them. A thread that
 * waits is woken for an event of its own, the one that went to sleep last first.
 */
class [[gnu::visibility("default")]] shared_event_ring : public mapped_ring {
public:
	/** As those of event_ring. */
	shared_event_ring(instance& set, std::uint32_t slots) : mapped_ring{set, slots} {}
	shared_event_ring(instance& set, std::uint32_t slots, std::error_code& error) noexcept
		: mapped_ring{set, slots, error}
	{
	}
	explicit shared_event_ring(file_descriptor ring) : mapped_ring{std::move(ring)} {}
	shared_event_ring(file_descriptor ring, std::error_code& error) noexcept
		: mapped_ring{std::move(ring), error}
	{
	}

	/** Only while no other thread uses it. */
	shared_event_ring(shared_event_ring&& other) noexcept
		: mapped_ring{std::move(other)}, head_{other.head_}, called_at_{other.called_at_}
	{
		other.start();
	}
	shared_event_ring& operator=(shared_event_ring&& other) noexcept
	{
		shared_event_ring taken{std::move(other)};
		swap(taken);
		swap_places(taken);
		return *this;
	}

	/** As those of event_ring. */
	[[nodiscard]] bool maybe_ready() noexcept
	{
		const std::uint64_t at = head();
		return passed(slot_of(at), at) || state() != 0;
	}

	bool take(event& to) noexcept
	{
		std::uint64_t at = head();
		return take_from(at, to);
	}

	std::span<event> take(std::span<event> buffer) noexcept
	{
		std::uint64_t at = head();
		std::size_t count = 0;
		while (count < buffer.size() && take_from(at, buffer[count]))
			++count;
		return buffer.first(count);
	}

	std::span<event> wait(instance& set, std::span<event> buffer, instance::timeout limit = std::nullopt);
	std::span<event> wait(instance& set, std::span<event> buffer, instance::timeout limit,
			      std::error_code& error) noexcept;
	std::span<event> wait(instance& set, std::span<event> buffer, instance::timeout limit,
			      const sigset_t& mask);
	std::span<event> wait(instance& set, std::span<event> buffer, instance::timeout limit,
			      const sigset_t& mask, std::error_code& error) noexcept;

private:
	friend class ring_waiter;

	void start() noexcept { head_ = called_at_ = start_; }
	void swap_places(shared_event_ring& other) noexcept
	{
		std::swap(head_, other.head_);
		std::swap(called_at_, other.called_at_);
	}
	/* Takes the next event from `at` on, where the ring is empty if it returns false. */
	bool take_from(std::uint64_t& at, event& to) noexcept
	{
		for (;;) {
			ring_slot& slot = slot_of(at);
			const found what = claim(slot, at, to) ? found::taken : step(slot, at, to);
			if (what == found::nothing)
				return false;
			// Whoever comes first moves the head; nobody waits for the one who took the event.
			const std::uint64_t next = at + one;
			if (std::atomic_ref{head_}.compare_exchange_strong(at, next))
				at = next;
			if (what == found::taken)
				return true;
		}
	}
	[[nodiscard]] std::uint64_t head() noexcept
	{
		return std::atomic_ref{head_}.load(std::memory_order_acquire);
	}
	[[nodiscard]] std::uint64_t called_at() noexcept
	{
		return std::atomic_ref{called_at_}.load(std::memory_order_relaxed);
	}
	void call_at(std::uint64_t at) noexcept
	{
		std::atomic_ref{called_at_}.store(at, std::memory_order_relaxed);
	}

	alignas(8) std::uint64_t head_ = start_;
	alignas(8) std::uint64_t called_at_ = head_;
};

} // namespace myepoll

#endif
