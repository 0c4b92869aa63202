# SPDX-License-Identifier: Apache-2.0
"""A consortium on this machine, made and run by the real programs: keys, one
roster signed by all, a node per member on 127.0.0.1, each with its own
configuration, data directory and local socket. Used by the system tests,
tools/demo and tools/bench. Python's standard library only.

Nothing here waits for a time to pass: every wait looks for a condition and has
an end. Every process is ended by its id, and dies with us (pdeathsig)."""
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time

from local import Local, PHASE_READY, Refused

PASSPHRASE = "correct horse battery staple"
COUNTRIES = {"dignity": "DK", "viasna": "LT", "redress": "GB"}
YEAR = time.gmtime().tm_year
MARGIN = 3 if os.environ.get("HF_SLOW") else 1  # on a slow machine


class Failed(Exception):
    """A command or a wait did not end as it should; the text has all of it."""


def wait_until(condition, seconds, what):
    """Ask again and again until it holds; give what it gave."""
    end = time.monotonic() + seconds * MARGIN
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            text = what() if callable(what) else what
            raise Failed(f"not within {seconds * MARGIN} s: {text}")
        time.sleep(0.02)


def free_port():
    """A port nobody listens on, outside the range of outgoing connections."""
    while True:
        port = random.randint(12000, 30000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Result:
    """What a command gave."""

    def __init__(self, arguments, code, out, err, seconds):
        self.arguments, self.code = arguments, code
        self.raw_out, self.raw_err = out, err
        self.out = out.decode(errors="replace")
        self.err = err.decode(errors="replace")
        self.seconds = seconds

    def lines(self):
        """JSON Lines of a long command."""
        return [json.loads(line) for line in self.out.splitlines()]

    def of_type(self, kind):
        return [line for line in self.lines() if line.get("type") == kind]

    def json(self):
        return json.loads(self.out)

    def error(self):
        return json.loads(self.err.strip().splitlines()[-1])["error"]

    def __str__(self):
        words = " ".join(os.fsdecode(word) for word in self.arguments)
        return (f"$ {words}\nexit {self.code} after {self.seconds:.1f} s\n"
                f"--- stdout\n{self.out[-4000:]}\n--- stderr\n"
                f"{self.err[-4000:]}")


class Programs:
    """The two programs of a build directory, in an environment of their own."""

    def __init__(self, build, home):
        self.build = pathlib.Path(build).resolve()
        self.holdfast = self._find("holdfast")
        self.holdfastd = self._find("holdfastd")
        self.home = pathlib.Path(home)
        runtime = self.home / "runtime"
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.home),
            "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(runtime),
            "XDG_STATE_HOME": str(self.home / "state")}
        for name, value in os.environ.items():
            if name.startswith(("ASAN_", "UBSAN_", "TSAN_", "LSAN_")):
                self.environment[name] = value

    def _find(self, name):
        for folder in (".", "bin", "sbin"):
            path = self.build / folder / name
            if path.is_file():
                return path
        raise Failed(f"no program {name} in {self.build}: build it first, or "
                     "set HF_BUILD")

    def popen(self, *arguments, **options):
        words = [self.holdfast, *arguments]
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen(words, env=self.environment, **options)

    def run(self, *arguments, ok=(0,), seconds=120, **options):
        """Run holdfast; any exit code but those of ok is a failure."""
        start = time.monotonic()
        with self.popen(*arguments, **options) as process:
            try:
                out, err = process.communicate(timeout=seconds * MARGIN)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                err += f"\nkilled after {seconds * MARGIN} s".encode()
        result = Result(["holdfast", *map(os.fsdecode, arguments)],
                        process.returncode, out or b"", err or b"",
                        time.monotonic() - start)
        if ok is not None and result.code not in ok:
            raise Failed(f"expected exit {ok}\n{result}")
        return result


