# SPDX-License-Identifier: Apache-2.0
"""What the system tests share: $HF_BUILD (default build/release) gives the
programs, $HF_TMP (default /tmp) the place for the consortia. A test's
configurations and logs are kept in build/log/system/TEST when it fails;
everything else is removed, every process ended."""
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

import network  # noqa: E402
from cluster import Cluster  # noqa: E402
from consortium import Consortium, Programs  # noqa: E402
from put_back import PutBack  # noqa: E402
from slow_peers import SlowPeers  # noqa: E402
from two_faced import Fork  # noqa: E402

KEPT = ("log", "holdfast.conf", "relay.log")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    setattr(item, f"report_{report.when}", report)


def need(program, package):
    """The path of a program that some tests need: without it they are skipped,
    and with CI=true they fail."""
    path = shutil.which(program)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(f"no {program}: it comes with {package}")
    if path is None:
        pytest.skip(f"no {program}: it comes with {package}")
    return path


def _keep_logs(folder, name):
    kept = ROOT / "build/log/system" / name.replace("/", "_")
    for path in folder.rglob("*"):
        if path.name in KEPT and path.is_file():
            to = kept / path.relative_to(folder)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)
    print(f"logs kept in {kept}")


@pytest.fixture(scope="session")
def build():
    return pathlib.Path(os.environ.get("HF_BUILD", ROOT / "build/release"))


@pytest.fixture
def folder(request):
    """A short path of our own (a Unix socket's name has 107 bytes)."""
    path = pathlib.Path(tempfile.mkdtemp(
        prefix="hf-", dir=os.environ.get("HF_TMP", "/tmp")))
    yield path
    for when in ("report_setup", "report_call"):
        report = getattr(request.node, when, None)
        if report is not None and report.failed:
            _keep_logs(path, request.node.name)
            break
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def consortium(folder, build):
    """Make one or several: consortium(["viasna"], cosigners=0)."""
    made = []

    def make(members, **options):
        made.append(Consortium(folder / f"c{len(made)}", build, members,
                               **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def namespaces():
    """Skips where this machine lets us have no network of our own."""
    found = network.can_have_one()
    if found is not None and os.environ.get("CI") == "true":
        pytest.fail(f"no network of our own: {found}")
    if found is not None:
        pytest.skip(f"needs root and network namespaces: {found}")


@pytest.fixture
def cluster(folder, build, namespaces):
    """Make one: cluster(["viasna", "dignity"], hidden=["viasna"])."""
    made = []

    def make(members, **options):
        made.append(Cluster(folder / f"c{len(made)}", build, members,
                            **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def _beside(kind, name, build):
    """What takes minutes and no work is begun by the first test that asks for
    it, and then goes on beside others."""
    path = pathlib.Path(tempfile.mkdtemp(
        prefix="hf-", dir=os.environ.get("HF_TMP", "/tmp")))
    one = kind(path, build)
    try:
        one.set_up().begin()
        yield one
    finally:
        one.close()
        _keep_logs(path, name)
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def slow_peers(build):
    yield from _beside(SlowPeers, "slow_peers", build)


@pytest.fixture(scope="session")
def fork(build):
    yield from _beside(Fork, "fork", build)


@pytest.fixture(scope="session")
def put_back(build, namespaces):
    yield from _beside(PutBack, "put_back", build)


@pytest.fixture
def alone(consortium):
    """One member, one node, its ledger open."""
    return consortium(["viasna"]).set_up()["viasna"]


@pytest.fixture
def three(consortium):
    """Three members, all up; viasna seals to itself and dignity."""
    return consortium(
        ["dignity", "redress", "viasna"],
        seals={"viasna": ["dignity", "viasna"], "dignity": ["dignity"],
               "redress": ["redress"]}).set_up()


@pytest.fixture
def programs(folder, build):
    """The command line alone, in a home of its own."""
    return Programs(build, folder / "home")
