# SPDX-License-Identifier: GPL-2.0-only
# Sets keys in redis over several connections, compares each with what was set, deletes it and checks that it is gone.
#   python3 redis_keys.py PORT KEYS
import socket
import sys

port, keys = map(int, sys.argv[1:])
connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
streams = [connection.makefile("rb") for connection in connections]
batch = 100


def value(key):
    return (b"%d:" % key) * (key % 50 + 1)


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def bulk(data):
    return b"$-1\r\n" if data is None else b"$%d\r\n%s\r\n" % (len(data), data)


def pipeline(what, request, reply):
    for start in range(0, keys, batch):
        which = start // batch % len(connections)
        numbers = range(start, min(start + batch, keys))
        connections[which].sendall(b"".join(request(key) for key in numbers))
        for key in numbers:
            wanted = reply(key)
            got = streams[which].read(len(wanted))
            if got != wanted:
                sys.exit(f"{what} of key {key}: {got!r} instead of {wanted!r}")


def name(key):
    return b"key:%d" % key


pipeline("set", lambda key: command(b"SET", name(key), value(key)), lambda key: b"+OK\r\n")
pipeline("get", lambda key: command(b"GET", name(key)), lambda key: bulk(value(key)))
pipeline("del", lambda key: command(b"DEL", name(key)), lambda key: b":1\r\n")
pipeline("get after del", lambda key: command(b"GET", name(key)), lambda key: bulk(None))
print(f"keys={keys}")
