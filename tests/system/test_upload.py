# SPDX-License-Identifier: Apache-2.0
"""An office shares its line: max_upload is obeyed."""
from consortium import free_port
from files import make_large, sums
from relay import Relay

LIMIT = 4_000_000


def test_max_upload(consortium, folder):
    """With max_upload = 4 MB/s, 24 MB leave viasna at between half and 1.15
    times that rate, deposits are as fast as ever, and all of it arrives."""
    one = consortium(["dignity", "viasna"], copies=2,
                     seals={"viasna": ["viasna"]})
    viasna, dignity = one["viasna"], one["dignity"]
    viasna.listen = free_port()
    viasna.settings["network"] = {"max_upload": "4 MB/s"}
    relay = Relay(viasna.port, viasna.listen, keep=False)
    try:
        one.set_up()
        for number in range(6):
            make_large(folder / f"src/f{number}", 4 << 20, seed=number)
        result = viasna.deposit(folder / "src")
        assert result.seconds < 15
        dignity.wait_items(6)
        size = sum(path.stat().st_size for path in (folder / "src").iterdir())
        assert relay.passed > size
        first = next(moment for moment in relay.moments
                     if moment[1] > relay.passed // 4)
        last = next(moment for moment in relay.moments
                    if moment[1] > relay.passed * 9 // 10)
        rate = (last[1] - first[1]) / (last[0] - first[0])
        assert 0.5 * LIMIT < rate < 1.15 * LIMIT, rate
    finally:
        relay.close()
