# SPDX-License-Identifier: Apache-2.0
"""The story that tools/demo tells, with real daemons and real files. Ten
claims; each is checked, and its line printed only when it is true."""
import argparse
import hashlib
import os
import pathlib
import pty
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))

from consortium import Consortium, Failed, PASSPHRASE, wait_until  # noqa: E402

MIB = 1 << 20
CLAIMS = 10
WIDTH = 80
ODD = [b"two words.txt", b"quo'te\" and \\.txt", b"new\nline.txt", b"tab\t.txt",
       b"--yes", b"latin-\xe9\xff.jpg", "Сведчанне.txt".encode(),
       "證據.pdf".encode(), b"100%25 sure.txt", b"semi;colon $(x).txt",
       b"\xe2\x80\xaegpj.exe", b"." * 3 + b"hidden"]


class Screen:
    """Claims on stdout, what is at work on stderr: on a terminal one line that
    is written over, elsewhere a line now and then."""

    def __init__(self):
        self.terminal = sys.stderr.isatty()
        self.started = self.said = time.monotonic()
        self.shown = False

    def working(self, text):
        now = time.monotonic()
        if self.terminal:
            if now - self.said > 0.1 or not self.shown:
                sys.stderr.write(f"\r   {text[:WIDTH - 4]}\x1b[K")
                sys.stderr.flush()
                self.said, self.shown = now, True
        elif now - self.said > 15:
            print(f"   ... {text}", file=sys.stderr, flush=True)
            self.said = now

    def clear(self):
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self.shown = False

    def claim(self, number, title, text):
        self.clear()
        lines = textwrap.wrap(text, 53)
        for at, line in enumerate(lines):
            head = f"{number:2} {title:<17}" if at == 0 else " " * 20
            end = "  ok" if at == len(lines) - 1 else ""
            print(f"{head} {line:<54}{end}".rstrip(), flush=True)