class Node:
    """One member's node. `listen` is where it listens, `address` what the
    roster says of it (another port when a relay stands between)."""

    def __init__(self, consortium, member):
        self.consortium, self.member = consortium, member
        self.name = f"{member}-1"
        self.folder = consortium.folder / member
        self.folder.mkdir(mode=0o700)
        self.data = self.folder / "data"
        self.config = self.folder / "holdfast.conf"
        self.socket = self.folder / "socket"
        self.log = self.folder / "log"
        self.key = self.folder / "node.key"
        self.roster = self.folder / "roster"
        self.port = free_port()
        self.listen = self.port
        self.process = None
        self.settings = {"log": {"level": "debug"}}
        self.wrapper = []

    # -- where it is

    def listens(self):
        """What it listens on; None: it only dials."""
        return f"127.0.0.1:{self.listen}"

    def address(self):
        """What the roster says of that."""
        return f"127.0.0.1:{self.port}"

    def roster_line(self, public, role="store"):
        """Its line in a roster, with the public parts of its key."""
        words = ["node", self.name, self.member, role,
                 COUNTRIES.get(self.member, "NO"), "1",
                 "listen" if self.listens() else "dial", public["ledger"],
                 public["witness"], public["session"]]
        return " ".join(words + ([self.address()] if self.listens() else []))

    # -- set-up

    def init(self, roster=None, ok=(0,)):
        """holdfast init, and this node's own configuration."""
        if roster is not None:
            self.roster.write_bytes(pathlib.Path(roster).read_bytes())
        if self.config.exists():
            self.config.unlink()
        result = self.run("init", "--node", self.name, "--data", self.data,
                          "--key", self.key, "--roster", self.roster,
                          "--config", self.config, "--yes", ok=ok)
        if result.code == 0:
            self.write_config()
        return result

    def write_config(self):
        sections = {
            "node": {"name": self.name, "data": self.data, "key": self.key,
                     "roster": self.roster},
            "network": {"listen": self.listens()},
            "control": {"socket": self.socket}, "storage": {"min_free": "1 MB"}}
        for name, values in self.settings.items():
            sections.setdefault(name, {}).update(values)
        text = ""
        for name, values in sections.items():
            text += f"[{name}]\n"
            text += "".join(f"{k} = {v}\n" for k, v in values.items()
                            if v is not None)
        self.config.write_text(text)

    # -- the daemon

    def start(self, ready=True):
        """Start it; with `ready`, until it answers on its socket."""
        assert self.process is None, f"{self.name} runs already"
        self.log_from = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.consortium.dies_with_us, *self.wrapper,
                 self.consortium.programs.holdfastd,
                 "--config", self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self.consortium.programs.environment, cwd=self.folder)
        if ready:
            self.wait(lambda status: True, 30, "answer on its socket")
        return self

    def end(self, number, seconds=40):
        """Send a signal and wait; the exit code, negative for a signal."""
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(number)
        if number == signal.SIGKILL:
            process.send_signal(signal.SIGCONT)
        try:
            return process.wait(timeout=seconds * MARGIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failed(f"{self.name} did not end by signal {number} within "
                         f"{seconds} s\n{self.log_tail()}") from None

    def stop(self):
        """End it cleanly: SIGTERM gives exit code 0."""
        code = self.end(signal.SIGTERM)
        if code not in (0, None):
            raise Failed(f"{self.name} ended with {code}\n{self.log_tail()}")

    def kill(self):
        self.end(signal.SIGKILL)

    def wait_exit(self, seconds=30):
        """Wait for it to end by itself."""
        process, self.process = self.process, None
        try:
            return process.wait(timeout=seconds * MARGIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failed(f"{self.name} still runs after {seconds} s\n"
                         f"{self.log_tail()}") from None

    @property
    def pid(self):
        return self.process.pid

    def log_text(self, all_of_it=False):
        data = self.log.read_bytes() if self.log.exists() else b""
        data = data if all_of_it else data[self.log_from:]
        return data.decode(errors="replace")

    def log_tail(self):
        lines = self.log_text(True).splitlines()[-30:]
        return f"--- {self.log}\n" + "\n".join(lines)

    def wait_log(self, words, seconds=30):
        """Wait until this run's log has a line with these words."""
        return wait_until(lambda: words in self.log_text(), seconds,
                          lambda: f'"{words}" in\n{self.log_tail()}')

    # -- asking it

    def local(self, seconds=30):
        return Local(self.socket, seconds)

    def status(self):
        with self.local() as local:
            return local.status()

    def wait(self, condition, seconds=60, what="come to a state"):
        """Wait until its status fulfils a condition; give that status."""
        last = []

        def look():
            if self.process is not None and self.process.poll() is not None:
                code, self.process = self.process.returncode, None
                raise Failed(f"{self.name} ended with {code} instead of: "
                             f"{what}\n{self.log_tail()}")
            try:
                last[:] = [self.status()]
            except (OSError, ConnectionError, Refused):
                return None
            return last[0] if condition(last[0]) else None

        return wait_until(look, seconds, lambda: f"{self.name}: {what}\n{last}"
                          f"\n{self.log_tail()}")

    def wait_ready(self, seconds=60):
        """Until its own ledger is open for deposits."""
        return self.wait(lambda s: s["phase"] == PHASE_READY, seconds,
                         "have its ledger open")

    def wait_vouched(self, seconds=60):
        """Until enough other members stated for a deposit to be sealed."""
        others = len(self.consortium.members) - 1
        return self.wait(
            lambda s: sum(p["stated"] for p in s["peers"].values()) >=
            (others + 1) // 2, seconds, "know statements of others")

    def wait_copies(self, count, members, seconds=150):
        """Until it counts that many items that so many members hold."""
        return self.wait(lambda s: len(s["copies"]) > members and
                         s["copies"][members] >= count, seconds,
                         f"count {count} items held by {members} members")

    def wait_items(self, count, seconds=120):
        """Until it holds that many items whole."""
        return self.wait(lambda s: s["held"] >= count and
                         s["items"] >= count, seconds, f"hold {count} items")

    def own_origin(self):
        """Origin of its current ledger."""
        return next(origin for origin, ledger in self.status()["ledgers"].items()
                    if ledger["own"] and ledger["current"])

    def memory_peak(self):
        """Bytes of memory at its highest, as the kernel counted."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(text.split("VmHWM:")[1].split()[0]) * 1024

    def bytes_written(self):
        """Bytes that it made go to the disk."""
        text = pathlib.Path(f"/proc/{self.pid}/io").read_text()
        counts = dict(line.split(": ") for line in text.splitlines())
        return int(counts["write_bytes"]) - int(counts["cancelled_write_bytes"])

    def run(self, *arguments, **options):
        return self.consortium.programs.run(*arguments, **options)

    # -- the member's people

    @property
    def depositor(self):
        return self.consortium.keys / f"{self.member}-depositor.key"

    def deposit_words(self, *paths, receipts=None, extra=()):
        return ("deposit", *paths, "--key", self.depositor, "--config",
                self.config, "--receipts", receipts or self.folder / "receipts",
                "--yes", "--json", *extra)

    def deposit(self, *paths, receipts=None, extra=(), **options):
        return self.run(*self.deposit_words(*paths, receipts=receipts,
                                            extra=extra), **options)

    def restore_words(self, what, to, key=None, extra=()):
        identity = self.consortium.identity(key or self.member)
        return ("restore", *what, "--to", to, "--key", identity,
                "--passphrase-file", self.consortium.passphrase,
                "--config", self.config, "--yes", "--json", *extra)

    def restore(self, what, to, key=None, extra=(), **options):
        if isinstance(what, str):
            what = (what,)
        return self.run(*self.restore_words(what, to, key, extra), **options)

    def list(self, *extra):
        return self.run("list", "--config", self.config, "--json", *extra)

    def receipts(self):
        folder = self.folder / "receipts"
        return sorted(folder.iterdir()) if folder.exists() else []

    def check_receipts(self, path, *extra, ok=(0,)):
        return self.run("receipt", path, "--config", self.config, "--json",
                        *extra, ok=ok)


_made = {}  # member: (public parts, {key file: content})


class Consortium:
    """Keys, roster and nodes under one folder. `seals`: whom each member seals
    to; who is not in it deposits nothing."""

    node_class = Node

    def __init__(self, folder, build, members, seals=None, copies=None,
                 cosigners=None, label="archive"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.programs = Programs(build, self.folder / "home")
        self.members, self.label = list(members), label
        self.seals = seals or {member: [member] for member in self.members}
        self.copies = copies or min(3, len(self.members))
        others = len(self.members) - 1
        self.cosigners = (others + 1) // 2 if cosigners is None else cosigners
        self.keys = self.folder / "keys"
        self.keys.mkdir(mode=0o700)
        self.passphrase = self.keys / "passphrase"
        self.passphrase.write_text(PASSPHRASE + "\n")
        self.passphrase.chmod(0o600)
        self.outlive_us = False  # set before start(): the nodes may stay
        self.nodes = {}
        self.public = {}
        self.roster = self.folder / "roster"
        for member in self.members:
            self.nodes[member] = self.node_class(self, member)

    def __getitem__(self, member):
        return self.nodes[member]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, *arguments, **options):
        return self.programs.run(*arguments, **options)

    def identity(self, member):
        return self.keys / f"{member}-{YEAR}.age"

    @property
    def dies_with_us(self):
        return [] if self.outlive_us else ["setpriv", "--pdeathsig", "KILL"]

    def governance(self, member):
        return self.keys / f"{member}-governance.key"

    # -- set-up

    def make_keys(self):
        """A member's keys are made once in a run; other consortia of the same
        run get copies."""
        for member in self.members:
            if member not in _made:
                _made[member] = (self._make_keys(member), {
                    path: path.read_bytes() for path in self._key_files(member)
                })
                continue
            self.public[member], files = _made[member]
            for path, data in zip(self._key_files(member), files.values()):
                path.write_bytes(data)
                path.chmod(0o600)

    def _key_files(self, member):
        return [self.nodes[member].key, self.identity(member),
                *(self.keys / f"{member}-{kind}.key"
                  for kind in ("master", "governance", "depositor"))]

    def _make_keys(self, member):
        made = self.public[member] = {}
        for kind in ("master", "governance", "depositor"):
            made[kind] = self._new_key(kind,
                                       self.keys / f"{member}-{kind}.key")
        made["node"] = self._new_key("node", self.nodes[member].key)
        made["recipient"] = self.run(
            "key", "year", str(YEAR), "--master",
            self.keys / f"{member}-master.key", "--out",
            self.identity(member), "--passphrase-file", self.passphrase,
            "--member", member, "--json").json()["data"]["recipient"]
        return made

    def _new_key(self, kind, path):
        return self.run("key", "new", kind, "--out", path,
                        "--json").json()["data"]["public"]

    def roster_text(self, version=1, previous=None, changes=None):
        """The text of a roster; `changes` may alter the list of lines."""
        lines = ["holdfast roster 1", f"consortium {self.label}",
                 f"version {version}"]
        if previous:
            lines.append(f"previous {previous}")
        countries = [COUNTRIES.get(m, "NO") for m in self.members]
        lines += [f"copies {self.copies}",
                  f"jurisdictions {min(self.copies, len(set(countries)), 2)}",
                  "placement rendezvous-1", f"cosigners {self.cosigners}",
                  "wait 1209600", "proof-age 2592000"]
        for member in sorted(self.members):
            public = self.public[member]
            lines.append(f"member {member} {public['governance']['governance']}")
            if member in self.seals:
                seal = " ".join(sorted(self.seals[member]))
                lines.append(f"seal {member} {seal}")
            lines.append(f"recipient {member} {YEAR} {public['recipient']}")
        for member in sorted(self.members):
            node, key = self.nodes[member], self.public[member]["node"]
            lines.append(node.roster_line(key))
        if changes:
            lines = changes(lines)
        return "\n".join(lines) + "\n"

    def sign_roster(self, text, out, after=None, signers=None):
        """Every signer signs the draft; the combined file is a roster."""
        draft = self.folder / f"{out.name}.draft"
        draft.write_text(text)
        signed = []
        for member in signers or self.members:
            path = self.folder / f"{out.name}.{member}"
            words = ["--after", after] if after else []
            self.run("roster", "sign", draft, "--key", self.governance(member),
                     "--out", path, f"--confirm={self.label}", *words)
            signed.append(path)
        words = ["--after", after] if after else []
        self.run("roster", "combine", *signed, "--out", out, *words)
        return out

    def set_up(self, start=True):
        """Keys, roster, init of each node, and their daemons."""
        self.make_keys()
        self.sign_roster(self.roster_text(), self.roster)
        for node in self.nodes.values():
            node.init(self.roster)
        if start:
            self.start()
        return self

    def start(self):
        for node in self.nodes.values():
            if node.process is None:
                node.start()
        for node in self.nodes.values():
            node.wait_ready()
        for node in self.nodes.values():
            node.wait_vouched()
        return self

    def close(self):
        """End every daemon by its id."""
        for node in self.nodes.values():
            if node.process is not None:
                try:
                    node.kill()
                except (Failed, OSError) as error:
                    print(error, file=sys.stderr)
