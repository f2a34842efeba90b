#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: faulty_server.py FAULT

An echo server with a fault, and its clients, in one process of that name. docs/look-inside.md finds each fault:

  spin       forgets a connection whose client has shut down its side
  kept       closes such a connection, but has a duplicate of it
  inherited  closes such a connection, but a child has inherited it
  uneven     has three threads wait on one set
  slow       computes for 0.3 s now and then, before it waits again
"""
import os
import select
import socket
import sys
import threading
import time

ADDRESS = ("127.0.0.1", 7007)


class Server:
    def __init__(self, fault):
        self.fault = fault
        self.listener = socket.create_server(ADDRESS)
        self.set = select.epoll()
        self.set.register(self.listener, select.EPOLLIN)
        self.connections = {}
        self.leftovers = []

    def serve(self):
        while True:
            for fd, _ in self.set.poll():
                if fd == self.listener.fileno():
                    self.accept()
                elif fd in self.connections:
                    self.echo(self.connections[fd])

    def accept(self):
        connection, _ = self.listener.accept()
        self.connections[connection.fileno()] = connection
        edge = select.EPOLLET if self.fault in ("kept", "inherited") else 0
        self.set.register(connection, select.EPOLLIN | edge)

    def echo(self, connection):
        request = connection.recv(4096)
        if request == b"compute" and self.fault == "slow":
            time.sleep(0.3)
        if request:
            connection.sendall(request)
        elif self.fault != "spin":
            self.close(connection)

    def close(self, connection):
        if self.fault == "kept":
            self.leftovers.append(os.dup(connection.fileno()))
        elif self.fault == "inherited" and os.fork() == 0:
            with open("/proc/self/comm", "w", encoding="ascii") as name:
                name.write("helper")
            time.sleep(3600)
        del self.connections[connection.fileno()]
        connection.close()


def ask(connection, request):
    connection.sendall(request)
    connection.recv(4096)


def visit_and_shut_down(kept):
    connection = socket.create_connection(ADDRESS)
    ask(connection, b"hello")
    connection.shutdown(socket.SHUT_WR)
    kept.append(connection)


def visit_for_ever():
    connection = socket.create_connection(ADDRESS)
    for turn in range(1 << 62):
        ask(connection, b"compute" if turn % 4 == 3 else b"hello")
        time.sleep(0.02)


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in __doc__.split():
        sys.exit(__doc__)
    fault = sys.argv[1]
    server = Server(fault)
    for _ in range(3 if fault == "uneven" else 1):
        threading.Thread(target=server.serve, daemon=True).start()
    for _ in range(2):
        threading.Thread(target=visit_for_ever, daemon=True).start()
    clients = []
    if fault in ("spin", "kept", "inherited"):
        visit_and_shut_down(clients)
    time.sleep(0.5)
    # Now there is something to see.
    with open("/proc/self/comm", "w", encoding="ascii") as name:
        name.write(fault)
    time.sleep(3600)


main()
