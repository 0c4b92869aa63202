# SPDX-License-Identifier: Apache-2.0
"""The Debian package: built by CPack, looked at by lintian, installed, run,
upgraded, removed and purged by dpkg in a small Debian of its own, made of this
machine's packages (support/debian_root.py). With $HF_DEBIAN_ROOT a copy of that
tree is taken instead, for example one that debootstrap made and in which apt
installed what the package depends on."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
from consortium import Consortium, Failed, wait_until
from debian_root import DebianRoot, depends_of
from files import make_some, same_content
from local import Local, PHASE_READY, Refused

UNIT = "holdfastd.service"
WANTS = f"/etc/systemd/system/multi-user.target.wants/{UNIT}"
CONFIG = "/etc/holdfast/holdfast.conf"
KEY = "/etc/holdfast/credentials/node.key"
CREDENTIALS = "/run/credentials/holdfastd.service"
# What a manager that is there would be asked.
SYSTEMCTL = """#!/bin/sh
echo "$@" >>/systemctl.asked
"""


def run(*words, **options):
    done = subprocess.run(words, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def work():
    path = pathlib.Path(tempfile.mkdtemp(
        prefix="hf-", dir=os.environ.get("HF_TMP", "/tmp")))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def package(work):
    """The .deb of this build."""
    for program in ("dpkg-shlibdeps", "lintian", "file"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program} (tools/setup test)")
    build = pathlib.Path(os.environ.get(
        "HF_BUILD", pathlib.Path(__file__).resolve().parents[2] /
        "build/release")).resolve()
    run("cpack", "-G", "DEB", "--config", build / "CPackConfig.cmake", "-B",
        work / "cpack", cwd=work)
    [path] = (work / "cpack").glob("*.deb")
    return path


@pytest.fixture(scope="module")
def newer(package, work):
    """The next version: another number, and a file that changed."""
    folder = work / "newer"
    run("dpkg-deb", "-R", package, folder)
    control = folder / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: (.*)$", r"Version: \1+1",
                              control.read_text()))
    with open(folder / "usr/share/doc/holdfast/README.md", "a") as file:
        file.write("\nNewer.\n")
    path = work / "newer.deb"
    run("dpkg-deb", "-Zgzip", "-b", folder, path)
    return path


@pytest.fixture(scope="module")
def root(package, newer, work):
    """The small Debian, the two packages in it, and a manager's ear."""
    if os.geteuid() != 0 or subprocess.run(
            ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"],
            capture_output=True).returncode != 0:
        pytest.skip("needs root and the right to mount")
    root = DebianRoot(work / "root")
    if "HF_DEBIAN_ROOT" in os.environ:
        run("cp", "-a", os.environ["HF_DEBIAN_ROOT"], root.path)
    else:
        root.make(depends_of(package))
    shutil.copy(package, root.inside("one.deb"))
    shutil.copy(newer, root.inside("two.deb"))
    root.inside("run/systemd/system").mkdir(parents=True)
    root.inside("usr/local/bin").mkdir(parents=True, exist_ok=True)
    systemctl = root.inside("usr/local/bin/systemctl")
    systemctl.write_text(SYSTEMCTL)
    systemctl.chmod(0o755)
    return root


@pytest.fixture
def debian(root):
    """The tree without our package."""
    yield root
    root.run("dpkg", "-P", "holdfast")
    for path in ("etc/holdfast", "var/lib/holdfast", CREDENTIALS, "root"):
        shutil.rmtree(root.inside(path), ignore_errors=True)
    root.inside("root").mkdir(mode=0o700)


def asked(debian):
    """What systemctl was asked since the last time."""
    path = debian.inside("systemctl.asked")
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


def rights(debian, path):
    found = debian.inside(path).lstat()
    return debian.run("stat", "-c", "%U:%G", path).stdout.strip(), \
        oct(found.st_mode & 0o7777)


def leftovers(debian, *kept):
    """Whatever has our name, outside of what is kept."""
    found = debian.run("find", "/etc", "/usr", "/var", "/run", "-xdev",
                       "-name", "*holdfast*").stdout.split()
    kept = ("/var/lib/dpkg/", *kept)
    return [path for path in found if not path.startswith(kept)]


