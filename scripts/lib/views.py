# SPDX-License-Identifier: GPL-2.0-only
"""The instances of myepoll as text, for gdb and drgn alike.

Each of them supplies a kernel with
    at(kind, address)         the object of that type at an address
    offset(kind, member)      where a member, such as "wait.entry", is in a struct
    instances                 the struct list_head of all instances
    callbacks                 the addresses of myep_poll_callback() and myep_ring_callback()
and the objects: fields are attributes, also through pointers; int() is the value, or the address of a struct; text() is the
string at a pointer or in an array.
"""

# As in docs/tracing.md.
EVENTS = {
    0x1: "IN", 0x2: "PRI", 0x4: "OUT", 0x8: "ERR", 0x10: "HUP", 0x20: "NVAL", 0x40: "RDNORM", 0x80: "RDBAND",
    0x100: "WRNORM", 0x200: "WRBAND", 0x400: "MSG", 0x2000: "RDHUP", 0x10000000: "EXCLUSIVE", 0x20000000: "WAKEUP",
    0x40000000: "ONESHOT", 0x80000000: "ET",
}
# MYEP_NO_SCAN and MYEP_NOT_OVERFLOWED of ready.h.
NOT_LISTED = 2**64 - 1


class NotFound(Exception):
    """What the user asks for is not there."""


class Changed(NotFound):
    """The memory is read without locks, so that a running kernel can change it meanwhile."""

    def __init__(self):
        super().__init__("it changed while it was read; try again")


def events(mask):
    names = [name for bit, name in EVENTS.items() if mask & bit]
    rest = mask & ~sum(EVENTS)
    return "|".join(names + ([hex(rest)] if rest else [])) or "0"


def target(file):
    """The kind of file, and its name if it has one. The file of an item in the tree is valid."""
    dentry = file.f_path.dentry
    return ":".join(filter(None, (dentry.d_sb.s_type.name.text(), dentry.d_name.name.text())))


def item_line(epi):
    data = int(epi.event.data)
    return f"fd {int(epi.ffd.fd)}  {target(epi.ffd.file)}  {events(int(epi.event.events))}  data {data:#x}  item {int(epi):#x}"


def block(title, lines, nothing):
    return [f"{title}:"] + ["  " + line for line in lines] if lines else [f"{title}: {nothing}"]


class Instance:
    """An instance, from its struct myep_eventpoll."""

    def __init__(self, views, ep):
        self.views, self.ep, self.number = views, ep, int(ep.number)
        # After the last reference, tree and lists are no longer valid.
        self.gone = not int(ep.refcount.refs.counter)

    def state(self):
        if self.gone:
            return "freed soon"
        overflow = int(self.ep.ovflist)
        scan = "idle" if overflow == NOT_LISTED else "overflowing" if overflow else "scanning"
        return scan if int(self.ep.file) else scan + ", closed"

    def nodes(self):
        """The tree, each item before those below it: (item, place below its parent, depth)."""
        waiting = [(self.ep.rbr.rb_root.rb_node, "", 0)]
        while waiting and not self.gone:
            node, place, depth = waiting.pop()
            if depth > 64:
                raise Changed
            if int(node):
                yield self.views.container("struct myep_epitem", "rbn", int(node)), place, depth
                waiting += [(node.rb_right, "right ", depth + 1), (node.rb_left, "left ", depth + 1)]

    def ready(self):
        return [] if self.gone else list(self.views.on_list(self.ep.rdllist, "struct myep_epitem", "rdllink"))

    def overflowed(self):
        """Newest first, as they are linked."""
        at, seen = self.ep.ovflist, set()
        while int(at) not in (0, NOT_LISTED) and not self.gone:
            if int(at) in seen:
                raise Changed
            seen.add(int(at))
            yield at
            at = at.ovflist_next

    def sleepers(self):
        """Newest first: the order in which they are woken."""
        return [] if self.gone else list(self.views.on_list(self.ep.wq.head, "struct myep_sleeper", "wait.entry"))

    def row(self):
        counts = f"{len(list(self.nodes())):5}  {len(self.ready()):5}  {len(self.sleepers()):8}"
        return f"{self.number:8}  {int(self.ep):#018x}  {counts}  {self.state()}"

    def show_tree(self):
        lines = []
        for epi, place, depth in self.nodes():
            color = "black" if int(getattr(epi.rbn, "__rb_parent_color")) & 1 else "red"
            lines.append(f"{'  ' * depth}{place}{color}  {item_line(epi)}")
        return block("tree", lines, "no items")

    def show_ready(self):
        return block("ready list", [item_line(epi) for epi in self.ready()], "empty")

    def show_overflow(self):
        nothing = "no scan runs" if int(self.ep.ovflist) == NOT_LISTED else "empty"
        return block("overflow list, newest first", [item_line(epi) for epi in self.overflowed()], nothing)

    def show_sleepers(self):
        lines = []
        for sleeper in self.sleepers():
            task = self.views.kernel.at("struct task_struct", int(sleeper.wait.private))
            lines.append(f"thread {int(task.pid)}  {task.comm.text()}  task {int(task):#x}")
        return block("sleepers, the next to be woken first", lines, "none")

    def show(self):
        head = f"instance {self.number} at {int(self.ep):#x}: {self.state()}"
        return [head] + self.show_tree() + self.show_ready() + self.show_overflow() + self.show_sleepers()


class Views:
    def __init__(self, kernel):
        self.kernel = kernel

    def container(self, kind, member, address):
        return self.kernel.at(kind, address - self.kernel.offset(kind, member))

    def on_list(self, head, kind, member):
        """The objects on a list, from its struct list_head."""
        seen, node = set(), head.next
        while int(node) != int(head):
            if int(node) in seen:
                raise Changed
            seen.add(int(node))
            yield self.container(kind, member, int(node))
            node = node.next

    def instances(self):
        for ep in self.on_list(self.kernel.instances, "struct myep_eventpoll", "instances"):
            yield Instance(self, ep)

    def instance(self, wanted):
        """By its number or its address."""
        for each in self.instances():
            if wanted % 2**64 in (each.number, int(each.ep)):
                return each
        raise NotFound(f"there is no instance {wanted if wanted < 2**32 else hex(wanted)}")

    def show_instances(self):
        head = f"{'instance':>8}  {'address':18}  {'items':>5}  {'ready':>5}  {'sleepers':>8}  state"
        return [head] + [each.row() for each in self.instances()]

    def item(self, wait):
        """The item behind the address of a struct wait_queue_entry."""
        entry = self.kernel.at("struct wait_queue_entry", wait % 2**64)
        if int(entry.func) not in self.kernel.callbacks:
            raise NotFound(f"{wait % 2**64:#x} is not a wait entry of myepoll")
        return self.kernel.at("struct myep_epitem", int(entry.private))

    def show_item(self, wait):
        epi = self.item(wait)
        owner = Instance(self, epi.ep)
        places = [f"place {at} of the ready list" for at, each in enumerate(owner.ready(), 1) if int(each) == int(epi)]
        if int(epi.ovflist_next) != NOT_LISTED:
            places.append("the overflow list")
        lines = [f"instance {owner.number}  {item_line(epi)}", f"  on {' and '.join(places) or 'neither list'}"]
        entry = epi.first
        while int(entry) and int(entry.wait.private):
            lines.append(f"  wait entry {int(entry.wait):#x} on wait queue {int(entry.whead):#x}")
            entry = entry.next
        return lines
