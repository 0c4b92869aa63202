# SPDX-License-Identifier: Apache-2.0
"""A small Debian in a folder, made of what this machine has installed: the
essential packages, those asked for and all they depend on, with dpkg's own
records of them, so that dpkg in there judges dependencies, runs maintainer
scripts and keeps its database as on any machine. It takes a second and no
network; debootstrap's tree has the same packages unpacked from the archive.

Commands run by chroot with a /proc, so this needs root and mount namespaces.
Left out: documentation, man pages and locales."""
import os
import pathlib
import re
import shutil
import stat
import subprocess

DPKG = pathlib.Path("/var/lib/dpkg")
LEFT_OUT = ("/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/",
            "/usr/share/info/", "/usr/share/lintian/")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
IN_TREE = ("unshare", "--mount", "sh", "-c",
           'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"')
MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


class Packages:
    """What dpkg knows to be installed here."""

    def __init__(self):
        self.texts, self.fields, self.providers = {}, {}, {}
        text = (DPKG / "status").read_text(encoding="utf-8")
        for stanza in text.strip().split("\n\n"):
            fields = dict(re.findall(r"(?m)^([A-Za-z-]+): (.*)", stanza))
            if not fields["Status"].endswith(" installed"):
                continue
            name = fields["Package"]
            self.texts[name], self.fields[name] = stanza, fields
            for word in names(fields.get("Provides", "")):
                self.providers.setdefault(word[0], []).append(name)

    def essential(self):
        return [name for name, fields in self.fields.items()
                if fields.get("Essential") == "yes"]

    def _first(self, alternatives):
        for name in alternatives:
            if name in self.fields:
                return name
            if name in self.providers:
                return self.providers[name][0]
        raise LookupError(f"not installed here: {' | '.join(alternatives)}")

    def closure(self, wanted):
        """Those, and all they need."""
        found, open_ = set(), [self._first([name]) for name in wanted]
        while open_:
            name = open_.pop()
            if name in found:
                continue
            found.add(name)
            for field in ("Pre-Depends", "Depends"):
                for alternatives in names(self.fields[name].get(field, "")):
                    open_.append(self._first(alternatives))
        return found

    def info(self, name):
        """dpkg's files about it, by their endings."""
        fields, found = self.fields[name], {}
        for stem in (name, f"{name}:{fields['Architecture']}"):
            for path in (DPKG / "info").glob(f"{stem}.*"):
                found[path.name[len(stem) + 1:]] = path
        return found


def names(text):
    """A dependency field as lists of alternatives; versions are dpkg's."""
    return [[re.split(r"[ (:]", word.strip())[0] for word in part.split("|")]
            for part in text.split(",") if part.strip()]


class DebianRoot:
    """The tree. `path` is where it lies."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def inside(self, path):
        return self.path / str(path).lstrip("/")

    def popen(self, *words, environment=None, **options):
        return subprocess.Popen(
            [*IN_TREE, self.path, *words], stdin=subprocess.DEVNULL,
            env={"PATH": PATH, "LC_ALL": "C.UTF-8", "HOME": "/root",
                 "DEBIAN_FRONTEND": "noninteractive", **(environment or {})},
            **options)

    def run(self, *words, check=True):
        """A command in the tree; its stdout has stderr in it."""
        process = self.popen(*words, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        out, _ = process.communicate()
        done = subprocess.CompletedProcess(words, process.returncode,
                                           out.decode(errors="replace"))
        if check and done.returncode != 0:
            raise AssertionError(f"{words} ended with {done.returncode}:\n"
                                 f"{done.stdout}")
        return done

    # -- how it is made

    def make(self, wanted):
        packages = Packages()
        chosen = packages.closure([*packages.essential(), *wanted])
        for folder in ("dev", "proc", "sys", "run", "tmp", "root", "etc", "usr",
                       "var/lib/dpkg/info", "var/lib/dpkg/updates",
                       "var/lib/dpkg/triggers", "var/cache", "var/log"):
            self.inside(folder).mkdir(parents=True, exist_ok=True)
        self.inside("tmp").chmod(0o1777)
        for name in MERGED:
            if os.path.islink(f"/{name}"):
                self.inside(f"usr/{name}").mkdir()
                os.symlink(os.readlink(f"/{name}"), self.inside(name))
        for name in sorted(chosen):
            self._add(packages, name)
        self._finish(packages, chosen)
        return self

    def _add(self, packages, name):
        for ending, path in packages.info(name).items():
            shutil.copy2(path, self.inside(path))
            if ending == "list":
                for line in path.read_text().splitlines():
                    if not line.startswith(LEFT_OUT):
                        self._copy(line)

    def _copy(self, name):
        to = self.inside(name)
        try:
            found = os.lstat(name)
        except FileNotFoundError:
            return  # somebody left it out here
        if os.path.lexists(to):
            return
        to.parent.mkdir(parents=True, exist_ok=True)
        if stat.S_ISDIR(found.st_mode):
            to.mkdir()
            to.chmod(stat.S_IMODE(found.st_mode))
        elif stat.S_ISLNK(found.st_mode):
            os.symlink(os.readlink(name), to)
        else:
            shutil.copy2(name, to)
        os.chown(to, found.st_uid, found.st_gid, follow_symlinks=False)

    def _finish(self, packages, chosen):
        dpkg = self.inside(DPKG)
        (dpkg / "status").write_text(
            "\n\n".join(packages.texts[name] for name in sorted(chosen)) +
            "\n\n", encoding="utf-8")
        for name in ("available", "diversions", "statoverride"):
            (dpkg / name).touch()
        for name in ("arch", "info/format"):
            if (DPKG / name).exists():
                shutil.copy2(DPKG / name, dpkg / name)
        self._keep_triggers(chosen)
        for name in ("passwd", "group"):
            shutil.copy(f"/usr/share/base-passwd/{name}.master",
                        self.inside(f"etc/{name}"))
        shutil.copytree("/etc/alternatives", self.inside("etc/alternatives"),
                        symlinks=True, dirs_exist_ok=True)
        shutil.copy("/etc/nsswitch.conf", self.inside("etc/nsswitch.conf"))
        for name, minor in (("null", 3), ("urandom", 9)):
            os.mknod(self.inside(f"dev/{name}"), 0o666 | stat.S_IFCHR,
                     os.makedev(1, minor))
            self.inside(f"dev/{name}").chmod(0o666)
        self.run("ldconfig")
        # dpkg takes it that nobody ran the triggers of a new database.
        self.run("dpkg", "--configure", "--pending")

    def _keep_triggers(self, chosen):
        triggers = DPKG / "triggers"
        for path in triggers.iterdir():
            if path.name in ("Lock", "Unincorp"):
                continue
            lines = [line for line in path.read_text().splitlines()
                     if re.split("[:/]", line.split()[-1])[0] in chosen]
            self.inside(path).write_text("".join(x + "\n" for x in lines))


def depends_of(package):
    """The first alternative of each dependency of a .deb."""
    text = subprocess.run(["dpkg-deb", "-f", package, "Depends"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return [alternatives[0] for alternatives in names(text)]
