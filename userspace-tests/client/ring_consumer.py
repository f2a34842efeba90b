#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A consumer of a ring in Python, by docs/ring.md and nothing else: with mmap, and GCC's libatomic.

usage: ring_consumer.py numbers | merged | removed [--plain-store]

  numbers   eight threads write to an eventfd each; prints how many events of each are missing, after what was slept for
  merged    a pipe becomes writable while the event that it is readable is taken; prints what was taken
  removed   a target is removed while its event is taken; prints what was taken

With --plain-store the consumer does not compare when it marks a slot as free. That loses what comes in between.
"""

import ctypes
import fcntl
import mmap
import os
import struct
import sys
import threading

IN, OUT, ET = 0x1, 0x4, 1 << 31
ADD, DEL = 1, 2
WAIT_RING, ENTRY_RING = 2, 1
STATE_WAIT = 1
DEAD = 1 << 31
ACQUIRE, RELEASE, ACQ_REL = 2, 3, 4
MASK = (1 << 32) - 1

atomics = ctypes.CDLL("libatomic.so.1")
load = getattr(atomics, "__atomic_load_8")
load.restype, load.argtypes = ctypes.c_uint64, [ctypes.c_void_p, ctypes.c_int]
store = getattr(atomics, "__atomic_store_8")
store.restype, store.argtypes = None, [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int]
exchange = getattr(atomics, "__atomic_compare_exchange_8")
exchange.restype = ctypes.c_bool
exchange.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64), ctypes.c_uint64, ctypes.c_int, ctypes.c_int]


def request(direction, number, size):
    """The number of an ioctl of myepoll, as _IOW() and _IOWR() make it."""
    return direction << 30 | size << 16 | 0xE9 << 8 | number


def call(fd, direction, number, argument):
    return fcntl.ioctl(fd, request(direction, number, len(argument)), argument)


def create():
    device = os.open("/dev/myepoll", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return call(device, 1, 1, bytearray(struct.pack("=II", 0, 0)))
    finally:
        os.close(device)


def change(instance, op, target, events=0, data=0):
    """ADD or DEL of a target whose events go through the ring."""
    entry = ctypes.create_string_buffer(struct.pack("=iiIIQiI", op, target, events | ET, ENTRY_RING, data, 0, 0), 32)
    nothing = struct.pack("=QiIqQII", 0, 0, 0, 0, 0, 0, 0)
    call(instance, 3, 5, bytearray(struct.pack("=QIIII", ctypes.addressof(entry), 1, 0, 0, 0) + nothing))
    result = struct.unpack_from("=i", entry.raw, 24)[0]
    if result:
        raise OSError(-result, os.strerror(-result))


class Consumer:
    """The one consumer of an instance's ring. `meanwhile` is called before each attempt to take an event."""

    def __init__(self, instance, slots, plain_store=False):
        self.instance, self.slots, self.head = instance, slots, 0
        self.plain_store = plain_store
        self.meanwhile = lambda: None
        self.sleeps = 0
        self.fd = call(instance, 1, 6, bytearray(struct.pack("=IIQ", slots, 0, 0)))
        page = mmap.PAGESIZE
        size = (16 * slots + page - 1) // page * page
        self.header = mmap.mmap(self.fd, page, mmap.MAP_SHARED, mmap.PROT_READ)
        self.memory = mmap.mmap(self.fd, size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=page)
        self.first = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))

    def claim(self, slot, word):
        """Mark the slot as free, if its word is still the same."""
        free = word >> 32 << 32
        if self.plain_store:
            store(slot, free, RELEASE)
            return True
        return exchange(slot, ctypes.byref(ctypes.c_uint64(word)), free, ACQ_REL, ACQUIRE)

    def take(self):
        """The next event and its data, or None if the ring is empty."""
        while True:
            slot = self.first + 16 * (self.head % self.slots)
            word = load(slot, ACQUIRE)
            behind = (word >> 32) - self.head & MASK
            if behind >= 1 << 31:
                return None
            events, data = word & MASK, load(slot + 8, ACQUIRE)
            if behind == 0 and events:
                self.meanwhile()
                if not self.claim(slot, word):
                    continue
            self.head = self.head + 1 & MASK
            if behind == 0 and events and not events & DEAD:
                return events, data

    def wait(self):
        """Sleep until there is something on the ring. Nothing here goes another way."""
        assert not struct.unpack_from("=I", self.header)[0] & STATE_WAIT
        self.sleeps += 1
        call(self.instance, 1, 3, bytearray(struct.pack("=QiIqQII", 0, 0, WAIT_RING, -1, 0, 0, self.head)))


def numbers(instance, plain_store):
    """Each write is an event, or is merged into one that was not taken, so the sums must agree. The last write of each
    thread comes when the consumer is about to sleep, or asleep."""
    consumer = Consumer(instance, 16, plain_store)
    writes, targets = 200, [os.eventfd(0, os.EFD_NONBLOCK) for _ in range(8)]
    for each in targets:
        change(instance, ADD, each, IN, each)
    tired = threading.Event()

    def write(target):
        for _ in range(writes - 1):
            os.eventfd_write(target, 1)
        tired.wait()
        os.eventfd_write(target, 1)

    writers = [threading.Thread(target=write, args=(each,)) for each in targets]
    for each in writers:
        each.start()
    missing = dict.fromkeys(targets, writes)
    while any(missing.values()):
        taken = consumer.take()
        if not taken:
            tired.set()
            consumer.wait()
            continue
        try:
            missing[taken[1]] -= os.eventfd_read(taken[1])
        except BlockingIOError:
            pass  # a hint: the read before has taken this one's, too
    for each in writers:
        each.join()
    print("missing", sum(missing.values()), "slept" if consumer.sleeps else "never slept")


def merged(instance, plain_store):
    """One end of a pair of sockets is readable; while that is taken, it becomes writable."""
    import socket
    consumer = Consumer(instance, 16, plain_store)
    ours, peer = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    ours.setblocking(False)
    peer.setblocking(False)
    try:
        while True:
            ours.send(b"x" * 65536)
    except BlockingIOError:
        pass
    change(instance, ADD, ours.fileno(), IN | OUT, 1)
    peer.send(b"x")

    def make_writable():
        consumer.meanwhile = lambda: None
        try:
            while True:
                peer.recv(65536)
        except BlockingIOError:
            pass

    consumer.meanwhile = make_writable
    seen = 0
    while taken := consumer.take():
        seen |= taken[0]
    print(*[name for bit, name in ((IN, "in"), (OUT, "out")) if seen & bit])


def removed(instance, plain_store):
    consumer = Consumer(instance, 16, plain_store)
    target = os.eventfd(1)
    change(instance, ADD, target, IN, 7)

    def remove():
        consumer.meanwhile = lambda: None
        change(instance, DEL, target)

    consumer.meanwhile = remove
    print(consumer.take() or "nothing")


def main():
    parts = {"numbers": numbers, "merged": merged, "removed": removed}
    if len(sys.argv) < 2 or sys.argv[1] not in parts or sys.argv[2:] not in ([], ["--plain-store"]):
        sys.exit(__doc__)
    parts[sys.argv[1]](create(), bool(sys.argv[2:]))


main()
