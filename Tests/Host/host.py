"""A Debian host with systemd as its init: booted, looked into from outside, rebooted, cut off.

It needs a mount namespace and a process namespace of this program's own, which scripts/test-host gives it: so that
whatever happens, all of its processes and mounts end with this program.
"""

import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "LANG": "C.UTF-8", "HOME": "/root", "TERM": "dumb"}
# What systemd-nspawn ends with when the host asked for a reboot.
REBOOT = 133


class Failure(Exception):
    """Something is not as it has to be. The message says what, for whoever reads the results."""


def wait_until(what, condition, within=20.0):
    """The first true value of the condition. A failure where there is none within so many seconds."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"in {within:g} s it did not come about that {what}")
        time.sleep(0.1)


class Result:
    """What a command on the host came to."""

    def __init__(self, command, completed):
        self.command = command
        self.status = completed.returncode
        self.output = completed.stdout
        self.errors = completed.stderr

    def describe(self):
        return f"{' '.join(self.command)} ended with {self.status}\n{self.output[-2000:]}{self.errors[-2000:]}"


class Program:
    """A command on the host that runs. What it prints is read as it comes."""

    def __init__(self, command):
        self.lines = []
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            errors="replace", env=ENVIRONMENT,
        )
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def say(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def wait_for_line(self, *words, within=20.0):
        """Returns when a line has all of the words."""
        try:
            wait_until(
                f"it prints a line with {' and '.join(words)}",
                lambda: any(all(word in line for word in words) for line in list(self.lines)), within,
            )
        except Failure as failure:
            raise Failure(f"{failure}; it printed:\n{''.join(self.lines)}") from None

    def proceed(self):
        """Lets it go on where it was stopped."""
        if not self.has_ended():
            self.process.send_signal(signal.SIGCONT)

    def has_ended(self):
        return self.process.poll() is not None

    def wait_for_end(self, within=20):
        """The exit code, when it ended by itself."""
        try:
            return self.process.wait(timeout=within)
        except subprocess.TimeoutExpired:
            raise Failure(f"it did not end in {within} s; it printed:\n{''.join(self.lines)}") from None

    def end(self):
        """Closes its standard input, and waits for its end."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.wait_for_end()


class Layer:
    """The files of a host: a folder to write into, over folders that are only read."""

    def __init__(self, folder, below):
        self.folder = Path(folder)
        self.below = [Path(part) for part in below]
        self.written = self.folder / "written"
        self.root = self.folder / "root"
        for part in (self.written, self.folder / "work", self.root):
            part.mkdir(parents=True)
        options = f"lowerdir={':'.join(map(str, self.below))},upperdir={self.written},workdir={self.folder / 'work'}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, self.root], check=True)

    def parts(self):
        """The folders that another layer lies on to begin with what is here now."""
        return [self.written, *self.below]

    def close(self):
        subprocess.run(["umount", self.root], check=True)

    def remove(self):
        self.close()
        shutil.rmtree(self.folder)


