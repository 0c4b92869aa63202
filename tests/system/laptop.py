# SPDX-License-Identifier: Apache-2.0
"""A machine without a node: a home of its own, a configuration with [client]
and nothing else, a depositor key. What it may ask of a node stands in that
node's file `clients`."""
import pathlib

from consortium import Programs
from local import RELOAD


class Laptop:
    """`node` is the one it hands over to by itself."""

    def __init__(self, consortium, folder, node, label="laptop-1"):
        self.consortium, self.label = consortium, label
        self.home = pathlib.Path(folder) / label
        self.programs = Programs(consortium.programs.build, self.home)
        self.key = self.home / "depositor.key"
        self.session = self.programs.run(
            "key", "new", "depositor", "--out", self.key,
            "--json").json()["data"]["public"]["session"]
        self.roster = self.home / "roster"
        self.roster.write_bytes(consortium.roster.read_bytes())
        self.config = self.home / ".config/holdfast/holdfast.conf"
        self.config.parent.mkdir(parents=True)
        self.configure(node)

    def configure(self, node):
        self.config.write_text(f"[client]\nnode = {node.name}\n"
                               f"key = {self.key}\nroster = {self.roster}\n")

    def line(self, right):
        """Its line in a node's file, as `key show` prints it."""
        shown = self.programs.run("key", "show", self.key).out
        found = [text.strip() for text in shown.splitlines()
                 if text.strip().startswith("LABEL deposit ")]
        assert len(found) == 1 and found[0].endswith(self.session)
        return found[0].replace("LABEL", self.label).replace("deposit", right)

    def run(self, *arguments, **options):
        return self.programs.run(*arguments, **options)

    def deposit_words(self, *paths, receipts=None, extra=()):
        return ("deposit", *paths, "--receipts",
                receipts or self.home / "receipts", "--yes", "--json", *extra)

    def deposit(self, *paths, extra=(), **options):
        return self.run(*self.deposit_words(*paths, extra=extra), **options)

    def restore(self, what, to, member, extra=(), **options):
        return self.run(
            "restore", *([what] if isinstance(what, str) else what), "--to",
            to, "--key", self.consortium.identity(member), "--passphrase-file",
            self.consortium.passphrase, "--yes", "--json", *extra, **options)

    def receipts(self):
        folder = self.home / "receipts"
        return sorted(folder.iterdir()) if folder.exists() else []


def admit(node, *lines):
    """Write the node's file `clients` and have it read; what reload says."""
    (node.folder / "clients").write_text("".join(f"{l}\n" for l in lines))
    if node.process is None:
        return ""
    with node.local() as local:
        fields, _ = local.ask(RELOAD)
    return fields[1][0].decode()
