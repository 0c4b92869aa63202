# SPDX-License-Identifier: Apache-2.0
"""The manual and bash's completion: made by the build from the tables, and
installed where man and bash look for them."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest
from consortium import MARGIN

PAGES = {"holdfast.1", "holdfastd.8", "holdfast.conf.5", "holdfast-codes.7"}


@pytest.fixture
def made(build):
    """The folder that the build made."""
    path = build / "pages"
    assert (path / "made").exists(), f"no pages in {build}: build all of it"
    return path


@pytest.fixture
def commands(programs):
    """{name: what --help says} of every command."""
    text = programs.run("--help").out.split("\nCommands\n")[1]
    names = re.findall(r"^  ([a-z]+(?: [a-z]+)?)(?:  |$)",
                       text.split("\n\n")[0], re.M)
    assert len(names) > 10
    return {name: programs.run(*name.split(), "--help").out for name in names}


def shown(path):
    """A page as text, without the marks of bold and underline."""
    text = subprocess.run(["mandoc", "-Tutf8", "-Owidth=78", path], check=True,
                          text=True, capture_output=True).stdout
    return re.sub(".\b", "", text)


@pytest.mark.skipif(not shutil.which("mandoc"),
                    reason="no mandoc (tools/setup test)")
def test_pages_are_clean(made):
    """mandoc finds nothing to warn of in any page, and each says in one line
    what its subject is."""
    pages = sorted((made / "man").glob("man?/*"))
    assert PAGES <= {page.name for page in pages}
    for page in pages:
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page],
                              text=True, capture_output=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), page
        name = page.name.rpartition(".")[0]
        assert re.search(rf"\nNAME\n +{re.escape(name)} (-|–|—) [a-z]",
                         shown(page)), page
        assert not re.search(r"@[A-Z_]+@", page.read_text()), page


@pytest.mark.skipif(not shutil.which("mandoc"),
                    reason="no mandoc (tools/setup test)")
def test_each_command_has_its_page(made, commands):
    """Every flag, every exit code and the example of --help stand in the
    command's page, and the page of all names every command."""
    whole = shown(made / "man/man1/holdfast.1")
    pages = {page.name for page in (made / "man/man1").iterdir()}
    assert pages == {"holdfast.1"} | {
        f"holdfast-{name.replace(' ', '-')}.1" for name in commands}
    for name, text in commands.items():
        page = f"holdfast-{name.replace(' ', '-')}"
        assert f"{page}(1)" in whole
        manual = shown(made / f"man/man1/{page}.1")
        for flag in re.findall(r"^  (-\S+?),? ", text, re.M):
            assert re.search(rf"^ +{flag}\b", manual, re.M), (name, flag)
        for code in re.findall(r"^ +(\d+)  ", text.split("Exit codes")[1],
                               re.M):
            assert re.search(rf"^ +{code}\b", manual, re.M), (name, code)
        example = text.split("\nExample\n")[1].splitlines()[0].strip()
        assert example in manual
        assert manual.index("EXAMPLES") < manual.index("SYNOPSIS")


@pytest.mark.skipif(not shutil.which("mandoc"),
                    reason="no mandoc (tools/setup test)")
def test_daemon_and_codes(made, programs):
    """holdfastd(8) has every option and exit code of holdfastd --help;
    holdfast-codes(7) has the texts of explain."""
    text = subprocess.run([programs.holdfastd, "--help"], text=True,
                          capture_output=True, check=True).stdout
    manual = shown(made / "man/man8/holdfastd.8")
    for flag in set(re.findall(r"--[a-z-]+", text)):
        assert flag in manual, flag
    for code in re.findall(r"\b(\d+) [a-z]", text.split("Exit codes")[1]):
        assert re.search(rf"^ +{code}\b", manual, re.M), code
    codes = " ".join(shown(made / "man/man7/holdfast-codes.7").split())
    for code in programs.run("explain", "--json").json()["data"]["codes"]:
        assert code["code"] in codes
        words = code["meaning"].replace('"', "")
        assert words in codes.replace("‐ ", ""), code["code"]


def test_install(build, folder, made):
    """cmake --install puts pages and completion where man and bash look."""
    if not (build / "CMakeCache.txt").exists():
        pytest.skip(f"{build} is no build directory")
    subprocess.run(["cmake", "--install", build, "--prefix", folder / "usr"],
                   check=True, capture_output=True)
    share = folder / "usr/share"
    for page in PAGES:
        assert (share / f"man/man{page[-1]}/{page}").is_file()
    completion = share / "bash-completion/completions/holdfast"
    assert completion.read_bytes() == (made / "bash/holdfast").read_bytes()
    assert not list(folder.rglob("holdfast-pages"))


