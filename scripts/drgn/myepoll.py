#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Shows the instances of myepoll on the running kernel, by drgn. Needs root, and myepoll.ko with debug information.

`python3 -i` leaves a prompt behind: `prog` is drgn's program, `all_views.instance(2).ep.object` the struct of an instance.
"""
import argparse
import os
import platform
import sys

import drgn

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(top, "scripts", "lib"))
import views  # noqa: E402


class Thing:
    """An object as views.py wants it."""

    def __init__(self, found):
        self.object = found

    def __getattr__(self, name):
        return Thing(self.object.member_(name))

    def __int__(self):
        kind = self.object.type_
        while kind.kind == drgn.TypeKind.TYPEDEF:
            kind = kind.type
        is_compound = kind.kind in (drgn.TypeKind.STRUCT, drgn.TypeKind.UNION)
        return (self.object.address_of_() if is_compound else self.object).value_()

    def text(self):
        return self.object.string_().decode(errors="replace")


class Kernel:
    """Without debug information of the kernel, drgn does not relocate a module's symbols, so kallsyms has them."""

    def __init__(self, module):
        self.prog = drgn.Program()
        self.prog.set_kernel()
        try:
            self.prog.load_debug_info([module])
        except drgn.MissingDebugInfoError:
            # The types are there; it says that it cannot tell where the module is.
            self.prog.type("struct myep_eventpoll")
        self.addresses = {}
        with open("/proc/kallsyms", encoding="ascii") as file:
            for line in file:
                if line.endswith("[myepoll]\n"):
                    address, _, name, _ = line.split()
                    self.addresses[name] = int(address, 16)
        kind = self.prog.variable("myep_instances").type_
        self.instances = Thing(drgn.Object(self.prog, kind, address=self.addresses["myep_instances"])).list
        self.callbacks = [self.addresses["myep_poll_callback"], self.addresses["myep_ring_callback"]]

    def at(self, kind, address):
        return Thing(drgn.Object(self.prog, kind + " *", address))

    def offset(self, kind, member):
        return drgn.offsetof(self.prog.type(kind), member)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("instance", nargs="?", help="number or address of the one to show; without it, all are listed")
    parser.add_argument("--item", metavar="WAIT", help="show the item behind the struct wait_queue_entry at this address")
    parser.add_argument("--module", metavar="FILE", help="myepoll.ko; default: what scripts/module has built for this kernel",
                        default=os.path.join(top, "build", "module", platform.release(), "myepoll.ko"))
    arguments = parser.parse_args()
    if not os.path.isdir("/sys/module/myepoll"):
        sys.exit("myepoll.py: the module is not loaded: modprobe myepoll")
    found = views.Views(Kernel(arguments.module))
    try:
        if arguments.item:
            lines = found.show_item(int(arguments.item, 0))
        elif arguments.instance:
            lines = found.instance(int(arguments.instance, 0)).show()
        else:
            lines = found.show_instances()
    except (views.NotFound, drgn.FaultError) as error:
        sys.exit(f"myepoll.py: {error}")
    print("\n".join(lines))
    return found


if __name__ == "__main__":
    all_views = main()
    prog = all_views.kernel.prog
