# SPDX-License-Identifier: Apache-2.0
"""The other members cosign, and receipts prove a time by that."""
import pathlib
import re
import subprocess
import sys

from consortium import wait_until
from files import make_some

READER = pathlib.Path(__file__).parent / "reader.py"


def proven(node, receipt):
    """Ask the node for proof; the items of the answer once all have it."""
    node.check_receipts(receipt, ok=(5, 75))
    result = node.run("receipt", receipt, "--config", node.config, "--offline",
                      "--json")
    items = result.json()["data"]["items"]
    return items if all(item["proven_time"] for item in items) else None


def test_a_receipt_gets_its_proven_time(three, folder):
    """What is deposited is cosigned by the others within seconds; the receipt
    is completed with what proves its time, in its file, and holds without a
    node, by the independent reader too, and after everybody was killed."""
    viasna = three["viasna"]
    viasna.deposit(make_some(folder / "src", 5))
    [receipt] = viasna.receipts()
    items = wait_until(lambda: proven(viasna, receipt), 90, "be cosigned")
    for item in items:
        assert item["other_members"] >= item["needed"] == 1
        assert item["proven_time"] >= item["claimed_time"]
    out = viasna.run("receipt", receipt, "--config", viasna.config,
                     "--offline").out
    assert re.search(r"proven time .*; [12] other members? cosigned, 1 needed",
                     " ".join(out.split())), out
    shown = viasna.run("show", items[0]["id"], "--config", viasna.config).out
    assert "1 needed" in shown
    read = subprocess.run([sys.executable, READER, "receipt", viasna.roster,
                           receipt], capture_output=True, text=True)
    assert read.returncode == 0, read.stdout + read.stderr
    assert "proven" in read.stdout

    for node in three.nodes.values():
        node.kill()
    for node in three.nodes.values():
        node.start()
    for node in three.nodes.values():
        node.wait_ready()
    redress = three["redress"]
    assert proven(redress, receipt)
    shown = redress.run("show", items[0]["id"], "--config", redress.config)
    assert "needed" in shown.out