class Host:
    """A host that runs, or is off, on the files of a layer."""

    def __init__(self, name, layer, control_group):
        self.name = name
        self.layer = layer
        self.root = layer.root
        self.control_group = Path(control_group)
        self.console = layer.folder / "console"
        self.container = None
        self.init = None
        self.programs = []

    # Power

    def boot(self):
        """Switches it on, and returns when all of its services are up."""
        # A reboot finds the journal of the boots before.
        (self.root / "var/log/journal").mkdir(exist_ok=True)
        self.control_group.mkdir(exist_ok=True)
        with open(self.console, "ab") as console:
            self.container = subprocess.Popen(
                [
                    "systemd-nspawn", f"--directory={self.root}", f"--machine={self.name}", "--boot", "--register=no",
                    "--keep-unit", "--private-network", "--console=pipe", "--link-journal=no", "--resolv-conf=off",
                    "--timezone=off", "--setenv=SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1",
                ],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                env={"PATH": PATH, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "SYSTEMD_LOG_LEVEL": "warning"},
                preexec_fn=self.enter_control_group,
            )
        wait_until("the host boots", self.is_up, within=60)
        state = self.run("systemctl", "is-system-running", "--wait", check=False).output.strip()
        if state != "running":
            raise Failure(f"the host is {state}:\n{self.run('systemctl', '--failed', check=False).output}")

    def enter_control_group(self):
        (self.control_group / "cgroup.procs").write_text("0")

    def is_up(self):
        if self.container.poll() is not None:
            raise Failure(f"systemd-nspawn ended with {self.container.returncode}:\n{self.console_tail()}")
        children = Path(f"/proc/{self.container.pid}/task/{self.container.pid}/children").read_text().split()
        for child in children:
            try:
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    self.init = int(child)
                    state = self.run("systemctl", "is-system-running", check=False).output.strip()
                    return state not in ("", "offline", "unknown")
            except (FileNotFoundError, ProcessLookupError):
                pass
        return False

    def reboot(self):
        self.run("systemctl", "reboot", check=False)
        self.wait_for_end(REBOOT)
        self.boot()

    def power_off(self):
        self.run("systemctl", "poweroff", check=False)
        self.wait_for_end(0)

    def wait_for_end(self, expected):
        deadline = time.monotonic() + 90
        while self.container.poll() is None:
            if time.monotonic() > deadline:
                raise Failure(f"in 90 s the host did not shut down:\n{processes()}{self.console_tail()}")
            # A shutdown stops what still runs before it ends it. nsenter then stops itself too, and would never see its
            # program end, which the host waits for.
            for program in self.programs:
                program.proceed()
            time.sleep(0.1)
        if self.container.returncode != expected:
            ended = f"systemd-nspawn ended with {self.container.returncode} instead of {expected}"
            raise Failure(f"{ended}:\n{self.console_tail()}")
        self.init = None

    def cut_power(self):
        """Everything on it ends at once, in the middle of whatever it was."""
        if self.container and self.container.poll() is None:
            self.container.kill()
            if self.init:
                try:
                    os.kill(self.init, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.container.wait()
            wait_until("all processes of the host are gone", self.has_no_processes)
        self.init = None

    def has_no_processes(self):
        return not any(file.read_text() for file in self.control_group.glob("**/cgroup.procs"))

    def console_tail(self):
        return self.console.read_text(errors="replace")[-3000:]

    # Commands

    def command(self, *command, user=None):
        inside = ["nsenter", f"--target={self.init}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--"]
        if user:
            # Not runuser, which tells the journal of each session.
            inside += ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--"]
        return [*inside, *map(str, command)]

    def run(self, *command, user=None, check=True, stdin="", within=60):
        """Runs a command on the host to its end."""
        if self.init is None:
            raise Failure(f"{' '.join(map(str, command))}: the host is off")
        try:
            completed = subprocess.run(
                self.command(*command, user=user), input=stdin, capture_output=True, encoding="utf-8", errors="replace",
                env=ENVIRONMENT, timeout=within,
            )
        except subprocess.TimeoutExpired:
            raise Failure(f"{' '.join(map(str, command))} did not end in {within} s") from None
        result = Result([str(word) for word in command], completed)
        if check and result.status != 0:
            raise Failure(result.describe())
        return result

    def start(self, *command, user=None):
        """Starts a command on the host that goes on while others run."""
        self.programs.append(Program(self.command(*command, user=user)))
        return self.programs[-1]

    # Files

    def path(self, path):
        """Where a file of the host is for this program. An absolute link would lead to this machine's files."""
        root = f"/proc/{self.init}/root" if self.init else self.root
        return Path(root) / str(path).lstrip("/")

    def write(self, path, text, mode=0o644):
        file = self.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def read(self, path):
        return self.path(path).read_text()

    def seen_from_outside(self, process):
        """The number that this program knows a process of the host by, which has another one inside."""
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                text = status.read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            numbers = next((line.split()[1:] for line in text.splitlines() if line.startswith("NSpid:")), [])
            # The last number is the one in the innermost namespace.
            if len(numbers) == 2 and numbers[-1] == str(process) and self.is_mine(numbers[0]):
                return int(numbers[0])
        raise Failure(f"process {process} of the host is not to be found")

    def is_mine(self, process):
        try:
            return os.readlink(f"/proc/{process}/ns/pid") == os.readlink(f"/proc/{self.init}/ns/pid")
        except OSError:
            return False


def processes():
    """What runs on all hosts of this program, and what it waits for."""
    columns = "pid,ppid,stat,wchan:25,args"
    return subprocess.run(["ps", "-e", "-o", columns], capture_output=True, encoding="utf-8", check=False).stdout
