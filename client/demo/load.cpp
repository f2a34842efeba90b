// SPDX-License-Identifier: MIT
#include "demo/load.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <system_error>

#include <myepoll/event.hpp>

#include "demo/client.hpp"
#include "examples/echo/epoll_instance.hpp"

using myepoll::interest;

namespace demo {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds tick{1}; // look at the clock at least this often

void check(const std::error_code& error, const char* call)
{
	if (error)
		throw std::system_error(error, call);
}

/** The clients and the epoll instance that watches them. */
class crowd {
public:
	crowd(const plan& todo, std::uint16_t port);

	void run_until_all_met();
	void run_until_all_over_or_hold_back();
	void run_until_all_over();

	/** Calls client::let_loose() or let_read() on every client. */
	void tell_all(interest (client::*what)());

	[[nodiscard]] load_result result() const;

private:
	void serve_ready();
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
		std::error_code error;
		set_.add(newcomer.fd(), interest::out, clients_.size() - 1, error);
		check(error, "epoll_ctl add");
		open_++;
	}
}

void crowd::run_until_all_met()
{
	while (!std::ranges::all_of(clients_, &client::met))
		serve_ready();
}

void crowd::run_until_all_over_or_hold_back()
{
	while (!std::ranges::all_of(clients_, [](const client& one) {
		return one.over() || one.holds_back();
	}))
		serve_ready();
}

void crowd::run_until_all_over()
{
	while (open_ > 0)
		serve_ready();
}

// Gives up on all clients when no byte has moved for too long.
void crowd::serve_ready()
{
	std::error_code error;
	const auto ready = set_.wait(buffer_, tick, error);
	if (error != std::errc::interrupted)
		check(error, "epoll_pwait2");
	for (const myepoll::event& event : ready)
		serve(event.data, event.ready);
	if (clock::now() - last_move_ > patience)
		abandon_all();
}

void crowd::serve(std::size_t number, interest ready)
{
	const std::uint64_t before = clients_[number].moved();
	settle(number, clients_[number].on_ready(ready));
	if (clients_[number].moved() != before)
		last_move_ = clock::now();
}

void crowd::settle(std::size_t number, interest wanted)
{
	std::error_code error;
	if (clients_[number].over())
		open_--;
	else if (wanted != wanted_[number])
		set_.modify(clients_[number].fd(), wanted, number, error);
	check(error, "epoll_ctl modify");
	wanted_[number] = wanted;
}

void crowd::tell_all(interest (client::*what)())
{
	for (std::size_t number = 0; number < clients_.size(); number++)
		if (!clients_[number].over())
			settle(number, (clients_[number].*what)());
}

void crowd::abandon_all()
{
	std::fprintf(stderr, "demo: giving up on %zu clients\n", open_);
	for (client& one : clients_)
		if (!one.over())
			one.abandon("no byte moved for " + std::to_string(patience.count()) + " s");
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
	clients.run_until_all_met();
	all_here();
	clients.tell_all(&client::let_loose);
	clients.run_until_all_over_or_hold_back();
	clients.tell_all(&client::let_read);
	clients.run_until_all_over();
	return clients.result();
}

} // namespace demo
