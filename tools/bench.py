# SPDX-License-Identifier: Apache-2.0
"""What tools/bench measures. Each figure is the time of one whole command, with
everything durable at its end: holdfast's own commands return when it is, behind
the others stands a sync of their file system. A round does each work once with
each program, on the same files and disk; rounds are interleaved."""
import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))

import bench_scale  # noqa: E402
from consortium import Consortium, Failed, free_port, wait_until  # noqa: E402

MIB = 1 << 20
# work, peer, ratio to be reached (speed of holdfast / speed of the peer)
GOALS = [("deposit A", "restic", 2.5), ("deposit A", "borg", None),
         ("deposit A", "cp", 0.85), ("deposit B", "restic", 1.3),
         ("deposit B", "borg", 2.0), ("deposit B", "cp", None),
         ("replicate A", "syncthing", 1.6), ("replicate A", "rsync", 2.4),
         ("restore A", "restic", 2.0), ("restore A", "borg", None)]


def say(text):
    print(f"  {text}", file=sys.stderr, flush=True)


def command(words, environment=None, **options):
    """Run a peer; what it says is shown when it fails."""
    result = subprocess.run(
        [str(word) for word in words], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})}, **options)
    if result.returncode != 0:
        raise Failed(f"{words[0]} gave {result.returncode}\n"
                     f"{result.stdout.decode(errors='replace')[-2000:]}")
    return result.stdout


def sync(folder):
    command(["sync", "-f", folder])


