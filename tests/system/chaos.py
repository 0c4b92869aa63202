# SPDX-License-Identifier: Apache-2.0
"""Trouble for a running cluster, drawn from a seed: nodes are killed, paused,
cut off, lose packets, and are put back to an older copy of their disk, while
files are deposited at all of them. At most two nodes are in trouble at once;
each trouble has an end.

A node is put back only when all that it holds lies on another node's disk too:
what only one disk ever had, no protocol can bring back."""
import collections
import time

from consortium import Failed
from files import write
from local import Refused

TROUBLED_MAX = 2
DEPOSIT_SECONDS = 90
COPIES_KEPT = 2


class Deposit:
    """One run of the command line at a node."""

    def __init__(self, node, number, rng):
        self.node, self.number = node, number
        top = node.consortium.folder / "deposits" / str(number)
        self.source, self.receipts = top / "src", top / "receipts"
        self.source.mkdir(parents=True)
        sizes = [rng.randint(1, 60000) for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.08:
            sizes = [1500000]
        for at, size in enumerate(sizes):
            write(self.source / f"{number}-{at}", rng.randbytes(size))
        words = node.deposit_words(self.source, receipts=self.receipts)
        self.out = open(top / "out", "wb")
        self.process = node.consortium.programs.popen(
            *words, stdout=self.out, stderr=self.out)
        self.ends = time.monotonic() + DEPOSIT_SECONDS
        self.code = None

    def look(self):
        """True when it is over."""
        if self.code is None:
            self.code = self.process.poll()
            if self.code is None and time.monotonic() > self.ends:
                self.process.kill()
                self.code = self.process.wait()
            if self.code is not None:
                self.out.close()
        return self.code is not None


class Chaos:
    def __init__(self, cluster, rng, say=print):
        self.cluster, self.rng, self.say = cluster, rng, say
        self.nodes = list(cluster.nodes.values())
        self.began = time.monotonic()
        self.trouble = {}  # node: (end, what ends it)
        self.copies = collections.defaultdict(list)
        self.deposits, self.running = [], []
        self.counts = collections.Counter()

    # -- what happens

    def run(self, seconds, pause=4.0):
        """For so long, with a deposit every `pause` seconds or so."""
        ends = time.monotonic() + seconds
        next_deposit = next_trouble = 0
        while time.monotonic() < ends:
            now = time.monotonic()
            self._end_trouble(now)
            self._all_run()
            self.running = [d for d in self.running if not d.look()]
            if now >= next_deposit:
                self._deposit()
                next_deposit = now + self.rng.uniform(0.2, 2) * pause
            if now >= next_trouble:
                self._trouble(now)
                next_trouble = now + self.rng.uniform(0.5, 4)
            time.sleep(0.1)

    def calm(self):
        """End all trouble; everybody runs and reaches everybody."""
        self._end_trouble(float("inf"))
        self._all_run()
        for deposit in self.running:
            while not deposit.look():
                time.sleep(0.1)
        self.running = []
        for deposit in self.deposits:
            self.counts[f"deposit exit {deposit.code}"] += 1
        self.say(dict(self.counts))

    def close(self):
        for deposit in self.running:
            deposit.process.kill()
            deposit.process.wait()
            deposit.out.close()

    def _tell(self, node, text):
        self.say(f"{time.monotonic() - self.began:6.1f} {node.name} {text}",
                 flush=True)

    def _all_run(self):
        for node in self.nodes:
            if node.process is not None and node.process.poll() is not None:
                code, node.process = node.process.returncode, None
                raise Failed(f"{node.name} ended by itself with {code}\n"
                             f"{node.log_tail()}")

    def _deposit(self):
        node = self.rng.choice(self.nodes)
        if node.process is not None and not any(d.node is node for d in
                                                self.running):
            self.deposits.append(Deposit(node, len(self.deposits), self.rng))
            self.running.append(self.deposits[-1])

    def _end_trouble(self, now):
        for node, (end, cure) in list(self.trouble.items()):
            if now >= end:
                del self.trouble[node]
                cure()

    def _trouble(self, now):
        healthy = [n for n in self.nodes if n not in self.trouble]
        if len(self.trouble) >= TROUBLED_MAX:
            return
        node = self.rng.choice(healthy)
        kinds = {self.kill: 4, self.pause: 3, self.cut: 4, self.lose: 2,
                 self.copy: 2, self.put_back: 4}
        kind = self.rng.choices(list(kinds), list(kinds.values()))[0]
        found = kind(node)
        if found is not None:
            seconds, cure = found
            self.counts[kind.__name__] += 1
            self.trouble[node] = now + seconds, cure

    # -- kinds of trouble: (seconds, what ends it), or None

    def kill(self, node):
        seconds = self.rng.uniform(0.3, 8)
        self._tell(node, f"killed for {seconds:.1f} s")
        node.kill()
        return seconds, lambda: node.start(ready=False)

    def pause(self, node):
        seconds = self.rng.uniform(1, 12)
        self._tell(node, f"paused for {seconds:.1f} s")
        node.pause()
        return seconds, node.go_on

    def cut(self, node):
        seconds = self.rng.uniform(2, 20)
        others = [n for n in self.nodes if n is not node]
        some = self.rng.sample(others, self.rng.choice((1, 2, len(others))))
        whom = () if len(some) == len(others) else some
        self._tell(node, f"cut for {seconds:.1f} s from "
                   + (", ".join(n.name for n in whom) or "all"))
        node.host.cut(*(n.host.seen for n in whom))
        return seconds, node.host.heal

    def lose(self, node):
        seconds, percent = self.rng.uniform(5, 20), self.rng.randint(3, 30)
        self._tell(node, f"loses {percent} % for {seconds:.1f} s")
        node.host.lose(percent)
        return seconds, node.host.heal

    def copy(self, node):
        self._tell(node, "stopped, its disk copied")
        node.stop()
        self.copies[node].append(node.keep_copy())
        node.drop_copies(self.copies[node], COPIES_KEPT)
        node.start(ready=False)
        return 0, lambda: None

    def put_back(self, node):
        if not self.copies[node] or any(d.node is node for d in self.running) \
                or not self.is_elsewhere(node):
            return None
        same_place = self.rng.random() < 0.7
        self._tell(node, "put back to an older copy of its disk"
                   + ("" if same_place else ", in another place"))
        node.kill()
        node.put_back(self.rng.choice(self.copies[node]), same_place)
        node.start(ready=False)
        return 0, lambda: None

    # -- what must not be lost

    def is_elsewhere(self, node):
        """Does another node hold all that this one holds?"""
        try:
            mine = node.status()
        except (OSError, Refused):
            return False
        if mine["pending"] > 0:
            return False
        for other in self.nodes:
            if other is node or other in self.trouble:
                continue
            try:
                theirs = other.status()["ledgers"]
            except (OSError, Refused):
                continue
            if all(origin in theirs and
                   theirs[origin]["size"] >= ledger["size"] and
                   theirs[origin]["held"] >= ledger["held"]
                   for origin, ledger in mine["ledgers"].items()):
                return True
        return False
