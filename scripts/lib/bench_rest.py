"""Measures what a daemon takes that has nothing to do: its memory, its time, and that of its server processes.

usage: bench_rest.py SERVER_FILE BINARIES COLLECTIONS...
"""

import subprocess
import sys
import time

from bench_collections import make_collections
from bench_processes import memory, seconds
from bench_server import Server, Vecsteward, print_table, verdict

POLLS = 6
EVERY = 10
BOUND_MIB = 48


class Daemon:
    """A running daemon that polls every EVERY seconds."""

    def __init__(self, server, binaries, database, collections):
        self.server, self.database, self.collections = server, database, collections
        vecsteward = Vecsteward(binaries, server, database, poll={"every": f"{EVERY}s"})
        self.log = open(f"{vecsteward.config}.log", "w+")
        self.process = subprocess.Popen(vecsteward.command("run"), env=server.environment, stderr=self.log)

    def backends(self):
        """Its server processes, and for how long all of them have had nothing to do, in seconds."""
        return dict(
            self.server.query(
                "postgres",
                "SELECT pid, CASE state WHEN 'idle' THEN extract(EPOCH FROM clock_timestamp() - state_change)::float8"
                " ELSE 0 END FROM pg_stat_activity WHERE application_name LIKE 'vecsteward%%' AND datname = %s",
                [self.database],
            )
        )

    def await_first_poll(self):
        """Waits until the first poll is over: until all indexes are recorded, and nothing was asked for a second."""
        while True:
            if self.process.poll() is not None:
                self.log.seek(0)
                raise SystemExit(f"vecsteward run ended:\n{self.log.read()}")
            idle = self.backends().values()
            if idle and min(idle) >= 1 and self.recorded() >= self.collections:
                return
            time.sleep(0.05)

    def recorded(self):
        if not self.server.query(self.database, "SELECT to_regclass('vecsteward.build') IS NOT NULL")[0][0]:
            return 0
        return self.server.query(self.database, "SELECT count(*) FROM vecsteward.build")[0][0]

    def times(self):
        return seconds(self.process.pid), {backend: seconds(backend) for backend in self.backends()}

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def measure(server, binaries, collections):
    database = f"rest_{collections}"
    make_collections(server, database, collections)
    daemon = Daemon(server, binaries, database, collections)
    daemon.await_first_poll()
    first = memory(daemon.process.pid, "VmRSS")
    # From half-way between two polls, so that this holds exactly so many of them.
    time.sleep(EVERY / 2 - 1)
    own, backends = daemon.times()
    time.sleep(POLLS * EVERY)
    own_after, backends_after = daemon.times()
    last, most = memory(daemon.process.pid, "VmRSS"), memory(daemon.process.pid, "VmHWM")
    daemon.stop()
    if backends.keys() != backends_after.keys():
        print("its server processes changed while they were measured", file=sys.stderr)
    served = sum(backends_after.values()) - sum(backends.get(backend, 0) for backend in backends_after)
    return (
        f"{collections:,}",
        f"{(own_after - own) / POLLS * 1000:.0f} ms",
        f"{served / POLLS * 1000:.0f} ms",
        f"{first:.1f} MiB",
        f"{last:.1f} MiB",
        f"{most:.1f} MiB ({verdict(most < BOUND_MIB, f'{BOUND_MIB} MiB')})",
    )


def main():
    server, binaries = Server(sys.argv[1]), sys.argv[2]
    rows = [measure(server, binaries, int(collections)) for collections in sys.argv[3:]]
    print(f"\nA daemon at rest, {server.versions()}, means of {POLLS} polls {EVERY} s apart\n")
    print_table(
        [
            "collections",
            "its time for each poll",
            "its server process's time",
            "memory after the first poll",
            f"after {POLLS + 1} polls",
            "most",
        ],
        rows,
    )


if __name__ == "__main__":
    main()