def snapshot(debian, *paths):
    """{path: owner, rights, content} of all that is there."""
    found = {}
    for top in paths:
        for where, folders, names in os.walk(debian.inside(top)):
            for name in [*folders, *names, "."]:
                path = os.path.join(where, name)
                about = os.lstat(path)
                data = b""
                if os.path.isfile(path):
                    data = pathlib.Path(path).read_bytes()
                found[path] = (about.st_uid, about.st_gid, about.st_mode,
                               hashlib.sha256(data).hexdigest())
    assert found
    return found


class Installed:
    """A node of the package in the tree: set up as README.md says, its daemon
    run as the unit runs it, as its user and with its credential."""

    def __init__(self, debian, folder, build):
        self.debian, self.process = debian, None
        made = Consortium(folder / "keys", build, ["viasna"])
        made.make_keys()
        made.sign_roster(made.roster_text(), made.roster)
        for path, to in ((made.nodes["viasna"].key, KEY),
                         (made.roster, "/root/archive-1.roster"),
                         (made.identity("viasna"), "/root/year.age"),
                         (made.passphrase, "/root/passphrase"),
                         (made.keys / "viasna-depositor.key",
                          "/root/depositor.key")):
            shutil.copy(path, debian.inside(to))
            debian.inside(to).chmod(0o600)
        debian.run("holdfast", "init", "--node", "viasna-1", "--data",
                   "/var/lib/holdfast", "--key", KEY, "--roster",
                   "/root/archive-1.roster", "--yes")

    def start(self):
        """With what the unit's RuntimeDirectory= and LoadCredential= give."""
        self.debian.run("install", "-d", "-o", "holdfast", "-g", "holdfast",
                        "-m", "0750", "/run/holdfast")
        self.debian.run("install", "-d", "-o", "holdfast", "-m", "0500",
                        CREDENTIALS)
        self.debian.run("install", "-o", "holdfast", "-m", "0400", KEY,
                        f"{CREDENTIALS}/node.key")
        self.log = open(self.debian.inside("daemon.log"), "ab")
        self.process = self.debian.popen(
            "setpriv", "--pdeathsig", "KILL", "--reuid", "holdfast", "--regid",
            "holdfast", "--clear-groups", "/usr/sbin/holdfastd", "--config",
            CONFIG, environment={"CREDENTIALS_DIRECTORY": CREDENTIALS},
            stdout=self.log, stderr=self.log)
        wait_until(self.ready, 30, self.log_text)
        return self

    def log_text(self):
        return self.debian.inside("daemon.log").read_text()

    def ready(self):
        if self.process.poll() is not None:
            raise Failed(f"it ended\n{self.log_text()}")
        try:
            with Local(self.debian.inside("run/holdfast/control.sock"),
                       10) as local:
                return local.status()["phase"] == PHASE_READY
        except (OSError, ConnectionError, Refused):
            return False

    def stop(self):
        process, self.process = self.process, None
        if process is not None:
            process.terminate()
            assert process.wait(timeout=60) == 0, self.log_text()

    def deposit(self, source):
        shutil.copytree(source, self.debian.inside(f"root/{source.name}"))
        self.debian.run("holdfast", "deposit", f"/root/{source.name}", "--key",
                        "/root/depositor.key", "--receipts", "/root/receipts",
                        "--yes")

    def restore(self, name):
        to = f"/root/{name}"
        self.debian.run("holdfast", "restore", "--all", "--to", to, "--key",
                        "/root/year.age", "--passphrase-file",
                        "/root/passphrase", "--yes")
        return self.debian.inside(to)


@pytest.fixture
def node(debian, folder, build):
    """A node in the tree, with our package and an operator's own settings."""
    debian.run("dpkg", "-i", "/one.deb")
    node = Installed(debian, folder, build)
    config = debian.inside(CONFIG)
    config.write_text("# Ours, do not touch.\n" + config.read_text().replace(
        "level = info", "level = debug"))
    yield node
    if node.process is not None:
        node.process.kill()
        node.process.wait()


