"""What processes take: their time and memory, those of a server together, and a command from its start to its end."""

import dataclasses
import os
import subprocess
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")


def stat(process):
    """The fields of /proc/PROCESS/stat from its third on, which follows the name."""
    with open(f"/proc/{process}/stat") as file:
        return file.read().rpartition(")")[2].split()


def seconds(process):
    """The processor time that a process has taken, its ended threads included; the clock ticks every 10 ms."""
    fields = stat(process)
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(process, key):
    """A value of /proc/PROCESS/status in MiB: VmRSS, the memory that is resident now, or VmHWM, the most there was.

    None if the process has ended.
    """
    with open(f"/proc/{process}/status") as status:
        return next((int(line.split()[1]) / 1024 for line in status if line.startswith(f"{key}:")), None)


class ServerProcesses:
    """All processes of a server, also those that have ended."""

    def __init__(self, server):
        # In a session of its own, which is there as long as somebody counts.
        self.connection = server.connect("postgres")
        self.postmaster = int(stat(self.connection.info.backend_pid)[1])

    def seconds(self):
        """The processor time that they have taken; a difference is exact to 10 ms for each process that runs."""
        running = 0
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                if int(stat(entry)[1]) == self.postmaster:
                    running += seconds(entry)
            except (FileNotFoundError, ProcessLookupError):
                pass
        # The postmaster's own, and those of the children that it has waited for.
        return running + sum(int(field) for field in stat(self.postmaster)[11:15]) / TICKS


@dataclasses.dataclass(frozen=True)
class Run:
    """A command that has ended: how, what it printed, and what it took."""

    status: int
    output: str
    errors: str
    wall: float
    # The processor time of the command itself, without that of the server.
    own: float
    memory_mib: float


def run(command, environment):
    """Runs a command; the most memory that it had is read every 5 ms."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        most = 0
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=errors)
        while True:
            # That of rusage is of no use: it counts the memory of the process that started the command.
            most = max(most, memory(process.pid, "VmHWM") or 0)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            time.sleep(0.005)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return Run(process.returncode, output.read(), errors.read(), wall, usage.ru_utime + usage.ru_stime, most)
