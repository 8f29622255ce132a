"""What the process of the service can read, write and connect to: as much as it needs, and no more."""

import re
import socket
from pathlib import Path

import contract
from expectations import require, require_equal
from probe import Probe, sockets

# Of others, with something in each that must not be read.
SECRETS = {
    "/etc/shadow": None,
    "/root/secret": 0o644,
    "/home/somebody/secret": 0o644,
    "/var/log/secret": 0o644,
    "/tmp/secret": 0o644,
    "/var/tmp/secret": 0o644,
    "/var/backups/secret": 0o644,
    "/var/spool/secret": 0o644,
    "/var/cache/secret": 0o644,
    "/run/secret": 0o644,
    "/etc/vecsteward/pgpass": 0o600,
    "/etc/postgresql/17/main/pg_hba.conf": None,
    "/var/lib/postgresql/17/main/PG_VERSION": None,
}
# Where anybody, or root alone, could write otherwise.
FOLDERS = (
    "/", "/dev", "/dev/shm", "/etc", "/etc/vecsteward", "/opt", "/run", "/run/postgresql", "/srv", "/tmp", "/usr",
    "/var", "/var/lib", "/var/tmp",
)


def running_service(host):
    database = host.database()
    database.create_collection("docs", 1500)
    database.grant()
    for path, mode in SECRETS.items():
        if mode is not None:
            host.write(path, "secret", mode)
    host.service.configure(host.service.configuration())
    host.service.start()
    host.journal.wait_for("raised", RULE="unindexed")
    return host.seen_from_outside(host.service.process())


def test_it_can_read_nothing_that_it_need_not(host):
    process = running_service(host)
    probe = Probe(process)
    # The probe itself works: what the service needs can be read.
    require_equal(probe.read(contract.CONFIGURATION), "yes", f"reading {contract.CONFIGURATION}")
    for path in SECRETS:
        require(probe.read(path) != "yes", f"the service can read {path}")
    for path in ("/root", "/home", "/home/somebody", "/var/log", "/var/lib/postgresql/17/main"):
        require(probe.list(path) != "yes", f"the service can see what is in {path}")


def test_it_can_write_nothing_but_its_runtime_and_state_folders(host):
    process = running_service(host)
    probe = Probe(process)
    for folder in (contract.RUNTIME_FOLDER, contract.STATE_FOLDER):
        require_equal(probe.create(f"{folder}/probe"), "yes", f"writing to {folder}")
    for folder in FOLDERS:
        result = probe.create(f"{folder}/probe")
        require(result != "yes", f"the service can write to {folder}")
        require(not host.path(f"{folder}/probe").exists(), f"the service made {folder}/probe")
    for path in (contract.CONFIGURATION, "/usr/bin/vecsteward", "/etc/passwd"):
        require(probe.append(path) != "yes", f"the service can write to {path}")


def test_of_all_mounts_that_it_sees_it_can_write_to_its_own_alone(host):
    process = running_service(host)
    probe = Probe(process)
    places = {line.split()[4] for line in Path(f"/proc/{process}/mountinfo").read_text().splitlines()}
    require(len(places) > 20, f"these are few mounts for a sandbox: {places}")
    writable = {place for place in places if "yes" in (probe.create(f"{place}/probe"), probe.append(place))}
    # systemd gives it the part of its control group that reports memory pressure.
    pressure = f"/sys/fs/cgroup/system.slice/{contract.UNIT}/memory.pressure"
    require_equal(sorted(writable - {pressure}), [contract.RUNTIME_FOLDER, contract.STATE_FOLDER], "where it can write")


def test_it_has_no_capability_and_can_gain_none(host):
    process = running_service(host)
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        require_equal(int(status[name], 16), 0, name)
    require_equal(status["NoNewPrivs"], "1", "NoNewPrivs")
    require_equal(status["Seccomp"], "2", "Seccomp")
    require(status["Uid"].split()[0] != "0", "it runs as root")


def test_it_is_connected_to_postgresql_the_journal_and_systemd_alone(host):
    process = running_service(host)
    connected, others = sockets(process)
    require(any(path.endswith("/.s.PGSQL.5432") for path in connected), f"it is not seen to be connected: {connected}")
    allowed = re.compile(r"/run/postgresql/\.s\.PGSQL\.5432$|^/run/systemd/journal/|^/run/systemd/notify$")
    require_equal([path for path in connected if not allowed.search(path)], [], "what it is connected to beside these")
    # Messages go to the journal and to systemd from sockets without a peer, by the address that each message has.
    require_equal([other for other in others if not other.startswith("u_dgr UNCONN")], [], "its other sockets")


def test_it_reaches_no_socket_of_the_host_but_those(host):
    process = running_service(host)
    probe = Probe(process)
    require_equal(probe.connect("/run/postgresql/.s.PGSQL.5432"), "yes", "a connection to PostgreSQL")
    for path in ("/run/systemd/journal/socket", "/run/systemd/notify"):
        require_equal(probe.connect(path, socket.SOCK_DGRAM), "yes", f"a connection to {path}")
    others = [path for path in listening_paths(host) if not re.search(r"PGSQL|^/run/systemd/(journal/|notify$)", path)]
    require("/run/dbus/system_bus_socket" in others, f"these are not all sockets that there are: {others}")
    for path in others:
        require(probe.connect(path) != "yes", f"the service reaches {path}")


def listening_paths(host):
    """The paths of all Unix sockets that somebody on the host has bound."""
    rows = host.run("cat", "/proc/net/unix").output.splitlines()[1:]
    return sorted({fields[7] for fields in map(str.split, rows) if len(fields) > 7 and fields[7].startswith("/")})
