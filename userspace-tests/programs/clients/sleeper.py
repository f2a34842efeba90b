# SPDX-License-Identifier: GPL-2.0-only
# A program for tools to inspect: watches a socket, and a pipe edge-triggered, and sleeps until input arrives.
import os
import select
import socket
import sys

watched = select.epoll()
ours, theirs = socket.socketpair()
reader, writer = os.pipe()
watched.register(ours, select.EPOLLIN)
watched.register(reader, select.EPOLLIN | select.EPOLLET)
print(os.getpid(), watched.fileno(), ours.fileno(), reader, flush=True)
watched.poll(float(sys.argv[1]))