def padded(size):
    """How large a file becomes (proto/README.md, Items), without its header."""
    sealed = size + 16 * max(1, -(-size // 65536))
    if sealed <= 65552:
        return 65552
    exponent = sealed.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-sealed // step) * step


class Set:
    """A data set: incompressible files, the same in every run."""

    def __init__(self, folder, sizes):
        rng = random.Random(2026)
        self.folder, self.count, self.bytes = folder, 0, 0
        self.stored = 0  # bytes once sealed and padded
        for name, size in sizes:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "wb") as file:
                for at in range(0, size, MIB):
                    file.write(rng.randbytes(min(MIB, size - at)))
            self.count += 1
            self.bytes += size
            self.stored += padded(size)


def media(scale):
    """A: half in 4 files, half in files of 1 MiB; 1 GiB in all."""
    for number in range(4):
        yield f"video{number}.mp4", 128 * MIB // scale
    for number in range(512 // scale):
        yield f"photos/p{number:05}.jpg", MIB


def documents(scale):
    """B: 20,000 files of 4 to 40 KiB."""
    rng = random.Random(7)
    for number in range(20000 // scale):
        yield (f"d{number // 500:02}/doc{number:05}.pdf",
               rng.randint(4096, 40960))


class Trash:
    """Where a round's files go. Their space is given back at once, the files
    themselves at the end: ext4 makes new files slowly for some minutes after
    many were deleted, and whoever comes next would pay for it."""

    def __init__(self, folder):
        self.folder, self.count = folder, 0
        folder.mkdir()

    def take(self, path):
        for inside in path.rglob("*"):
            if inside.is_file() and not inside.is_symlink():
                inside.chmod(0o600)
                os.truncate(inside, 0)
        path.rename(self.folder / str(self.count))
        self.count += 1


class Figures:
    """Seconds by (work, program), a value for each round; and other counts."""

    def __init__(self, trash):
        self.seconds, self.other, self.discard = {}, {}, trash.take

    def measure(self, work, program, action, folder=None):
        """Time an action and, for a peer, the sync behind it."""
        os.sync()
        start = time.monotonic()
        given = action()
        if folder is not None:
            sync(folder)
        seconds = time.monotonic() - start
        self.seconds.setdefault((work, program), []).append(seconds)
        say(f"{work:<12} {program:<10} {seconds:7.2f} s")
        return given

    def note(self, name, value):
        self.other.setdefault(name, []).append(value)


# ---- holdfast ----------------------------------------------------------------


class Holdfast:
    def __init__(self, folder, build, members):
        self.three = Consortium(folder, build, members, seals={
            members[0]: [members[0]]}, copies=len(members))
        for member in members:
            self.three[member].settings = {"log": {"level": "warning"},
                                           "storage": {"min_free": "1 GB"}}

    def up(self):
        self.three.set_up()
        return [self.three[member] for member in self.three.members]


def deposit(figures, work, data, folder, build):
    """A fresh node of one member."""
    holdfast = Holdfast(folder, build, ["viasna"])
    with holdfast.three:
        [node] = holdfast.up()
        written = node.bytes_written()
        figures.measure(work, "holdfast", lambda: node.deposit(
            data.folder, seconds=1800))
        figures.note(f"{work}: node's bytes written per byte stored",
                     (node.bytes_written() - written) / data.stored)
        figures.note(f"{work}: node's peak memory, MiB",
                     node.memory_peak() / MIB)
        if work == "deposit A":
            out = folder / "restored"
            figures.measure("restore A", "holdfast", lambda: node.restore(
                "--all", out, seconds=1800))
            same_bytes(data, out)
    figures.discard(folder)


def same_bytes(data, out):
    """All of it came back (the files' bytes are checked by restore itself)."""
    found = sum(path.stat().st_size for path in out.rglob("*")
                if path.is_file())
    if found != data.bytes:
        raise Failed(f"expected {data.bytes} bytes restored, found {found}")


def replicate(figures, data, folder, build):
    """From the node that has A to one that starts empty: from its start until
    it holds every item durably."""
    holdfast = Holdfast(folder, build, ["dignity", "viasna"])
    holdfast.three.seals = {"viasna": ["viasna"]}
    with holdfast.three:
        dignity, viasna = holdfast.up()
        dignity.stop()
        viasna.deposit(data.folder, seconds=1800)

        def copy():
            dignity.start()
            dignity.wait_items(data.count, 900)

        figures.measure("replicate A", "holdfast", copy)
        figures.note("replicate A: receiver's bytes written per byte stored",
                     dignity.bytes_written() / data.stored)
        figures.note("replicate A: receiver's peak memory, MiB",
                     dignity.memory_peak() / MIB)
        figures.note("replicate A: sender's peak memory, MiB",
                     viasna.memory_peak() / MIB)
    figures.discard(folder)


# ---- Peers -------------------------------------------------------------------


def copy(figures, work, data, folder):
    figures.measure(work, "cp", lambda: command(
        ["cp", "-r", data.folder, folder]), folder.parent)
    figures.discard(folder)


def restic(figures, work, data, folder):
    environment = {"RESTIC_PASSWORD": "x", "RESTIC_REPOSITORY": str(folder),
                   "RESTIC_CACHE_DIR": f"{folder}.cache"}
    command(["restic", "init"], environment)
    figures.measure(work, "restic", lambda: command(
        ["restic", "-q", "backup", data.folder], environment), folder)
    if work == "deposit A":
        out = folder.parent / "restic-out"
        figures.measure("restore A", "restic", lambda: command(
            ["restic", "-q", "restore", "latest", "--target", out],
            environment), folder)
        figures.discard(out)
    figures.discard(folder)
    figures.discard(pathlib.Path(f"{folder}.cache"))


def borg(figures, work, data, folder):
    environment = {"BORG_PASSPHRASE": "x", "BORG_REPO": str(folder),
                   "BORG_BASE_DIR": f"{folder}.base"}
    os.makedirs(f"{folder}.base")
    command(["borg", "init", "-e", "repokey-blake2"], environment)
    figures.measure(work, "borg", lambda: command(
        ["borg", "create", "-C", "none", "::a", data.folder], environment),
        folder)
    if work == "deposit A":
        out = folder.parent / "borg-out"
        out.mkdir()
        figures.measure("restore A", "borg", lambda: command(
            ["borg", "extract", "::a"], environment, cwd=out), out)
        figures.discard(out)
    figures.discard(folder)
    figures.discard(pathlib.Path(f"{folder}.base"))


def rsync(figures, data, folder):
    """Over ssh, to an sshd of our own on loopback with keys of our own."""
    folder.mkdir()
    for name in ("host", "user"):
        command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                 folder / name])
    shutil.copy(folder / "user.pub", folder / "authorized")
    port, separation = free_port(), pathlib.Path("/run/sshd")
    made = os.getuid() == 0 and not separation.exists()
    if made:
        separation.mkdir(mode=0o755)
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n"
        f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\n"
        "PidFile none\nUsePAM no\nPermitRootLogin yes\n")
    server = subprocess.Popen(
        ["/usr/sbin/sshd", "-D", "-e", "-f", folder / "config"],
        stderr=subprocess.DEVNULL)
    shell = (f"ssh -p {port} -i {folder}/user -o StrictHostKeyChecking=no "
             "-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "
             "-o BatchMode=yes")
    try:
        wait_until(lambda: subprocess.run(
            [*shell.split(), "127.0.0.1", "true"],
            capture_output=True).returncode == 0, 30, "sshd answers")
        out = folder / "out"
        figures.measure("replicate A", "rsync", lambda: command(
            ["rsync", "-a", "-e", shell, f"{data.folder}/",
             f"127.0.0.1:{out}/"]), folder)
    finally:
        server.terminate()
        server.wait()
        if made:
            separation.rmdir()
    figures.discard(folder)


