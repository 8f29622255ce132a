"""Hosts for tests: each is new, and differs from the others in nothing."""

import os
import re
import subprocess
from pathlib import Path

import contract
from database import OWNER, Database
from host import Failure, Host, Layer
from journal import Journal
from service import Service


class DatabaseHost(Host):
    """A host of PostgreSQL, with what the tests look at."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.service = Service(self)
        self.journal = Journal(self)

    def database(self, name="app"):
        return Database(self, name)

    def repack(self, version, configuration=None):
        """The same package as a later version, with another configuration perhaps; its path on the host."""
        self.run("dpkg-deb", "--raw-extract", "/srv/vecsteward.deb", "/srv/later")
        control = self.read("/srv/later/DEBIAN/control")
        self.write("/srv/later/DEBIAN/control", re.sub("(?m)^Version: .*$", f"Version: {version}", control))
        if configuration:
            self.write(f"/srv/later{contract.CONFIGURATION}", configuration)
        self.run("dpkg-deb", "-Znone", "--root-owner-group", "--build", "/srv/later", "/srv/later.deb")
        return "/srv/later.deb"

    def journal_tail(self):
        return self.journal.tail() if self.init else self.console_tail()


def bare(test):
    """Marks a test whose host has the package lying in /root, and not installed."""
    test.is_bare = True
    return test


class Fleet:
    """Makes the hosts of a run. The package is installed once, and most hosts begin where that left off."""

    def __init__(self, tree, package, folder, group):
        self.tree = tree
        self.package = package
        self.folder = Path(folder)
        self.group = own_control_group() / group
        self.installed = None
        self.why_not_installed = None
        self.number = 0
        self.group.mkdir()
        self.folder.mkdir()
        # The files of the hosts need no disk: nothing of them is kept.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.folder], check=True)

    def host(self, test):
        """A host that runs, for one test."""
        below = [self.tree] if hasattr(test, "is_bare") else self.installed_parts()
        host = self.make(below)
        if hasattr(test, "is_bare"):
            self.prepare(host)
        host.boot()
        return host

    def make(self, below):
        self.number += 1
        # Of several processes that make hosts each has numbers of its own.
        name = f"{os.getpid()}-{self.number}"
        return DatabaseHost("vecsteward-test", Layer(self.folder / name, below), self.group / name)

    def discard(self, host):
        host.cut_power()
        host.layer.remove()

    def prepare(self, host):
        """What differs from a Debian 13 as it is: the package lies there, and statistics come from the tests alone."""
        host.write("/etc/postgresql/17/main/conf.d/test.conf", """\
            shared_preload_libraries = 'pg_stat_statements'
            autovacuum_naptime = 1d
            fsync = off
        """)
        host.path("/srv/vecsteward.deb").write_bytes(self.package.read_bytes())

    def install_for(self, tests):
        """Installs the package before the first of these tests needs it. Those that do tell where that fails."""
        if not all(hasattr(test, "is_bare") for test in tests):
            try:
                self.installed_parts()
            except Failure as failure:
                print(failure, flush=True)

    def installed_parts(self):
        """The layers of a host with the package and the database `app`, and the service off."""
        if self.why_not_installed:
            raise Failure(f"the package could not be installed, as was said before: {self.why_not_installed}")
        if self.installed is None:
            host = self.make([self.tree])
            try:
                self.prepare(host)
                host.boot()
                install(host)
                host.run("systemctl", "stop", contract.UNIT)
                Database(host, "postgres").sql(f"CREATE ROLE {OWNER}")
                host.database().create()
                host.power_off()
            except Failure as failure:
                self.why_not_installed = str(failure).splitlines()[0]
                raise
            # The journals of the tests begin with the tests.
            for file in host.path("/var/log/journal").glob("*/*"):
                file.unlink()
            host.layer.close()
            self.installed = host.layer.parts()
        return self.installed


def install(host, file="/srv/vecsteward.deb", *options):
    """Installs a package as an unattended upgrade does: nobody answers a question."""
    return host.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", *options, "--install", file, within=120)


def own_control_group():
    """The folder of the control group of version 2 that this program is in."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    folder = next(fields[1] for fields in mounts if fields[2] == "cgroup2")
    groups = Path("/proc/self/cgroup").read_text().splitlines()
    return Path(folder + next(line.removeprefix("0::") for line in groups if line.startswith("0::")))