def test_lintian_finds_no_error(package):
    """Debian's checker has no error to report."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    out = run("lintian", "--fail-on", "error", "--allow-root", package,
              env=environment)
    assert not re.search(r"(?m)^E:", out), out


def test_nothing_starts_and_nothing_stays(debian, package):
    """The package makes user and directories with their rights, enables and
    starts nothing, its unit and programs are good; purged unused, it leaves
    the user only."""
    out = debian.run("dpkg", "-i", "/one.deb").stdout
    assert "nothing was started" in out
    assert rights(debian, "/etc/holdfast") == ("root:holdfast", "0o750")
    assert rights(debian, "/etc/holdfast/credentials") == ("root:root", "0o700")
    assert rights(debian, "/var/lib/holdfast") == ("holdfast:holdfast",
                                                   "0o700")
    assert asked(debian) == ["--system daemon-reload"]
    assert not os.path.lexists(debian.inside(WANTS))
    version = run("dpkg-deb", "-f", package, "Version").strip()
    for program in ("holdfastd", "holdfast"):
        assert debian.run(program, "--version").stdout == \
            f"{program} {version}\n"
    assert debian.run("systemd-analyze", "verify", "--man=no",
                      UNIT).stdout == ""
    assert debian.run("dpkg", "--verify", "holdfast").stdout == ""
    out = debian.run("dpkg", "-P", "holdfast").stdout
    assert "STILL HERE" not in out
    assert leftovers(debian) == []
    assert debian.run("dpkg", "--audit").stdout == ""


def test_upgrade_keeps_all(debian, node, folder):
    """An upgrade asks for a restart of a node that runs, touches neither data
    nor keys nor configuration, asks nothing; the new program finds all."""
    source = make_some(folder / "source", 20)
    node.start().deposit(source)
    asked(debian)
    before = snapshot(debian, "/etc/holdfast")
    out = debian.run("dpkg", "-i", "/two.deb").stdout
    assert "nothing was started" not in out
    assert asked(debian) == ["--system daemon-reload", f"try-restart {UNIT}"]
    assert "Newer." in debian.inside(
        "usr/share/doc/holdfast/README.md").read_text()
    assert snapshot(debian, "/etc/holdfast") == before
    assert "Ours, do not touch." in debian.inside(CONFIG).read_text()
    node.stop()
    data = snapshot(debian, "/var/lib/holdfast")
    debian.run("dpkg", "-i", "/one.deb")  # and back
    assert snapshot(debian, "/var/lib/holdfast") == data
    node.start()
    same_content(source, node.restore("out"))
    node.stop()


def test_removal_keeps_data_and_keys(debian, node, folder):
    """Remove and purge end the node and take the programs, and say what they
    leave; installed again, the node has all that it had."""
    source = make_some(folder / "kept", 20)
    node.start().deposit(source)
    node.stop()
    debian.run("/usr/bin/systemctl", "--root=/", "enable", UNIT)
    assert os.path.lexists(debian.inside(WANTS))
    before = snapshot(debian, "/etc/holdfast", "/var/lib/holdfast")
    asked(debian)
    debian.run("dpkg", "-r", "holdfast")
    assert asked(debian) == [f"stop {UNIT}", "--system daemon-reload"]
    assert not debian.inside("usr/sbin/holdfastd").exists()
    assert snapshot(debian, "/etc/holdfast", "/var/lib/holdfast") == before
    out = debian.run("dpkg", "-P", "holdfast").stdout
    assert snapshot(debian, "/etc/holdfast", "/var/lib/holdfast") == before
    assert "STILL HERE" in out
    assert "  /var/lib/holdfast: " in out and "  /etc/holdfast: " in out
    assert leftovers(debian, "/etc/holdfast", "/var/lib/holdfast",
                     CREDENTIALS) == []
    debian.run("dpkg", "-i", "/one.deb")
    assert not os.path.lexists(debian.inside(WANTS))
    node.start()
    same_content(source, node.restore("kept-out"))
    node.stop()
