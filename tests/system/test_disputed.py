# SPDX-License-Identifier: Apache-2.0
"""Records behind the end that a roster gives to a ledger."""
import hashlib

from files import make_some
from rosters import Versions


def test_records_behind_the_end_are_disputed(three, folder):
    """They are held and listed like all others, and shown as disputed; those
    before the end, and other ledgers', are not."""
    viasna, redress = three["viasna"], three["redress"]
    redress.deposit(make_some(folder / "theirs", 3, seed=4))
    viasna.deposit(make_some(folder / "ours", 2, seed=5))
    viasna.wait_items(5)
    origin = redress.own_origin()
    with viasna.local() as local:
        leaf = local.leaves(origin, 1)[0]
    root = hashlib.sha256(b"\0" + leaf).hexdigest()
    data = viasna.list().json()["data"]
    assert not any(item["disputed"] for item in data["items"])
    versions = Versions(three)
    versions.give(viasna, versions.next(
        lambda text: text + [f"closed {origin} 1 {root}"]))
    versions.wait(viasna, three["dignity"])
    items = viasna.list().json()["data"]["items"]
    assert len(items) == 5
    for item in items:
        assert item["disputed"] == (item["ledger"] == origin)
        shown = viasna.run("show", item["id"], "--config", viasna.config).out
        assert ("disputed" in shown) == item["disputed"]
    listed = viasna.run("list", "--config", viasna.config).out
    assert listed.count("disputed") == 3