class Syncthing:
    """One syncthing, spoken to by its own interface."""

    def __init__(self, home):
        self.home, self.port, self.door = home, free_port(), free_port()
        home.mkdir(parents=True)
        command(["syncthing", "generate", f"--home={home}",
                 "--no-default-folder", "--skip-port-probing"])
        path = home / "config.xml"
        text = path.read_text()
        for tag, value in (
                ("listenAddress", f"tcp://127.0.0.1:{self.port}"),
                ("globalAnnounceEnabled", "false"),
                ("localAnnounceEnabled", "false"), ("relaysEnabled", "false"),
                ("natEnabled", "false"), ("crashReportingEnabled", "false"),
                ("startBrowser", "false"), ("urAccepted", "-1"),
                ("autoUpgradeIntervalH", "0")):
            text = re.sub(f"<{tag}>.*?</{tag}>", f"<{tag}>{value}</{tag}>",
                          text)
        text = re.sub(r"<address>127.0.0.1:\d+</address>",
                      f"<address>127.0.0.1:{self.door}</address>", text)
        path.write_text(text)
        self.key = re.search("<apikey>(.*)</apikey>", text).group(1)
        self.id = command(["syncthing", f"--home={home}",
                           "--device-id"]).decode().split()[-1]
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "syncthing", "serve",
             f"--home={home}", "--no-browser", "--no-restart",
             "--no-upgrade"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait_until(self._answers, 60, "syncthing answers")

    def _answers(self):
        try:
            return self.ask("GET", "/rest/system/ping")
        except OSError:
            return None

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.door}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-API-Key": self.key,
                     "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else {}

    def knows(self, other):
        self.ask("POST", "/rest/config/devices", {
            "deviceID": other.id, "addresses": [f"tcp://127.0.0.1:{other.port}"]
        })

    def shares(self, folder, other, kind):
        self.ask("POST", "/rest/config/folders", {
            "id": "x", "path": str(folder), "type": kind,
            "fsWatcherEnabled": False, "devices": [{"deviceID": other.id}]})

    def state(self):
        try:
            return self.ask("GET", "/rest/db/status?folder=x")
        except OSError:
            return {}

    def stop(self):
        self.process.terminate()
        self.process.wait()


def syncthing(figures, data, folder):
    """The sender has scanned its folder before; from the receiver's folder
    being shared until every byte is there."""
    one, two = Syncthing(folder / "one"), Syncthing(folder / "two")
    try:
        one.knows(two)
        two.knows(one)
        one.shares(data.folder, two, "sendonly")
        wait_until(lambda: one.state().get("localFiles") == data.count and
                   one.state().get("state") == "idle", 300, "folder scanned")
        out = folder / "out"
        out.mkdir()

        def receive():
            two.shares(out, one, "receiveonly")
            wait_until(lambda: two.state().get("inSyncFiles") == data.count and
                       two.state().get("needFiles") == 0, 900,
                       "everything received")

        figures.measure("replicate A", "syncthing", receive, out)
        same_bytes(data, pathlib.Path(out))
    finally:
        one.stop()
        two.stop()
        shutil.rmtree(data.folder / ".stfolder", ignore_errors=True)
    figures.discard(folder)


# ---- All of it ---------------------------------------------------------------


