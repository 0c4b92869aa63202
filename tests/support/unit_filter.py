#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a program as a systemd unit would confine it, where no systemd runs:

    unit_filter.py UNIT PROGRAM [ARGUMENT...]

Taken from the unit: SystemCallFilter= (groups as systemd-analyze lists them),
RestrictAddressFamilies=, MemoryDenyWriteExecute=, an empty
CapabilityBoundingSet=, NoNewPrivileges=, UMask= and the limits, as far as ours
reach. Not taken: what needs a mount namespace. A setting of these kinds that is not understood is an
error. The filters are written by libseccomp, as systemd's are."""
import ctypes
import errno
import mmap
import os
import re
import resource
import socket
import subprocess
import sys

ALLOW, ERRNO = 0x7fff0000, 0x00050000
EQ, MASKED_EQ = 4, 7
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, CAP_COUNT = 38, 24, 64
FAMILIES = 64  # more than Linux has
LIMITS = {"LimitNOFILE": resource.RLIMIT_NOFILE,
          "LimitMEMLOCK": resource.RLIMIT_MEMLOCK,
          "LimitCORE": resource.RLIMIT_CORE}


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int),
                ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def load_library():
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
        ctypes.POINTER(Compare)]
    for name in ("seccomp_load", "seccomp_release"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    return library


class Filter:
    """One filter: a default action, and calls with another."""

    def __init__(self, library, default):
        self.library = library
        self.pointer = library.seccomp_init(ctypes.c_uint32(default))
        assert self.pointer, "seccomp_init failed"

    def add(self, action, name, *compares):
        number = self.library.seccomp_syscall_resolve_name(name.encode())
        if number == -1:  # not on this machine
            return
        array = (Compare * max(1, len(compares)))(*compares)
        rc = self.library.seccomp_rule_add_array(
            self.pointer, action, number, len(compares), array)
        if rc not in (0, -errno.EACCES):  # the default action anyway
            sys.exit(f"seccomp_rule_add {name}: {os.strerror(-rc)}")

    def load(self):
        rc = self.library.seccomp_load(self.pointer)
        if rc != 0:
            sys.exit(f"seccomp_load: {os.strerror(-rc)}")
        self.library.seccomp_release(self.pointer)


def read_unit(path):
    """{setting: [values in order]}"""
    settings = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            found = re.match(r"([A-Za-z]+)=(.*)", line)
            if found:
                settings.setdefault(found[1], []).append(found[2].strip())
    return settings


def groups():
    """{"@group": its calls and groups}, as this systemd knows them."""
    text = subprocess.run(["systemd-analyze", "syscall-filter"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found, current = {}, None
    for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines():
        if line.startswith("@"):
            current = found.setdefault(line.split()[0], [])
        elif line.startswith(" ") and not line.strip().startswith("#"):
            current.append(line.strip())
    return found


def expand(words, known):
    calls = set()
    for word in words:
        if word.startswith("@"):
            calls |= expand(known[word], known)
        else:
            calls.add(word)
    return calls


def allowed_calls(lines):
    """systemd.exec(5): the first line decides the kind of list; @default is
    always in it; a line with ~ takes away."""
    known = groups()
    assert lines and not lines[0].startswith("~"), "not a list of allowed calls"
    calls = expand(["@default"], known)
    for line in lines:
        if line.startswith("~"):
            calls -= expand(line[1:].split(), known)
        else:
            calls |= expand(line.split(), known)
    return calls


def filter_families(library, words):
    kept = {int(getattr(socket, word)) for word in words}
    families = Filter(library, ALLOW)
    for family in range(FAMILIES):
        if family not in kept:
            families.add(ERRNO | errno.EAFNOSUPPORT, "socket",
                         Compare(0, EQ, family, 0))
    families.load()


def filter_code(library):
    code = Filter(library, ALLOW)
    both = mmap.PROT_WRITE | mmap.PROT_EXEC
    code.add(ERRNO | errno.EPERM, "mmap", Compare(2, MASKED_EQ, both, both))
    for name in ("mprotect", "pkey_mprotect"):
        code.add(ERRNO | errno.EPERM, name,
                 Compare(2, MASKED_EQ, mmap.PROT_EXEC, mmap.PROT_EXEC))
    code.load()


def filter_calls(library, settings):
    assert settings["SystemCallErrorNumber"] == ["EPERM"]
    calls = Filter(library, ERRNO | errno.EPERM)
    for name in sorted(allowed_calls(settings["SystemCallFilter"])):
        calls.add(ALLOW, name)
    calls.load()


def limit(text):
    if text[-1] in "KMG":
        return int(text[:-1]) << {"K": 10, "M": 20, "G": 30}[text[-1]]
    return int(text)


def confine(settings):
    libc = ctypes.CDLL(None, use_errno=True)
    for name, number in LIMITS.items():
        for value in settings.get(name, []):
            _, most = resource.getrlimit(number)
            new = limit(value)
            if most != resource.RLIM_INFINITY:  # only root may raise it
                new = min(new, most)
            resource.setrlimit(number, (new, new))
    os.umask(int(settings["UMask"][0], 8))
    library = load_library()
    assert settings["CapabilityBoundingSet"] == [""]
    for number in range(CAP_COUNT):
        libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)  # those that exist
    assert settings["NoNewPrivileges"] == ["yes"]
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        sys.exit("no_new_privs failed")
    [families] = settings["RestrictAddressFamilies"]
    filter_families(library, families.split())
    if settings["MemoryDenyWriteExecute"] == ["yes"]:
        filter_code(library)
    filter_calls(library, settings)


if __name__ == "__main__":
    confine(read_unit(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
