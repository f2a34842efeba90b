# SPDX-License-Identifier: GPL-2.0-only
"""Commands for gdb that show the instances of myepoll, in a virtual machine or on the running kernel.

    gdb -q -x scripts/gdb/myepoll.py -ex 'myepoll attach FOLDER'   the line that `qemu/vm --gdb` prints
    gdb -q -x scripts/gdb/myepoll.py -ex 'myepoll live'            the kernel that runs gdb, as root

`help myepoll` lists the commands. Types, lines and fields come from the debug information of myepoll.ko; all that is needed
of the kernel are its names, from /proc/kallsyms.
"""
import os
import sys

import gdb

here = os.path.dirname(os.path.abspath(__file__))
# gdb does not look for modules beside the script.
sys.dont_write_bytecode = True
sys.path[:0] = [here, os.path.join(here, "..", "lib")]
import symbols  # noqa: E402
import views  # noqa: E402


class Thing:
    """An object as views.py wants it."""

    def __init__(self, value):
        self.value = value

    def __getattr__(self, name):
        return Thing(self.value[name])

    def __int__(self):
        kind = self.value.type.strip_typedefs().code
        return int(self.value.address if kind in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION) else self.value)

    def text(self):
        kind = self.value.type.strip_typedefs().code
        char = gdb.lookup_type("char")
        value = self.value if kind == gdb.TYPE_CODE_ARRAY else self.value.cast(char.pointer())
        return value.string(errors="replace")


class Kernel:
    def at(self, kind, address):
        return Thing(gdb.Value(address).cast(gdb.lookup_type(kind).pointer()))

    def offset(self, kind, member):
        return int(gdb.parse_and_eval(f"(unsigned long)&(({kind} *)0)->{member}"))

    @property
    def instances(self):
        return Thing(gdb.parse_and_eval("myep_instances")["list"])

    @property
    def callbacks(self):
        return [int(gdb.parse_and_eval(name)) for name in ("&myep_poll_callback", "&myep_ring_callback")]


all_views = views.Views(Kernel())


def evaluate(text):
    if not text:
        raise gdb.GdbError("an argument is missing; see help myepoll")
    return int(gdb.parse_and_eval(text))


def instance(text):
    return all_views.instance(evaluate(text))


class Prefix(gdb.Command):
    """Show the instances of myepoll.

INSTANCE is a number, as in /proc/PID/fdinfo/FD and in trace events, or an address or expression.
$myep_instance(INSTANCE) is its struct myep_eventpoll, $myep_item(WAIT) the struct myep_epitem behind a wait entry."""

    def __init__(self):
        super().__init__("myepoll", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


class Command(gdb.Command):
    """`myepoll NAME`: prints the lines that a function returns."""

    def __init__(self, name, function, description):
        self.__doc__ = description
        super().__init__("myepoll " + name, gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)
        self.function = function

    def invoke(self, argument, from_tty):
        try:
            for line in self.function(argument) or ():
                print(line)
        except views.NotFound as error:
            raise gdb.GdbError(str(error)) from error
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"{error}: freed, or no pointer to what the command expects") from error


class Function(gdb.Function):
    """A convenience function: a pointer, from a number."""

    def __init__(self, name, function, description):
        self.__doc__ = description
        super().__init__(name)
        self.function = function

    def invoke(self, argument):
        try:
            return self.function(int(argument)).value
        except views.NotFound as error:
            raise gdb.GdbError(str(error)) from error


Prefix()
Command("attach", symbols.attach, """Attach to a virtual machine, with the names of its kernel and module: myepoll attach FOLDER

`qemu/vm --gdb` prints FOLDER. Waits until the module is loaded. The machine then stands still until `continue`.""")
Command("live", symbols.live, """Read the kernel that runs gdb, and that goes on meanwhile: myepoll live [MYEPOLL.KO]

Needs root. Without MYEPOLL.KO, takes what scripts/module has built for this kernel.""")
Command("instances", lambda _: all_views.show_instances(), """List all instances.

Also those that are closed, as long as a target of theirs is being closed or a grace period lasts.""")
Command("show", lambda text: instance(text).show(), "Show an instance: its tree, its lists, its sleepers: myepoll show INSTANCE")
Command("tree", lambda text: instance(text).show_tree(), "Show the red-black tree of all items: myepoll tree INSTANCE")
Command("ready", lambda text: instance(text).show_ready(), "Show the ready list: myepoll ready INSTANCE")
Command("overflow", lambda text: instance(text).show_overflow(),
        "Show the overflow list, of what became ready during a scan: myepoll overflow INSTANCE")
Command("sleepers", lambda text: instance(text).show_sleepers(), "Show the threads that sleep in WAIT: myepoll sleepers INSTANCE")
Command("item", lambda text: all_views.show_item(evaluate(text)), """Show the item behind a wait entry: myepoll item WAIT

WAIT is a struct wait_queue_entry *, such as `wait` in myep_poll_callback(), or any on the wait queue of a target.""")
Function("myep_item", all_views.item, "$myep_item(WAIT): the struct myep_epitem * behind a wait entry.")
Function("myep_instance", lambda wanted: all_views.instance(wanted).ep,
         "$myep_instance(INSTANCE): the struct myep_eventpoll * with this number or address.")
