# SPDX-License-Identifier: Apache-2.0
"""A member's quota: what is beyond it waits, is shown, and comes in the end."""
import pathlib
import signal

import pytest
from files import make_some
from rosters import Versions

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"),
                None)
WIDE = 1 << 40


def quota(member, size, records):
    """A change of a roster: this member may add so much a day."""
    def change(lines):
        at = max(n for n, line in enumerate(lines)
                 if line.startswith(f"recipient {member} "))
        return (lines[:at + 1] + [f"quota {member} {size} {records}"] +
                lines[at + 1:])
    return change


def problems(node):
    """Code and subject of each alarm, by the command line."""
    data = node.run("status", "--config", node.config, "--json",
                    ok=(0, 4, 5)).json()["data"]
    return [(p["code"], p["subject"]) for p in data["problems"]]


def test_deposits_wait(consortium, folder):
    """Deposits over the quota are kept and told as pending (the command says
    that the node registers them by itself), also over a kill -9; status shows
    OVER-QUOTA; without the quota they are registered, and the receipt is
    completed."""
    one = consortium(["viasna"]).set_up(start=False)
    viasna, versions = one["viasna"], Versions(one)
    versions.next(quota("viasna", WIDE, 3))
    versions.give(viasna)
    viasna.start().wait_ready()
    result = viasna.deposit(make_some(folder / "src", 7))
    summary = result.of_type("summary")[0]
    assert (summary["registered"], summary["pending"]) == (3, 4)
    assert ("OVER-QUOTA", "member=viasna") in problems(viasna)
    result = viasna.run("explain", "OVER-QUOTA")
    assert "quota" in result.out
    viasna.kill()
    viasna.start().wait_ready()
    viasna.wait(lambda s: s["pending"] == 4, 30, "know what waits")
    viasna.wait_log("OVER-QUOTA")
    assert viasna.status()["items"] == 3
    versions.next()
    versions.give(viasna)
    viasna.wait(lambda s: s["pending"] == 0 and s["items"] == 7, 60,
                "register the rest")
    assert ("OVER-QUOTA", "member=viasna") not in problems(viasna)
    [receipt] = viasna.receipts()
    viasna.check_receipts(receipt, ok=(0, 5, 75))
    assert b"pending\n" not in receipt.read_bytes()


@pytest.mark.skipif(FAKETIME is None, reason="no faketime (tools/setup test)")
def test_a_flood_waits(consortium, folder):
    """Of what another member adds beyond its quota neither records nor blocks
    come; restarts make no room, the next day does."""
    one = consortium(["dignity", "viasna"]).set_up()
    dignity, viasna, versions = one["dignity"], one["viasna"], Versions(one)
    viasna.wait_ready()
    viasna.wait_vouched()
    dignity.process.send_signal(signal.SIGSTOP)
    result = viasna.deposit(make_some(folder / "src", 7))
    assert result.of_type("summary")[0]["registered"] == 7
    origin = viasna.own_origin()
    dignity.kill()
    viasna.stop()
    versions.next(quota("viasna", WIDE, 3))
    for node in (dignity, viasna):
        versions.give(node)
        node.start()
    for _ in range(2):
        dignity.wait_items(3)
        dignity.wait_log("OVER-QUOTA")
        status = dignity.status()
        assert (status["items"], status["held"]) == (3, 3)
        assert status["ledgers"][origin]["size"] == 4
        dignity.kill()
        dignity.start()
    dignity.stop()
    dignity.wrapper = ["env", f"LD_PRELOAD={FAKETIME}", "FAKETIME=+25h",
                       "FAKETIME_DONT_FAKE_MONOTONIC=1"]
    dignity.start()
    dignity.wait_items(6)
    dignity.wait_log("OVER-QUOTA")
    status = dignity.status()
    assert (status["items"], status["held"]) == (6, 6)
    assert ("OVER-QUOTA", "member=viasna") in problems(dignity)