def one_round(figures, a, b, folder, build):
    copy(figures, "deposit A", a, folder / "cp")
    deposit(figures, "deposit A", a, folder / "hf", build)
    restic(figures, "deposit A", a, folder / "restic")
    borg(figures, "deposit A", a, folder / "borg")
    copy(figures, "deposit B", b, folder / "cp")
    deposit(figures, "deposit B", b, folder / "hf", build)
    restic(figures, "deposit B", b, folder / "restic")
    borg(figures, "deposit B", b, folder / "borg")
    syncthing(figures, a, folder / "syncthing")
    replicate(figures, a, folder / "hf", build)
    rsync(figures, a, folder / "rsync")


def summarise(figures, sets):
    """Rows of the table, and the same for --json."""
    rows = []
    for work, peer, goal in GOALS:
        ours, theirs = (figures.seconds[work, name]
                        for name in ("holdfast", peer))
        size = sets[work[-1]].bytes / MIB
        rates = [[size / value for value in values]
                 for values in (ours, theirs)]
        ratios = [t / o for o, t in zip(ours, theirs)]
        rows.append({
            "work": work, "peer": peer, "goal": goal,
            "holdfast_mib_s": [round(rate, 1) for rate in rates[0]],
            "peer_mib_s": [round(rate, 1) for rate in rates[1]],
            "ratio": round(statistics.median(theirs) /
                           statistics.median(ours), 2),
            "ratio_min": round(min(ratios), 2),
            "ratio_max": round(max(ratios), 2)})
    return rows


def spread(values):
    return (f"{statistics.median(values):6.0f} "
            f"[{min(values):.0f}..{max(values):.0f}]")


def table(rows, figures, sets, options):
    print(f"\nMedians of {options.rounds} round"
          f"{'s' if options.rounds > 1 else ''}, [lowest..highest]. A: "
          f"{sets['A'].count} files, {sets['A'].bytes // MIB} MiB; B: "
          f"{sets['B'].count} files, {sets['B'].bytes // MIB} MiB.")
    if options.quick:
        print("--quick: few files, one round: no figures to judge by.")
    print(f"\n{'work':<12} {'holdfast MiB/s':<18} {'peer MiB/s':<28} "
          f"{'ratio':<18}goal")
    for row in rows:
        ratio = (f"{row['ratio']:.2f} [{row['ratio_min']:.2f}.."
                 f"{row['ratio_max']:.2f}]")
        goal = f"{row['goal']:.2f}" if row["goal"] else "-"
        met = "" if not row["goal"] else \
            "  reached" if row["ratio"] >= row["goal"] else "  missed"
        print(f"{row['work']:<12} {spread(row['holdfast_mib_s']):<18} "
              f"{row['peer']:<10}{spread(row['peer_mib_s']):<18} "
              f"{ratio:<18}{goal}{met}")
    print()
    for name, values in figures.other.items():
        print(f"{name:<54} {statistics.median(values):8.2f} "
              f"[{min(values):.2f}..{max(values):.2f}]")


def main():
    parser = argparse.ArgumentParser(prog="tools/bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at", default=os.environ.get("TMPDIR", "/var/tmp"))
    options = parser.parse_args()
    scale = 4 if options.quick else 1
    if options.quick:
        options.rounds = 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="holdfast-bench-",
                                           dir=options.at))
    build = os.environ["HF_BUILD"]
    try:
        if options.scale:
            found = bench_scale.run(folder, build, options)
            if options.json:
                print(json.dumps({"schema": "holdfast.bench-scale/1",
                                  "quick": options.quick, **found}, indent=1))
            else:
                bench_scale.table(found)
            return 0
        figures = Figures(Trash(folder / "trash"))
        say(f"making files in {folder}")
        sets = {"A": Set(folder / "A", media(scale)),
                "B": Set(folder / "B", documents(scale))}
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}")
            one_round(figures, sets["A"], sets["B"], folder, build)
        rows = summarise(figures, sets)
    except Failed as failure:
        print(f"tools/bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        print(json.dumps({
            "schema": "holdfast.bench/1", "quick": options.quick,
            "rounds": options.rounds, "rows": rows,
            "other": figures.other}, indent=1))
    else:
        table(rows, figures, sets, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
