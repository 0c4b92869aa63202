# SPDX-License-Identifier: Apache-2.0
"""Hosts with a network of their own, on this machine: a namespace each, joined
by a bridge; one behind a router that hides it (nftables masquerade); links that
lose, are slow or are cut. Root's rights are needed; can_have_one() says whether
they are there.

Each namespace belongs to one process of ours that waits for its input to end,
and that dies with us: nothing is left behind, also when we are killed, and
nothing of the machine's own network is touched."""
import json
import subprocess
import threading

PORT = 7700
OVERHEAD = 52  # of a TCP segment: IPv4 20, TCP 20, its time stamps 12

COUNTERS = """
table inet counted {
    counter received { }
    counter sent { }
    chain in {
        type filter hook input priority -300;
        iif != "lo" meta l4proto tcp counter name received
    }
    chain out {
        type filter hook output priority 300;
        oif != "lo" meta l4proto tcp counter name sent
    }
}
"""

ROUTER = """
table ip hidden {
    chain post {
        type nat hook postrouting priority 100;
        oifname "eth0" masquerade
    }
    chain forward {
        type filter hook forward priority 0; policy drop;
        iifname "inner" accept
        ct state established,related accept
    }
}
"""


def _run(words, text=None):
    done = subprocess.run([str(w) for w in words], input=text, text=True,
                          capture_output=True, timeout=30)
    if done.returncode != 0:
        raise OSError(f"{' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


def can_have_one():
    """None when this machine lets us; else what it says."""
    try:
        with Network() as network:
            a, b = network.host("a"), network.hidden("b")
            a.lose(1)
            b.limit("1mbit")
            a.heal()
            a.counted()
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return None


class Space:
    """A network namespace."""

    def __init__(self, name):
        self.name = name
        self.keeper = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        # What it says back, it says inside: then the namespace is there.
        self.keeper.stdin.write(b"\n")
        self.keeper.stdin.flush()
        if self.keeper.stdout.readline() != b"\n":
            self.close()
            raise OSError("no network namespaces: unshare --net failed")
        self.inside = ["nsenter", f"--net=/proc/{self.keeper.pid}/ns/net"]
        self.ip("link", "set", "lo", "up")

    def run(self, *words, text=None):
        return _run([*self.inside, *words], text)

    def ip(self, *words):
        return self.run("ip", *words)

    def nft(self, text):
        self.run("nft", "-f", "-", text=text)

    def close(self):
        if self.keeper is not None:
            self.keeper.stdin.close()
            self.keeper.kill()
            self.keeper.wait()
            self.keeper.stdout.close()
            self.keeper = None


class Host(Space):
    """A machine on the bridge, or behind a router. `address` is its own one,
    `seen` the one that others see of it."""

    def __init__(self, name, address, outer, seen=None):
        super().__init__(name)
        self.address, self.seen = address, seen or address
        self.outer = outer  # (space, interface) at the other end of its link
        self.lost, self.without, self.cut_off = 0, set(), False
        self.lock = threading.Lock()

    def _begin(self):
        self.ip("link", "set", "eth0", "up")
        self.nft(COUNTERS)

    def _filter(self, way):
        """Rules of one direction."""
        rules = []
        if self.cut_off:
            rules.append("drop")
        rules += [f"ip {way} {address} drop" for address in
                  sorted(self.without)]
        if self.lost:
            rules.append(f"numgen random mod 100 < {self.lost} drop")
        return "\n".join(f'{"oif" if way == "daddr" else "iif"} != "lo" {r}'
                         for r in rules)

    def _apply(self):
        with self.lock:
            self.nft("table inet faults\ndelete table inet faults\n"
                     "table inet faults {\n"
                     "chain in { type filter hook input priority 0;\n"
                     + self._filter("saddr") + "\n}\n"
                     "chain out { type filter hook output priority 0;\n"
                     + self._filter("daddr") + "\n}\n}\n")

    def cut(self, *others):
        """Nothing passes any more: at all, or from and to these addresses."""
        self.cut_off = not others
        self.without.update(others)
        self._apply()

    def lose(self, percent):
        """So many of a hundred packets are lost, each way."""
        self.lost = percent
        self._apply()

    def heal(self):
        """No cut, no loss."""
        self.lost, self.without, self.cut_off = 0, set(), False
        self._apply()

    def limit(self, rate):
        """A slow line, both ways: "1mbit". None: a fast one again."""
        space, link = self.outer
        for where, name in ((self, "eth0"), (space, link)):
            if rate is None:
                where.run("tc", "qdisc", "del", "dev", name, "root")
            else:
                where.run("tc", "qdisc", "replace", "dev", name, "root",
                          "tbf", "rate", rate, "burst", "16kb", "latency",
                          "1s")

    def counted(self):
        """(bytes received, sent) inside of TCP: without the headers of its
        segments, with what the protocol adds and what was sent twice."""
        found = json.loads(self.run("nft", "-j", "list", "counters", "table",
                                    "inet", "counted"))
        bytes_of = {}
        for one in found["nftables"]:
            if "counter" in one:
                one = one["counter"]
                bytes_of[one["name"]] = (one["bytes"] -
                                         OVERHEAD * one["packets"])
        return bytes_of["received"], bytes_of["sent"]


class Network:
    """A bridge and what hangs on it: 10.77.0.0/16."""

    def __init__(self):
        self.spaces, self.count = [], 0
        self.bridge = self._add(Space("bridge"))
        try:
            self.bridge.ip("link", "add", "bridge", "type", "bridge")
            self.bridge.ip("link", "set", "bridge", "up")
        except OSError:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _add(self, space):
        self.spaces.append(space)
        return space

    def _address(self):
        self.count += 1
        return f"10.77.0.{self.count}", f"port{self.count}"

    def _join(self, space, address, port):
        """A link between a host's eth0 and the bridge."""
        self.bridge.ip("link", "add", port, "type", "veth", "peer", "name",
                       "eth0", "netns", space.keeper.pid)
        self.bridge.ip("link", "set", port, "master", "bridge", "up")
        space.ip("addr", "add", f"{address}/16", "dev", "eth0")
        space.ip("link", "set", "eth0", "up")

    def host(self, name):
        """A host that all can reach."""
        address, port = self._address()
        host = self._add(Host(name, address, (self.bridge, port)))
        self._join(host, address, port)
        host._begin()
        return host

    def hidden(self, name):
        """A host behind a router: it reaches all, nobody reaches it."""
        address, port = self._address()
        router = self._add(Space(f"{name}'s router"))
        self._join(router, address, port)
        router.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        router.nft(ROUTER)
        host = self._add(Host(name, "192.168.77.2", (router, "inner"),
                              address))
        router.ip("link", "add", "inner", "type", "veth", "peer", "name",
                  "eth0", "netns", host.keeper.pid)
        router.ip("addr", "add", "192.168.77.1/24", "dev", "inner")
        router.ip("link", "set", "inner", "up")
        host.ip("addr", "add", f"{host.address}/24", "dev", "eth0")
        host._begin()
        host.ip("route", "add", "default", "via", "192.168.77.1")
        return host

    def close(self):
        for space in self.spaces:
            space.close()
        self.spaces = []
