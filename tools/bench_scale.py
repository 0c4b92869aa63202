# SPDX-License-Identifier: Apache-2.0
"""What tools/bench --scale measures: nodes that hold many items. The records
are synthetic (tools/bench_store); the nodes, their store and what they say to
each other are real. Nothing here is beside another program, and only what does
not depend on the machine is compared with a goal."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))

from consortium import Consortium, wait_until  # noqa: E402

MIB = 1 << 20
LACKING = 1000
ITEM_BYTES = 65552 + 256  # a payload of one slice, and its header object


def say(text):
    print(f"  {text}", file=sys.stderr, flush=True)


class Scale:
    """Two members, one ledger with `items` items, held by both."""

    def __init__(self, folder, build, items, real=0):
        self.folder = folder
        self.items = items
        self.two = Consortium(folder, build, ["dignity", "viasna"], copies=2)
        self.two.set_up(start=False)
        owner = self.two["viasna"]
        for node in self.two.nodes.values():
            words = ["--data", node.data, "--node", node.name, "--owner",
                     owner.name, "--owner-key", owner.key, "--roster",
                     self.two.roster, "--items", items, "--real", real]
            if real and node is not owner:
                words.append("--lacking")
            subprocess.run([pathlib.Path(build) / "bench_store",
                            *map(str, words)], check=True)

    def start(self):
        """Start both; the longer of the two times until one answers."""
        longest = 0
        for node in self.two.nodes.values():
            begun = time.monotonic()
            node.start()
            longest = max(longest, time.monotonic() - begun)
        return longest

    def traffic(self):
        """Bytes of payload of all TCP connections of the two nodes, both ways,
        each counted once."""
        pids = {str(node.pid) for node in self.two.nodes.values()}
        text = subprocess.run(["ss", "-tinpHO"], capture_output=True,
                              text=True, check=True).stdout
        total = 0
        for line in text.splitlines():
            owner = re.search(r"pid=(\d+)", line)
            sent = re.search(r"bytes_sent:(\d+)", line)
            if owner and owner.group(1) in pids and sent:
                total += int(sent.group(1))
        return total

    def close(self):
        self.two.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def settled(scale):
    """Both hold all and have told each other so."""
    for node in scale.two.nodes.values():
        node.wait(lambda s: s["held"] >= scale.items, 600, "hold all")


def quiet(folder, build, items, seconds):
    """Start, memory, status and what the quiet state costs."""
    say(f"{items} items: making two stores")
    scale = Scale(folder / f"quiet-{items}", build, items)
    try:
        started = scale.start()
        settled(scale)
        node = scale.two["viasna"]
        asked = []
        with node.local() as local:
            for _ in range(20):
                begun = time.monotonic()
                local.status()
                asked.append(time.monotonic() - begun)
        say(f"{items} items: {seconds} s of quiet")
        time.sleep(min(90, seconds))  # first statements and cosignatures pass
        before, begun = scale.traffic(), time.monotonic()
        time.sleep(seconds)
        minutes = (time.monotonic() - begun) / 60
        moved = scale.traffic() - before
        return {"items": items, "start_s": round(started, 2),
                "status_ms": round(1000 * sorted(asked)[len(asked) // 2], 1),
                "memory_mib": round(max(
                    n.memory_peak() for n in scale.two.nodes.values()) / MIB),
                "quiet_bytes_per_peer_minute": round(moved / 2 / minutes)}
    finally:
        scale.close()


def comes_back(folder, build, items):
    """One peer lacks LACKING of `items` items."""
    say(f"{items} items, {LACKING} of them lacking at one of two nodes")
    scale = Scale(folder / "back", build, items, LACKING)
    try:
        scale.start()
        begun = time.monotonic()
        settled(scale)
        seconds = time.monotonic() - begun
        moved = scale.traffic()
        return {"items": items, "lacking": LACKING,
                "seconds": round(seconds, 1),
                "bytes_ratio": round(moved / (LACKING * ITEM_BYTES), 4)}
    finally:
        scale.close()


def run(folder, build, options):
    many = 100_000 if options.quick else 1_000_000
    seconds = 60 if options.quick else 300
    rows = [quiet(folder, build, count, seconds) for count in (1000, many)]
    back = comes_back(folder, build, many)
    return {"quiet": rows, "comes_back": back}


def table(found):
    print(f"\n{'items':>9} {'start':>7} {'status':>9} {'memory':>9} "
          f"{'quiet, a peer and minute':>26}")
    for row in found["quiet"]:
        print(f"{row['items']:>9} {row['start_s']:>5} s {row['status_ms']:>6} ms"
              f" {row['memory_mib']:>5} MiB "
              f"{row['quiet_bytes_per_peer_minute']:>18} bytes  (goal 2048)")
    back = found["comes_back"]
    print(f"\n{back['lacking']} of {back['items']} items lacking: "
          f"{back['bytes_ratio']} times their bytes moved, goal 1.05; "
          f"{back['seconds']} s")
