# SPDX-License-Identifier: GPL-2.0-only
# A tree of processes: process_tree.py DEPTH [PATH]. Each starts two more with an empty environment, in alternating
# ways, waits for their output with epoll, and prints all of it; a leaf prints what its own epoll delivered.
import os
import select
import subprocess
import sys
import time


def by_subprocess(command, out):
    return subprocess.Popen(command, env={}, stdout=out).pid


def by_posix_spawn(command, out):
    return os.posix_spawn(command[0], command, {}, file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)])


def by_fork_and_execve(command, out):
    child = os.fork()
    if child == 0:
        os.dup2(out, 1)
        os.execve(command[0], command, {})
    return child


def by_env(command, out):
    return subprocess.Popen(["/usr/bin/env", "-i", *command], stdout=out).pid


WAYS = [by_subprocess, by_posix_spawn, by_fork_and_execve, by_env]


def leaf(path):
    time.sleep(1)  # so that look() in servers.sh sees it
    with select.epoll() as epoll:
        counter = os.eventfd(7)
        epoll.register(counter, select.EPOLLIN)
        return f"{path} {epoll.poll() == [(counter, select.EPOLLIN)]} {os.eventfd_read(counter)}\n"


def inner(depth, path):
    text = {}
    children = []
    with select.epoll() as epoll:
        for side in range(2):
            reader, writer = os.pipe()
            os.set_inheritable(writer, True)
            way = WAYS[(2 * len(path) + side) % len(WAYS)]
            name = f"{path}{side}"
            children.append(way([sys.executable, __file__, str(depth - 1), name], writer))
            os.close(writer)
            text[reader] = b""
            epoll.register(reader, select.EPOLLIN)
        open_readers = set(text)
        while open_readers:
            for reader, _ in epoll.poll():
                more = os.read(reader, 65536)
                text[reader] += more
                if not more:
                    epoll.unregister(reader)
                    open_readers.remove(reader)
    for child in children:
        os.waitpid(child, 0)
    return "".join(part.decode() for part in text.values())


depth, path = int(sys.argv[1]), "".join(sys.argv[2:])
sys.stdout.write(leaf(path) if depth == 0 else inner(depth, path))
