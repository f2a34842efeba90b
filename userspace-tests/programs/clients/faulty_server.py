#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: faulty_server.py FAULT

An echo server with a fault, and its clients, in one process of that name. docs/look-inside.md finds each fault:

  spin       forgets a connection whose client has shut down its side
  kept       closes such a connection, but has a duplicate of it
  inherited  closes such a connection, but a child has inherited it
  uneven     has three workers, but gives all connections to the first
  slow       computes for 0.3 s now and then, before it waits again
"""
import os
import select
import socket
import sys
import threading
import time

ADDRESS = ("127.0.0.1", 7007)


def call_this_thread(name):
    with open("/proc/thread-self/comm", "w", encoding="ascii") as file:
        file.write(name)


class Server:
    def __init__(self, fault):
        self.fault = fault
        self.listener = socket.create_server(ADDRESS)
        workers = 3 if fault == "uneven" else 1
        self.sets = [select.epoll() for _ in range(workers)]
        self.sets[0].register(self.listener, select.EPOLLIN)
        self.connections = {}
        self.leftovers = []

    def start(self):
        for number in range(len(self.sets)):
            threading.Thread(target=self.serve, args=(number,), daemon=True).start()

    def serve(self, number):
        call_this_thread(f"server-{number}")
        while True:
            for fd, _ in self.sets[number].poll():
                if fd == self.listener.fileno():
                    self.accept()
                elif fd in self.connections:
                    self.echo(self.connections[fd])

    def accept(self):
        connection, _ = self.listener.accept()
        self.connections[connection.fileno()] = connection
        edge = select.EPOLLET if self.fault in ("kept", "inherited") else 0
        self.sets[0].register(connection, select.EPOLLIN | edge)

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
            call_this_thread("helper")
            time.sleep(3600)
        del self.connections[connection.fileno()]
        connection.close()


def ask(connection, request):
    connection.sendall(request)
    connection.recv(4096)


def visit_and_shut_down(server):
    connection = socket.create_connection(ADDRESS)
    ask(connection, b"hello")
    before = len(server.connections)
    connection.shutdown(socket.SHUT_WR)
    while server.fault != "spin" and len(server.connections) == before:
        time.sleep(0.01)
    return connection


def visit_for_ever(ready):
    call_this_thread("client")
    connection = socket.create_connection(ADDRESS)
    ask(connection, b"hello")
    ready.release()
    for turn in range(1 << 62):
        ask(connection, b"compute" if turn % 4 == 3 else b"hello")
        time.sleep(0.02)


def start_visitors():
    ready = threading.Semaphore(0)
    for _ in range(2):
        threading.Thread(target=visit_for_ever, args=(ready,), daemon=True).start()
    for _ in range(2):
        ready.acquire()


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in __doc__.split():
        sys.exit(__doc__)
    fault = sys.argv[1]
    server = Server(fault)
    server.start()
    client = None
    if fault == "kept":
        # Others get its number.
        client = visit_and_shut_down(server)
    start_visitors()
    if fault in ("spin", "inherited"):
        client = visit_and_shut_down(server)
    time.sleep(0.5)
    # Now there is something to see.
    call_this_thread(fault)
    print(f"{fault} is process {os.getpid()}", flush=True)
    time.sleep(3600)
    client.close()


main()
