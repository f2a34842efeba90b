# SPDX-License-Identifier: GPL-2.0-only
# Waits again and again for what is there already: busy_poller.py TIMES.
import os
import select
import sys

reader, writer = os.pipe()
os.write(writer, b"x")
watched = select.epoll()
watched.register(reader, select.EPOLLIN)
for _ in range(int(sys.argv[1])):
    watched.poll(0)
