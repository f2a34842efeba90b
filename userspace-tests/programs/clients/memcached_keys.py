# SPDX-License-Identifier: GPL-2.0-only
# Sets, gets, replaces, gets and deletes keys in memcached and compares every byte.
#   python3 memcached_keys.py PORT KEYS
import socket
import sys
import time

port, keys = map(int, sys.argv[1:])
connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
streams = [connection.makefile("rb") for connection in connections]
requests = 0


def value(key, generation):
    return (b"%d/%d:" % (key, generation)) * (key % 50 + 1)


def store(verb, key, generation):
    data = value(key, generation)
    return b"%s key%d %d 0 %d\r\n%s\r\n" % (verb, key, key % 1000, len(data), data)


def stored(key, generation):
    data = value(key, generation)
    return b"VALUE key%d %d %d\r\n%s\r\nEND\r\n" % (key, key % 1000, len(data), data)


# Each round sends on all connections before it reads from any, so that many are ready at once on the server.
def every_key(request, reply):
    global requests
    for start in range(0, keys, len(connections)):
        numbers = range(start, min(start + len(connections), keys))
        for key, connection in zip(numbers, connections):
            connection.sendall(request(key))
        for key, stream in zip(numbers, streams):
            wanted = reply(key)
            got = stream.read(len(wanted))
            if got != wanted:
                sys.exit(f"key {key}: {got!r} instead of {wanted!r}")
            requests += 1


start = time.monotonic()
every_key(lambda key: store(b"set", key, 1), lambda key: b"STORED\r\n")
every_key(lambda key: b"get key%d\r\n" % key, lambda key: stored(key, 1))
every_key(lambda key: store(b"replace", key, 2), lambda key: b"STORED\r\n")
every_key(lambda key: b"get key%d\r\n" % key, lambda key: stored(key, 2))
every_key(lambda key: b"delete key%d\r\n" % key, lambda key: b"DELETED\r\n")
print(f"requests={requests} rate={requests / (time.monotonic() - start):.0f}")
