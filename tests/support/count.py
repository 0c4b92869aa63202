# SPDX-License-Identifier: Apache-2.0
"""Adds up what ctest and pytest reported, for tests/run.

A test program of Criterion counts as many tests as it ran; everything else
that ctest ran counts one. What failed is shown, why something was skipped is
listed, and the last line is "N passed, N failed[, N skipped]".
"""
import argparse
import glob
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

SYNTHESIS = re.compile(r"Synthesis: Tested: (\d+) \| Passing: (\d+) \| "
                       r"Failing: (\d+) \| Crashing: (\d+)")
OUTPUT_LINES_SHOWN = 60
# How a test says that a package is missing: it names the cure.
MISSING_PACKAGE = "tools/setup"


class Count:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skips = []
        self.failures = []

    def add_failure(self, name, output, count=1):
        self.failed += count
        self.failures.append((name, output))

    def add_skip(self, name, reason):
        if os.environ.get("CI") == "true" and MISSING_PACKAGE in reason:
            self.add_failure(name, "skipped, which CI does not allow: "
                             + reason)
        else:
            self.skips.append((name, reason))


def add_program(count, name, failed, output):
    """One program that ctest ran."""
    found = SYNTHESIS.search(output)
    if not found:
        if failed:
            count.add_failure(name, output)
        else:
            count.passed += 1
        return
    passing, failing = int(found.group(2)), int(found.group(3))
    count.passed += passing
    if failing or failed:
        # A leak after the last test is a failure too.
        count.add_failure(name, output, max(failing, 1))
    for test, reason in re.findall(r"^\[SKIP\] (\S+): (.*)$", output, re.M):
        count.add_skip(f"{name} {test}", reason)


def add_case(count, stage, case):
    name = case.get("name")
    if case.get("classname") != name:
        name = f"{case.get('classname')}::{name}"
    name = f"{stage}: {name}"
    output = case.findtext("system-out") or ""
    skipped = case.find("skipped")
    failed = case.find("failure")
    if failed is None:
        failed = case.find("error")
    if skipped is not None:
        last = output.strip().split("\n")[-1]
        count.add_skip(name, last or skipped.get("message", ""))
    elif case.get("status") is None and failed is not None:
        count.add_failure(name, failed.text or failed.get("message", ""))
    else:
        add_program(count, name, failed is not None, output)


def parse(path):
    """The test cases of one file; tests may print bytes that XML forbids."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = re.sub(r"[^\t\n\r\x20-\uFFFD]", "?", file.read())
    return ElementTree.fromstring(text.encode()).iter("testcase")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--broken", type=int, default=0,
                           help="stages that failed before they could count")
    arguments.add_argument("folder")
    options = arguments.parse_args()

    count = Count()
    count.failed = options.broken
    for path in sorted(glob.glob(os.path.join(options.folder, "*.xml"))):
        stage = os.path.splitext(os.path.basename(path))[0]
        for case in parse(path):
            add_case(count, stage, case)

    for name, output in count.failures:
        lines = output.rstrip().split("\n")
        print(f"\n---- FAILED {name}")
        if len(lines) > OUTPUT_LINES_SHOWN:
            print(f"... {len(lines) - OUTPUT_LINES_SHOWN} lines more")
        print("\n".join(lines[-OUTPUT_LINES_SHOWN:]))
    if count.skips:
        print("\nSkipped:")
        for name, reason in count.skips:
            print(f"  {name}: {reason}")
    if not count.passed and not count.failed:
        print("\nNothing ran.")
    print()
    line = f"{count.passed} passed, {count.failed} failed"
    if count.skips:
        line += f", {len(count.skips)} skipped"
    print(line)
    sys.exit(0 if count.passed and not count.failed else 1)


main()
