# SPDX-License-Identifier: Apache-2.0
"""Files to deposit, and how a folder is compared with another."""
import hashlib
import os
import pathlib
import random

ODD_NAMES = [b"plain.txt", b"two words.txt", b"quo'te\".txt", b"new\nline.txt",
             b"tab\there", b"per%cent%0A.txt", b"-", b"--yes", b"-rf",
             b"latin-\xe9\xff\xfe.txt", b"\xe2\x80\xaeexe.txt",
             "Сведчанне.txt".encode(), "證據.txt".encode(), b"back\\slash",
             b"semi;colon$(x)`y`", b" leading", b"trailing ", b"dots...",
             b"n" * 255]


def make_odd(folder, seed=1, sizes=(0, 1, 100, 65536, 65537, 200000)):
    """Files with odd names, also in a folder with one."""
    rng = random.Random(seed)
    for where in (os.fsencode(folder), os.fsencode(folder) + b"/d\xe9p t\n"):
        os.makedirs(where, exist_ok=True)
        for number, name in enumerate(ODD_NAMES):
            write(where + b"/" + name, rng.randbytes(
                sizes[number % len(sizes)]))
    return pathlib.Path(folder)


def make_some(folder, count, low=100, high=50000, seed=1):
    """Files of random bytes and sizes."""
    rng = random.Random(seed)
    os.makedirs(folder, exist_ok=True)
    for number in range(count):
        write(os.path.join(folder, f"f{number:05d}"),
              rng.randbytes(rng.randint(low, high)))
    return pathlib.Path(folder)


def make_large(path, size, seed=1):
    """One file of random bytes."""
    rng = random.Random(seed)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        while size > 0:
            piece = min(size, 1 << 20)
            file.write(rng.randbytes(piece))
            size -= piece
    return pathlib.Path(path)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def sums(folder):
    """{path inside, as bytes: SHA-256} of every file."""
    folder, found = os.fsencode(folder), {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if os.path.islink(path) or not os.path.isfile(path):
                continue
            digest = hashlib.sha256()
            with open(path, "rb") as file:
                for piece in iter(lambda: file.read(1 << 20), b""):
                    digest.update(piece)
            found[os.path.relpath(path, folder)] = digest.hexdigest()
    return found


def same_content(folder, restored):
    """Every file of folder came back under its deposited path (folder's own
    name, then the path inside), and nothing else did."""
    top = os.fsencode(pathlib.Path(folder).name)
    wanted = {os.path.join(top, name): digest
              for name, digest in sums(folder).items()}
    found = sums(restored)
    assert set(found) == set(wanted), sorted(
        set(found) ^ set(wanted))[:10]
    assert found == wanted
