# SPDX-License-Identifier: Apache-2.0
"""Versions of a consortium's roster, one after the other."""
import hashlib
import signal

from consortium import Programs


def text_hash(path):
    """Hash of the newest roster in a file: of its text before the
    signatures."""
    text = path.read_text().split("holdfast roster 1\n")[-1]
    text = "holdfast roster 1\n" + text.split("\n\n")[0] + "\n"
    return hashlib.sha256(text.encode()).hexdigest()


class Versions:
    """The file of each version; the newest one is `file`."""

    def __init__(self, consortium):
        self.consortium = consortium
        self.version, self.file = 1, consortium.roster
        self.signers = list(consortium.members)

    def next(self, changes=None, signers=None):
        """Make the next version, of the members and nodes that the consortium
        has by now; `changes` may alter the list of its lines. Signed by the
        members of the version before."""
        self.version += 1
        self.file = self._make(self.version, self.file, changes,
                               signers or self.signers, f"v{self.version}")
        self.signers = list(self.consortium.members)
        return self.file

    def rival(self, changes, signers):
        """Another successor of the version before the newest, signed with
        copies of the keys, where nobody knows that there is one already."""
        one = self.consortium
        before = one.folder / f"v{self.version - 1}"
        known = one.programs, one.keys
        one.programs = Programs(known[0].build, one.folder / "elsewhere")
        one.keys = one.folder / "elsewhere/keys"
        one.keys.mkdir()
        try:
            for member in signers:
                name = one.governance(member).name
                one.governance(member).write_bytes(
                    (known[1] / name).read_bytes())
                one.governance(member).chmod(0o600)
            return self._make(self.version,
                              before if before.exists() else one.roster,
                              changes, signers, f"v{self.version}-rival")
        finally:
            one.programs, one.keys = known

    def _make(self, version, after, changes, signers, name):
        one = self.consortium
        text = one.roster_text(version, text_hash(after), changes)
        return one.sign_roster(text, one.folder / name, after=after,
                               signers=signers)

    def give(self, node, file=None):
        """Put a version in the place of a node's file, and let it look."""
        node.roster.write_bytes((file or self.file).read_bytes())
        if node.process is not None:
            node.process.send_signal(signal.SIGHUP)

    def wait(self, *nodes):
        """Until these nodes have the newest version in force."""
        for node in nodes:
            node.wait(lambda s: s["roster"] == self.version, 60,
                      f"have roster {self.version}")


def without(*starts):
    """A change: leave the lines out that begin so."""
    def change(lines):
        return [line for line in lines if not line.startswith(starts)]
    return change
