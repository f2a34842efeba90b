# SPDX-License-Identifier: GPL-2.0-only
"""Tells gdb where the kernel and the module are.

The kernel's names come from kallsyms: gdb reads symbols from ELF files only, so they are written into one without code.
"""
import os
import platform
import re
import socket
import struct
import tempfile
import time

import gdb

# Open for as long as gdb runs: the guest waits on its other end.
go = socket.socket(socket.AF_UNIX)

# What gdb reads names from, now or later; removed when it ends.
files = tempfile.TemporaryDirectory()

top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Source:
    """What a guest or this kernel says: `section NAME ADDRESS` and the lines of /proc/kallsyms."""

    def __init__(self, lines):
        self.module, self.sections, self.names = None, {}, []
        for line in lines:
            words = line.split()
            if words[0] == "module":
                self.module = words[1]
            elif words[0] == "section":
                self.sections[words[1]] = words[2]
            elif len(words) == 3:  # with a fourth word, it is in a module
                self.names.append((int(words[0], 16), words[1], words[2]))


def section_header(name, kind, flags=0, address=0, offset=0, size=0, link=0, info=0, entry=0):
    return struct.pack("<IIQQQQIIQQ", name, kind, flags, address, offset, size, link, info, 8, entry)


def write_elf(names, path):
    """Writes an ELF file with the kernel's symbols in two sections that have addresses but no contents."""
    bounds = {name: address for address, _, name in names if name in ("_stext", "_etext", "_end")}
    text, middle, end = (bounds[name] for name in ("_stext", "_etext", "_end"))
    strings, table = bytearray(b"\0"), [bytes(24)]
    for address, kind, name in names:
        if not text <= address < end:
            continue
        binding = 1 if kind.isupper() else 0
        in_text = address < middle
        table.append(struct.pack("<IBBHQQ", len(strings), binding << 4 | (2 if in_text else 1), 0, 1 if in_text else 2, address, 0))
        strings += name.encode() + b"\0"
    # The table has local symbols first.
    table.sort(key=lambda symbol: symbol[4] >> 4)
    first_global = sum(1 for symbol in table if not symbol[4] >> 4)
    symbols = b"".join(table)
    section_names = b"\0.text\0.data\0.symtab\0.strtab\0.shstrtab\0"
    at = 64 + 6 * 64
    headers = [
        section_header(0, 0),
        section_header(1, 8, 6, text, at, middle - text),
        section_header(7, 8, 3, middle, at, end - middle),
        section_header(13, 2, 0, 0, at, len(symbols), 4, first_global, 24),
        section_header(21, 3, 0, 0, at + len(symbols), len(strings)),
        section_header(29, 3, 0, 0, at + len(symbols) + len(strings), len(section_names)),
    ]
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    elf = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, 64, 0, 64, 0, 0, 64, len(headers), 5)
    with open(path, "wb") as file:
        file.write(identity + elf + b"".join(headers) + symbols + strings + section_names)


def write_movable(module, path):
    """Copies the module, with each section at address 0: if one has another, as on 6.12, gdb 13 moves none of them."""
    with open(module, "rb") as file:
        elf = bytearray(file.read())
    (first,) = struct.unpack_from("<Q", elf, 40)
    size, count = struct.unpack_from("<HH", elf, 58)
    for header in range(first, first + size * count, size):
        struct.pack_into("<Q", elf, header + 16, 0)
    with open(path, "wb") as file:
        file.write(elf)


def load(source):
    """Gives gdb the kernel's names, and the module's names, lines and types."""
    gdb.execute("set confirm off")
    # The module's files have short names, and none twice.
    gdb.execute("set filename-display basename")
    path = os.path.join(files.name, "kernel")
    write_elf(source.names, path)
    gdb.execute(f"symbol-file {path}", to_string=True)
    if source.module:
        places = dict(source.sections)
        path = os.path.join(files.name, "myepoll.ko")
        write_movable(source.module, path)
        command = f"add-symbol-file {path} {places.pop('.text')}"
        # Only what code and types refer to; what was for the load alone is gone.
        places = {name: place for name, place in places.items() if re.match(r"\.(data|bss|rodata|text|exit)", name)}
        gdb.execute(command + "".join(f" -s {name} {place}" for name, place in places.items()), to_string=True)


def read_when_complete(folder):
    """The file that the guest fills once the module is loaded; QEMU creates it."""
    path = os.path.join(folder, "symbols")
    while os.path.isdir(folder):
        if os.path.exists(path):
            with open(path, encoding="ascii") as file:
                lines = file.read().splitlines()
            if lines and lines[-1] == "end":
                return lines
        time.sleep(0.1)
    raise gdb.GdbError(f"there is no folder {folder}: the machine has ended, or runs without --gdb")


def attach(folder):
    load(Source(read_when_complete(folder)))
    gdb.execute(f"target remote {os.path.join(folder, 'gdb')}", to_string=True)
    # With --gdb-wait the guest waits for a line. It stands still now, and reads it when it continues.
    if os.path.exists(os.path.join(folder, "go")):
        go.connect(os.path.join(folder, "go"))
        go.sendall(b"\n")


def live(module):
    module = os.path.abspath(module or os.path.join(top, "build", "module", platform.release(), "myepoll.ko"))
    sections = "/sys/module/myepoll/sections"
    if not os.path.isdir(sections):
        raise gdb.GdbError("the module is not loaded: modprobe myepoll")
    if not os.path.exists(module):
        raise gdb.GdbError(f"there is no {module}; scripts/module builds it")
    lines = ["module " + module]
    for name in os.listdir(sections):
        with open(os.path.join(sections, name), encoding="ascii") as file:
            lines.append(f"section {name} {file.read()}")
    with open("/proc/kallsyms", encoding="ascii") as file:
        lines += file.read().splitlines()
    gdb.execute("core-file /proc/kcore", to_string=True)
    load(Source(lines))