# -- completion


def completed(made, *words):
    """What bash is offered behind these words; the last is begun."""
    script = ('source "$1"; shift; compopt() { echo "$2"; }; '
              'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _holdfast; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", made / "bash/holdfast",
         "holdfast", *words], text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_completion_of_words(made, commands, programs):
    """Commands, the second words of those that have two, the flags that a
    command takes and no others, codes; nothing where only a person knows."""
    first = {name.split()[0] for name in commands}
    assert set(completed(made, "")) == first
    assert completed(made, "rest") == ["restore"]
    for name in first:
        second = {n.split()[1] for n in commands if n.startswith(name + " ")}
        if second:
            assert set(completed(made, name, "")) == second
    for name, text in commands.items():
        flags = set(re.findall(r"^  (-\S+?)[, ]", text, re.M))
        flags |= set(re.findall(r"^  -\w, (--\S+) ", text, re.M))
        assert set(completed(made, *name.split(), "-")) == flags, name
    assert set(completed(made, "key", "new", "")) == {
        "master", "governance", "node", "depositor"}
    assert completed(made, "explain", "STORE-F") == ["STORE-FULL"]
    codes = programs.run("explain", "--json").json()["data"]["codes"]
    assert completed(made, "explain", "") == [c["code"] for c in codes]
    assert completed(made, "show", "HF-") == []
    assert completed(made, "no-such", "") == []


def test_completion_of_values(made):
    """Files and folders behind the flags that take them, also as --out=, with
    global flags in front; behind -- no flag is one."""
    files, folders = ["default"], ["dirnames"]
    assert completed(made, "restore", "--key", "") == files
    assert completed(made, "restore", "--key", "=", "fj") == files
    assert completed(made, "restore", "--key", "=") == files
    assert completed(made, "restore", "--to", "/mn") == folders
    assert completed(made, "deposit", "--case", "") == []
    assert completed(made, "--config", "a.conf", "rest") == ["restore"]
    assert completed(made, "--config", "=", "a.conf", "stat") == ["status"]
    assert completed(made, "deposit", "scans/") == files
    assert completed(made, "--json", "roster", "check", "a") == files
    assert completed(made, "deposit", "--", "--ca") == files
    assert completed(made, "restore", "--key", "status", "--ove") == [
        "--overwrite"]


class Bash:
    """bash as somebody types into it."""

    def __init__(self, made, folder):
        self.text = ""
        pid, self.fd = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "-i"],
                      {"PATH": "/usr/bin:/bin", "TERM": "dumb", "PS1": "$ ",
                       "LC_ALL": "C.UTF-8", "HOME": str(folder),
                       "INPUTRC": "/dev/null", "HISTFILE": ""})
        self.pid = pid
        self.until("$ ")
        self.type(f"bind 'set bell-style none'; source {made}/bash/holdfast\n")
        self.until("$ ")

    def type(self, keys):
        self.text = ""
        os.write(self.fd, keys.encode())

    def until(self, words, seconds=30):
        end = time.monotonic() + seconds * MARGIN
        while words not in self.text:
            left = end - time.monotonic()
            assert left > 0, f"no {words!r} in {self.text!r}"
            if select.select([self.fd], [], [], left)[0]:
                self.text += os.read(self.fd, 65536).decode(errors="replace")

    def close(self):
        os.close(self.fd)  # hangs up
        os.waitpid(self.pid, 0)


def test_completion_in_a_real_bash(made, folder):
    """TAB completes commands, flags and the names of files, also odd ones."""
    (folder / "node key.old").write_text("")
    (folder / "receipts").mkdir()
    (folder / "receipts.txt").write_text("")
    bash = Bash(made, folder)
    try:
        bash.type("holdfast led\t")
        bash.until("holdfast ledger ")
        bash.type("op\t")
        bash.until("open ")
        bash.type("--conf\t")
        bash.until("--confi")  # --config or --confirm
        bash.type("\x15holdfast key show nod\t")
        bash.until("node\\ key.old ")
        bash.type("\x15holdfast deposit --receipts rec\t")
        bash.until("receipts/")
        bash.type("\x15holdfast key show ./rec\t\t\t")
        bash.until("receipts.txt")
    finally:
        bash.close()
