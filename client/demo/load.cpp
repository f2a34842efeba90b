// SPDX-License-Identifier: MIT
#include "demo/load.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <system_error>

#include <myepoll/event.hpp>

#include "demo/client.hpp"
#include "examples/echo/epoll_instance.hpp"

using myepoll::interest;

namespace demo {
namespace {

using clock = std::chrono::steady_clock;

/** The clients and the set that they wait in. */
class crowd {
public:
	crowd(const plan& todo, std::uint16_t port);

	/** Runs until `done()`, or abandons those that remain when nothing moves any more. */
	template <class Done>
	void run_until(Done done);

	void let_loose();

	[[nodiscard]] bool all_met() const { return std::ranges::all_of(clients_, &client::met); }
	[[nodiscard]] bool all_over() const { return open_ == 0; }
	[[nodiscard]] load_result result() const;

private:
	void serve(std::size_t number, interest ready);
	void settle(std::size_t number, interest wanted);
	void abandon_all();

	echo::epoll_instance set_;
	std::deque<client> clients_;
	std::vector<interest> wanted_;
	std::size_t open_ = 0;
	clock::time_point last_move_ = clock::now();
	std::array<myepoll::event, 256> buffer_;
};

crowd::crowd(const plan& todo, std::uint16_t port)
{
	for (const client_plan& one : todo.clients) {
		const client& newcomer = clients_.emplace_back(one, port);
		wanted_.push_back(interest::out);
		if (newcomer.over())
			continue;
		set_.add(newcomer.fd(), interest::out, clients_.size() - 1);
		open_++;
	}
}

template <class Done>
void crowd::run_until(Done done)
{
	last_move_ = clock::now();
	while (!done()) {
		std::error_code error;
		const auto ready = set_.wait(buffer_, std::chrono::seconds{1}, error);
		if (error && error != std::errc::interrupted)
			throw std::system_error(error, "epoll_wait");
		for (const myepoll::event& event : ready)
			serve(event.data, event.ready);
		if (clock::now() - last_move_ > patience)
			abandon_all();
	}
}

void crowd::serve(std::size_t number, interest ready)
{
	client& one = clients_[number];
	const std::uint64_t before = one.moved();
	const interest wanted = one.on_ready(ready);
	if (one.moved() != before)
		last_move_ = clock::now();
	settle(number, wanted);
}

void crowd::settle(std::size_t number, interest wanted)
{
	if (wanted == interest::none)
		open_--;
	else if (wanted != wanted_[number])
		set_.modify(clients_[number].fd(), wanted, number);
	wanted_[number] = wanted;
}

void crowd::let_loose()
{
	for (std::size_t number = 0; number < clients_.size(); number++)
		if (!clients_[number].over())
			settle(number, clients_[number].let_loose());
}

void crowd::abandon_all()
{
	for (client& one : clients_)
		if (!one.over())
			one.abandon("nothing moved for " + std::to_string(patience.count()) + " s");
	open_ = 0;
}

load_result crowd::result() const
{
	load_result result;
	digest all;
	for (const client& one : clients_) {
		result.messages += one.echoed_messages();
		result.bytes += one.echoed_bytes();
		result.ports.push_back(one.local_port());
		const std::uint64_t value = one.echo_digest();
		all.add({reinterpret_cast<const char*>(&value), sizeof(value)});
		if (!one.failure().empty())
			result.errors.push_back("client on port " +
						std::to_string(one.local_port()) + ", " +
						name(one.manner()) + ": " + one.failure());
	}
	result.digest = all.value();
	return result;
}

} // namespace

load_result carry_out(const plan& todo, std::uint16_t port, const std::function<void()>& all_here)
{
	crowd clients{todo, port};
	clients.run_until([&] { return clients.all_met(); });
	all_here();
	clients.let_loose();
	clients.run_until([&] { return clients.all_over(); });
	return clients.result();
}

} // namespace demo
