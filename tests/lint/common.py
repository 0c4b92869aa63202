# SPDX-License-Identifier: Apache-2.0
"""What the lint checks share: the source tree, findings, the self-test.

A check is a function check(tree, *arguments) that yields findings. Each
script first shows that it still finds something in a bad sample and nothing
in a good one; only then it looks at the real tree.
"""
import os
import re
import sys
import tempfile
from collections import namedtuple

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CODE_FOLDERS = ("lib", "daemon", "tools", "tests")
SKIP = 77

Finding = namedtuple("Finding", "path line text")


class Tree:
    """The files below one root; paths are relative to it."""

    def __init__(self, root=ROOT):
        self.root = root

    def files(self, *endings, folders=CODE_FOLDERS):
        for folder in folders:
            for at, dirs, names in os.walk(os.path.join(self.root, folder)):
                dirs[:] = sorted(d for d in dirs if d not in (
                    "__pycache__", "node_modules", "corpus"))
                for name in sorted(names):
                    if name.endswith(endings):
                        yield os.path.relpath(os.path.join(at, name),
                                              self.root)

    def lines(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8",
                  errors="replace") as file:
            return file.read().split("\n")

    def exists(self, path):
        return os.path.isfile(os.path.join(self.root, path))

    def includes(self, path):
        """(line number, name, is it in quotes) of each include."""
        for number, line in enumerate(self.lines(path), 1):
            found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if found:
                yield number, found.group(2), found.group(1) == '"'

    def resolve(self, path, name):
        """The path of what `path` includes as `name`, or None."""
        for base in (os.path.dirname(path), "lib", "", "daemon",
                     "tools/holdfast", "tests"):
            candidate = os.path.normpath(os.path.join(base, name))
            if self.exists(candidate):
                return candidate
        return None


def sample_tree(files):
    """A tree in a temporary folder, for self-tests."""
    folder = tempfile.TemporaryDirectory(prefix="hf-lint-")
    for path, text in files.items():
        full = os.path.join(folder.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
    tree = Tree(folder.name)
    tree.keep = folder
    return tree


def self_test(check, bad, good, *arguments):
    """Each of `bad` must give a finding, each of `good` none."""
    for title, files in bad.items():
        if not list(check(sample_tree(files), *arguments)):
            sys.exit("self-test: nothing found in the bad sample: " + title)
    for title, files in good.items():
        for finding in check(sample_tree(files), *arguments):
            sys.exit(f"self-test: found in the good sample {title}: "
                     f"{finding.path}:{finding.line}: {finding.text}")


def report(findings):
    """Print the findings and end the program."""
    count = 0
    for finding in findings:
        print(f"{finding.path}:{finding.line}: {finding.text}")
        count += 1
    if count:
        sys.exit(f"{count} found")
    sys.exit(0)
