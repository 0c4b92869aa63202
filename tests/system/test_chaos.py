# SPDX-License-Identifier: Apache-2.0
"""Five nodes, one behind a router, one on a slow line, and everything that can
happen to them."""
import os
import random

from chaos import Chaos
from files import sums
from judge import Verdict, wait_rest

SECONDS = float(os.environ.get("HF_CHAOS_SECONDS", "180"))
SEED = int(os.environ.get("HF_CHAOS_SEED", random.randrange(1 << 30)))
MEMBERS = ["alpin", "dignity", "mole", "redress", "viasna"]
SLOW = 125000  # bytes a second


def test_everything_happens(cluster, slow_peers, fork, put_back, folder):
    """$HF_CHAOS_SECONDS (180) of trouble by $HF_CHAOS_SEED: afterwards all
    ledgers agree on all nodes, every receipt that was ever given is genuine and
    its record in everybody's hands, every item is on every node, and what was
    deposited comes back. (Other tests' slow peers and forks run beside it.)"""
    print(f"seed {SEED}, {SECONDS:.0f} s")
    rng = random.Random(SEED)
    five = cluster(MEMBERS, hidden=["viasna"], copies=5,
                   seals={m: MEMBERS for m in MEMBERS}).set_up()
    nodes = list(five.nodes.values())
    five["mole"].host.limit("1mbit")
    chaos = Chaos(five, rng)
    try:
        chaos.run(SECONDS)
        chaos.calm()
    finally:
        chaos.close()
    for node in nodes:
        node.wait_ready(120)
    bytes_all = sum(path.stat().st_size + 70000 for deposit in chaos.deposits
                    for path in deposit.source.iterdir())
    wait_rest(nodes, 60 + 3 * bytes_all / SLOW)
    paths = []
    for deposit in chaos.deposits:
        if deposit.receipts.exists():
            for path in deposit.receipts.iterdir():
                deposit.node.check_receipts(path, ok=(0, 5, 75))
                paths.append(path)
    verdict = Verdict(nodes)
    receipts = verdict.receipts(paths)
    items = verdict.all_held()
    verdict.wait_stated(90)
    print(f"{receipts} receipts, {items} items, "
          f"{len(verdict.views['alpin-1'])} ledgers, "
          f"{len(verdict.forked)} forked")
    assert receipts > SECONDS / 10
    wanted = {digest for deposit in chaos.deposits if deposit.code == 0
              for digest in sums(deposit.source).values()}
    node = rng.choice(nodes)
    node.restore("--all", folder / "out", key=node.member)
    assert wanted <= set(sums(folder / "out").values())