class Files:
    """What is deposited: files of this Debian system, generated large ones,
    and some with odd names. Knows the SHA-256 of each."""

    def __init__(self, folder, scale, screen):
        self.folder, self.screen, self.scale = folder, screen, scale
        self.rng = random.Random(2026)
        self.sums = {}  # path inside, as bytes
        self.bytes = 0

    def make(self):
        self.folder.mkdir()
        self._from_system(560, 420 * MIB // self.scale)
        self._odd()
        for number in range(4):
            size = (150 + 20 * number) * MIB // self.scale
            self._generated(b"video/interview-%02d.mp4" % (number + 1), size)
        for number in range(30):
            self._generated(b"photos/IMG_%04d.jpg" % (4711 + number),
                            self.rng.randint(MIB, 3 * MIB) // self.scale)
        return self

    def _add(self, name, pieces):
        path = os.path.join(os.fsencode(self.folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        digest = hashlib.sha256()
        with open(path, "wb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                self.bytes += len(piece)
        self.sums[name] = digest.hexdigest()
        self.screen.working(f"making files: {self.bytes // MIB} MiB")

    def _generated(self, name, size):
        pieces = [min(MIB, size - at) for at in range(0, size, MIB)]
        self._add(name, (self.rng.randbytes(piece) for piece in pieces))

    def _odd(self):
        for number, name in enumerate(ODD):
            text = b"statement %d, word for word: " % number
            self._add(b"odd names/" + name,
                      [(text + self.rng.randbytes(20).hex().encode() +
                        b"\n") * self.rng.randint(0, 400)])
        self._add(b"odd names/empty", [])

    def _from_system(self, count, limit):
        """A mixed sample of /usr."""
        found = []
        for where, _, names in os.walk(b"/usr"):
            for name in names:
                path = os.path.join(where, name)
                if not os.path.islink(path) and os.path.isfile(path):
                    found.append(path)
        found.sort()
        self.rng.shuffle(found)
        taken = 0
        for path in found:
            size = os.path.getsize(path)
            if size > 40 * MIB or self.bytes + size > limit:
                continue
            with open(path, "rb") as file:
                self._add(path[1:], iter(lambda: file.read(MIB), b""))
            taken += 1
            if taken == count:
                return

    def names_on_their_way(self):
        """Words that no node may know: every path, the generated names."""
        words = {name for name in self.sums if b"/" in name}
        words |= {os.path.basename(name) for name in self.sums
                  if not name.startswith(b"usr/")}
        return {word for word in words if len(word) >= 8 and b"\n" not in word}

    def content(self):
        """Pieces of content of the generated files that contain no LF."""
        for name in self.sums:
            if name.startswith(b"usr/"):
                continue
            path = os.path.join(os.fsencode(self.folder), name)
            with open(path, "rb") as file:
                data = file.read(65536)
            pieces = [piece[:24] for piece in data.split(b"\n")
                      if len(piece) >= 24 and b"\0" not in piece[:24]]
            yield from pieces[:3]

    def compare(self, restored):
        """Every file is there with its SHA-256, and no other is."""
        top = os.fsencode(self.folder.name) + b"/"
        left = dict(self.sums)
        restored = os.fsencode(restored)
        for where, _, names in os.walk(restored):
            for name in names:
                path = os.path.join(where, name)
                inside = os.path.relpath(path, restored)
                digest = hashlib.sha256()
                with open(path, "rb") as file:
                    for piece in iter(lambda: file.read(MIB), b""):
                        digest.update(piece)
                if not inside.startswith(top) or \
                        left.pop(inside[len(top):], None) != digest.hexdigest():
                    raise Failed("expected: every restored file has the "
                                 f"SHA-256 of its original\nseen: {inside!r}")
                self.screen.working(f"comparing SHA-256: {len(left)} to go")
        if left:
            raise Failed(f"expected: all files back\nseen: {len(left)} are "
                         f"missing, for example {min(left)!r}")


def expect(condition, expected, seen):
    if not condition:
        raise Failed(f"expected: {expected}\nseen: {seen}")


def gib(size):
    return f"{size / 2 ** 30:.1f} GiB"


def with_passphrase(words, out):
    """age asks for a passphrase on a terminal: give it one, and what it asked
    for. Gives its exit code; its stdout goes to the file `out`."""
    pid, terminal = pty.fork()
    if pid == 0:
        with open(out, "wb") as file:
            os.dup2(file.fileno(), 1)
        os.execvp(words[0], words)
    seen, sent = b"", False
    while True:
        try:
            data = os.read(terminal, 1024)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        seen += data
        if not sent and b"assphrase" in seen:
            os.write(terminal, PASSPHRASE.encode() + b"\n")
            sent = True
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, seen.decode(errors="replace")


class Story:
    """One method a claim, in order; each gives the text of its line."""

    def __init__(self, folder, build, screen, scale, keep):
        self.folder, self.screen = folder, screen
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir(mode=0o700)
        self.three = Consortium(
            folder / "consortium", build, ["dignity", "redress", "viasna"],
            label="archive", seals={
                "dignity": ["dignity"], "redress": ["redress"],
                "viasna": ["dignity", "viasna"]})
        self.three.outlive_us = keep
        for member in self.three.members:
            self.three[member].settings = {"log": {"level": "info"},
                                           "storage": {"min_free": "200 MB"}}
        self.viasna = self.three["viasna"]
        self.dignity = self.three["dignity"]
        self.redress = self.three["redress"]
        self.redress.listens = lambda: None  # behind a router: it only dials
        self.files = Files(folder / "evidence", scale, screen)
        self.receipt = self.old = None
        self.count = 0

    def wait_items(self, node, what, seconds=900):
        """Until the node holds everything, and say how far it is."""
        def look(status):
            self.screen.working(f"{what}: {status['held']} of {self.count}")
            return status["held"] >= self.count and \
                status["items"] >= self.count

        return node.wait(look, seconds, f"{what}: hold {self.count} items")

    def three_members(self):
        self.screen.working("keys, a roster, three nodes")
        self.three.set_up()
        # What a careful member does at set-up: the node key's second copy.
        shutil.copy2(self.viasna.key, self.elsewhere / "node.key")
        checked = self.three.run("roster", "check", self.three.roster,
                                 "--json").json()["data"]
        expect(len(checked["words"]) == 8, "eight words", checked)
        origins = {node.own_origin() for node in self.three.nodes.values()}
        expect(len(origins) == 3, "three ledgers, all open", origins)
        return ("dignity, viasna, redress; one roster, signed by all; three "
                "nodes run, their ledgers are open; redress can only dial out")

    def deposit(self):
        self.redress.stop()
        self.files.make()
        self.count = len(self.files.sums)
        self.screen.working(f"depositing {gib(self.files.bytes)}")
        result = self.viasna.deposit(
            self.files.folder, extra=["--case", "Case-Minsk-2026"],
            seconds=1800)
        summary = result.of_type("summary")[0]
        expect(summary["items"] == summary["registered"] == self.count,
               f"{self.count} files registered", summary)
        [self.receipt] = self.viasna.receipts()
        text = self.receipt.read_bytes()
        for word in (*self.files.names_on_their_way(), b"Case-Minsk-2026"):
            expect(word not in text, "receipts without names", word)
        self.old = self.viasna.own_origin()
        return (f"{gib(self.files.bytes)}, {self.count} files, some with odd "
                "names, at viasna, while redress is down; receipts without "
                "names")

    def catch_up(self):
        self.wait_items(self.dignity, "dignity copies")
        self.redress.start()
        status = self.redress.wait(
            lambda s: s["held"] > self.count // 10, 300, "begin to copy")
        self.redress.kill()
        held = status["held"]
        expect(held < self.count, "killed in the middle of copying",
               f"{held} of {self.count} were there")
        self.redress.start()
        # It looks through its disk first: blocks are there, not yet counted.
        self.redress.wait(lambda s: s["held"] >= held, 300,
                          f"find again what it held ({held})")
        self.wait_items(self.redress, "redress copies on")
        self.screen.working("others cosign; the receipts get their proof")
        wait_until(lambda: all(item["proven_time"] for item in self._receipts(
            self.viasna)), 300, "every receipt has a proven time")
        return (f"redress starts, kill -9 while copying (with {held} of "
                f"{self.count}), starts again, holds all {self.count}")

    def strangers_disk(self):
        words = self.folder / "words"
        words.write_bytes(b"\n".join(
            [*self.files.names_on_their_way(), *self.files.content(),
             b"Case-Minsk-2026"]) + b"\n")
        places = [path for node in self.three.nodes.values()
                  for path in (node.data, node.log)]
        self.screen.working("searching three disks for any name or content")
        found = subprocess.run(
            ["grep", "-rlaF", "-f", words, *places], capture_output=True,
            text=True, env={"LC_ALL": "C", "PATH": os.environ["PATH"]})
        expect(found.returncode == 1, "nothing found", found.stdout +
               found.stderr)
        search = subprocess.run(  # the search itself finds what is there
            ["grep", "-rlaF", "-f", words, self.files.folder / "odd names"],
            capture_output=True, env={"LC_ALL": "C",
                                      "PATH": os.environ["PATH"]})
        expect(search.returncode == 0, "the originals found", search)
        self.screen.working("trying redress's key")
        self.redress.restore("--all", self.folder / "nothing", key="redress",
                             ok=(9,), seconds=600)
        left = [path for path in (self.folder / "nothing").rglob("*")
                if path.is_file() and path.name != "MISSING.txt"] \
            if (self.folder / "nothing").exists() else []
        expect(not left, "redress's key opens nothing", left[:3])
        return ("no file's name or content on any node; redress's key opens "
                "nothing: viasna seals to viasna and dignity")

    def raid(self):
        self.viasna.kill()
        shutil.rmtree(self.viasna.data)
        for path in (self.viasna.key, self.three.identity("viasna"),
                     *self.three.keys.glob("viasna-*.key")):
            path.unlink()
        expect(not self.viasna.data.exists() and not self.viasna.key.exists(),
               "nothing of viasna left", self.viasna.folder)
        return "viasna: daemon killed, data directory and all keys gone"

    def restore(self):
        out = self.folder / "restored"
        self.screen.working("restoring everything at dignity")
        result = self.dignity.restore("--all", out, key="dignity",
                                      seconds=1800)
        summary = result.of_type("summary")[0]
        expect(summary["restored"] == self.count, f"{self.count} restored",
               summary)
        self.files.compare(out)
        shutil.rmtree(out)
        return (f"all {self.count} at dignity, with dignity's key; every "
                "SHA-256 is that of the original")

    def without_holdfast(self):
        small = b"odd names/two words.txt"
        cipher = self.folder / "cipher"
        item = next(i for i in self._items()
                    if i.get("name", "").endswith("two words.txt"))
        self.dignity.run("restore", item["id"], "--to", cipher, "--ciphertext",
                         "--key", self.three.identity("dignity"),
                         "--passphrase-file", self.three.passphrase,
                         "--config", self.dignity.config, "--yes", "--json")
        [path] = cipher.glob("*.age")
        out = self.folder / "opened"
        code, said = with_passphrase(
            ["age", "-d", "-i", str(self.three.identity("dignity")),
             str(path)], out)
        expect(code == 0, "age opens it", said)
        digest = hashlib.sha256(out.read_bytes()).hexdigest()
        expect(digest == self.files.sums[small], "the original's SHA-256",
               digest)
        return "Debian's age opens one exported item, with dignity's key"

    def _items(self):
        """Items with their names, opened with dignity's key."""
        data = self.dignity.list(
            "--key", self.three.identity("dignity"), "--passphrase-file",
            self.three.passphrase).json()["data"]
        return data["items"]

    def _receipts(self, node, *words):
        data = node.check_receipts(self.receipt, *words,
                                   ok=(0, 5, 75)).json()["data"]
        expect(data["genuine"] == self.count, f"{self.count} genuine", data)
        return data["items"]

    def receipts(self):
        items = self._receipts(self.dignity, "--offline")
        expect(all(item["proven_time"] and item["other_members"] >= 1
                   for item in items), "a proven time in each", items[0])
        return (f"{self.count} verify offline, with nothing but the roster: "
                "viasna's node signed them before it was raided, and others "
                "cosigned when that was")

    def comes_back(self):
        shutil.copy2(self.elsewhere / "node.key", self.viasna.key)
        self.viasna.init()
        self.viasna.start().wait_ready()
        self.wait_items(self.viasna, "viasna fills up")
        new = self.viasna.own_origin()
        with self.viasna.local() as local:
            leaf = local.leaves(new, 1)[0].decode()
        expect(new != self.old and f"earlier {self.old} " in leaf,
               "a new ledger that names the old one", leaf)
        return ("viasna: an empty node, made with the key's second copy, "
                "fills up by itself; its new ledger names the old one")

    def where_we_stand(self):
        for node in self.three.nodes.values():
            node.wait(lambda s: s["items"] == s["held"] == self.count, 120,
                      f"hold {self.count} items")
        for node in self.three.nodes.values():
            node.wait_copies(self.count, 3)
            node.run("status", "--config", node.config, "--json", ok=(0, 5))
            data = node.check_receipts(self.receipt, ok=(5,)).json()["data"]
            expect(data["genuine"] == self.count, "all genuine", data)
        # redress only dials: it is asked by those who can be dialled.
        self.screen.working("each node is asked for random pieces")
        wait_until(lambda: self.protected(self.dignity) == self.count, 420,
                   "dignity says that all is protected")
        return (f"dignity says \"protected\" of all {self.count} items: each "
                "member re-read them and gave 20 random pieces right")

    @staticmethod
    def protected(node):
        data = node.run("status", "--config", node.config, "--json",
                        ok=(0, 4, 5)).json()["data"]
        return data["items"].get("protected", 0)

    def tell(self):
        claims = [("Three members", self.three_members),
                  ("Deposit", self.deposit), ("Catch-up", self.catch_up),
                  ("Stranger's disk", self.strangers_disk),
                  ("Raid", self.raid), ("Restore", self.restore),
                  ("Without holdfast", self.without_holdfast),
                  ("Receipts", self.receipts),
                  ("It comes back", self.comes_back),
                  ("Where we stand", self.where_we_stand)]
        for number, (title, check) in enumerate(claims, 1):
            try:
                text = check()
            except Failed as failure:
                self.screen.clear()
                print(f"{number:2} {title:<17} FAILED\n{failure}", flush=True)
                return number - 1
            self.screen.claim(number, title, text)
        return len(claims)


def look_around(story):
    nodes = story.three.nodes.values()
    print(textwrap.dedent(f"""
        The three nodes go on running, in {story.folder}. Look around:
          {story.three.programs.holdfast} status --config {story.dignity.config}
          {story.three.programs.holdfast} list --config {story.dignity.config}
        Passphrase of the identities in {story.three.keys}: {PASSPHRASE}
        The end of it:
          kill {' '.join(str(node.pid) for node in nodes)}; """
                          f"rm -r {story.folder}"))


def main():
    parser = argparse.ArgumentParser(prog="tools/demo")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--at", default=os.environ.get("TMPDIR", "/var/tmp"))
    options = parser.parse_args()
    screen, scale = Screen(), 8 if options.quick else 1
    free = shutil.disk_usage(options.at).free
    if free < 7 * 10 ** 9 // scale:
        print(f"tools/demo: {7 // scale or 1} GB are needed in {options.at}, "
              f"{free // 10 ** 9} GB are free; another place: --at DIR",
              file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="holdfast-demo-",
                                           dir=options.at))
    story, done = None, 0
    try:
        story = Story(folder, os.environ["HF_BUILD"], screen, scale,
                      options.keep)
        if options.quick:
            print("--quick: an eighth of the usual 1.1 GiB")
        done = story.tell()
    except KeyboardInterrupt:
        screen.clear()
        print("interrupted", file=sys.stderr)
        return 130
    finally:
        screen.clear()
        kept = end(story, folder, options.keep, done)
    seconds = int(time.monotonic() - screen.started)
    print(f"{done} of {CLAIMS} claims checked, in {seconds // 60} min "
          f"{seconds % 60} s.", end="")
    if kept == "nodes":
        print()
        look_around(story)
    elif kept == "logs":
        print(f"   Logs: {ROOT / 'build/log/demo'}\n"
              "The same again, with everything left to look at: "
              "tools/demo --keep")
    else:
        print("   Look around: tools/demo --keep")
    return 0 if done == CLAIMS else 1


def end(story, folder, keep, done):
    """Stop and remove everything, or not; keep the logs of a failure."""
    if keep and story is not None and \
            all(node.process for node in story.three.nodes.values()):
        return "nodes"
    kept = None
    if story is not None:
        story.three.close()
        if done < CLAIMS:
            logs = ROOT / "build/log/demo"
            shutil.rmtree(logs, ignore_errors=True)
            for node in story.three.nodes.values():
                if node.log.exists():
                    logs.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(node.log, logs / f"{node.name}.log")
            kept = "logs"
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)
    return kept


if __name__ == "__main__":
    sys.exit(main())
