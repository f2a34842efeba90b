# SPDX-License-Identifier: GPL-2.0-only
# Waits TIMES times for an event that is already pending: busy_poller.py TIMES.
import os
import select
import sys

reader, writer = os.pipe()
os.write(writer, b"x")
watched = select.epoll()
watched.register(reader, select.EPOLLIN)
for _ in range(int(sys.argv[1])):
    watched.poll(0)
