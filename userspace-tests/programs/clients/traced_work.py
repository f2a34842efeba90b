# SPDX-License-Identifier: GPL-2.0-only
# Work whose figures are known, for scripts that trace it: traced_work.py latency|in_vain|hottest|workers. Prints the
# numbers that the scripts identify it by.
import os
import select
import sys
import threading
import time

ONE = (1).to_bytes(8, sys.byteorder)
EDGE = select.EPOLLIN | select.EPOLLET


def new_set(name):
    made = select.epoll()
    with open(f"/proc/self/fdinfo/{made.fileno()}") as info:
        number = next(line.split()[1] for line in info if line.startswith("instance:"))
    print(f"{name}={number}", flush=True)
    return made


def watched_pipe(set_, events=EDGE):
    reader, writer = os.pipe()
    set_.register(reader, events)
    return reader, writer


def one_event(set_, reader, writer, seconds=0.0):
    os.write(writer, ONE)
    time.sleep(seconds)
    assert len(set_.poll()) == 1
    os.read(reader, len(ONE))


def start(name, work):
    """A thread of that name, for which its number is printed."""
    def run():
        with open("/proc/thread-self/comm", "w") as comm:
            comm.write(name)
        print(f"{name}={threading.get_native_id()}", flush=True)
        work()
    thread = threading.Thread(target=run)
    thread.start()
    return thread


def until_asleep(thread):
    """A wakeup makes a thread runnable at once, so one that sleeps has nothing more to do."""
    def asleep():
        with open(f"/proc/{thread.native_id}/wchan") as wchan:
            return "myep_" in wchan.read()
    while not asleep():
        time.sleep(0.001)


# 20 quick events and 3 slow ones on one set, 5 on another. What is not timed: the second event of one callback, one
# whose data is gone before the poll, one that MOD finds, and one of an item that was removed meanwhile.
def latency():
    first, second = new_set("first"), new_set("second")
    pipe, other = watched_pipe(first), watched_pipe(second, select.EPOLLIN)
    for _ in range(20):
        one_event(first, *pipe)
    for _ in range(3):
        one_event(first, *pipe, 0.3)
    for _ in range(5):
        os.write(other[1], ONE)
        assert len(second.poll()) == 1
        assert len(second.poll()) == 1
        os.read(other[0], len(ONE))
        assert not second.poll(0)
        os.write(other[1], ONE)
        os.read(other[0], len(ONE))
        assert not second.poll(0)
        second.modify(other[0], 0)
        os.write(other[1], ONE)
        second.modify(other[0], select.EPOLLIN)
        assert len(second.poll()) == 1
        os.read(other[0], len(ONE))
        assert not second.poll(0)
        os.write(other[1], ONE)
        second.unregister(other[0])
        second.register(other[0], select.EPOLLIN)
        assert len(second.poll()) == 1
        os.read(other[0], len(ONE))
        assert not second.poll(0)


# 7 wakeups in vain, one with an event. On one processor, the sleeper does not run until the thread that wakes it, of
# real-time priority, has read the data.
def in_vain():
    os.sched_setaffinity(0, {0})
    woken = new_set("set")
    reader, writer = watched_pipe(woken, select.EPOLLIN)
    sleeper = start("sleeper", woken.poll)
    for _ in range(7):
        until_asleep(sleeper)
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.write(writer, ONE)
        os.read(reader, len(ONE))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    until_asleep(sleeper)
    os.write(writer, ONE)
    sleeper.join()


# 100 events of one descriptor, 10 and 5 of two others. An eventfd calls back for the write and for the read.
def hottest():
    watching = new_set("set")
    for name, times in ("warm", 10), ("hot", 100), ("cold", 5):
        counter = os.eventfd(0)
        watching.register(counter, EDGE)
        print(f"{name}={counter}", flush=True)
        for _ in range(times):
            one_event(watching, counter, counter)


# 20 events for the thread that fell asleep last; the other gets one when that has left.
def workers():
    shared = new_set("set")
    pipe = watched_pipe(shared)

    def take(times):
        for _ in range(times):
            assert len(shared.poll()) == 1
            os.read(pipe[0], len(ONE))
    idle = start("idle", lambda: take(1))
    until_asleep(idle)
    busy = start("busy", lambda: take(20))
    for _ in range(20):
        until_asleep(busy)
        os.write(pipe[1], ONE)
    busy.join()
    os.write(pipe[1], ONE)
    idle.join()


{"latency": latency, "in_vain": in_vain, "hottest": hottest, "workers": workers}[sys.argv[1]]()
